"""Skew of the sender's clock from the lower hull of the delays."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonde.rtp.skew import MOST_VERTICES, LowerHull, find_drift

INTERVAL = 20_000_000


def queueing(count, seed=1):
    """Media times, and delays of a queue that empties now and then."""
    return np.arange(count) * INTERVAL, np.random.default_rng(seed).exponential(2e6, count).astype(np.int64)


points = st.lists(st.tuples(st.integers(0, 10**6), st.integers(-(10**6), 10**6)), min_size=1, max_size=60)


@settings(max_examples=40)
@given(points, st.integers(1, 60))
def test_no_point_lies_below_the_hull(found, cut):
    """Whatever the points and however they come."""
    at, delay = (np.array(column, dtype=np.int64) for column in zip(*found, strict=True))
    hull = LowerHull()
    hull.add(at[:cut], delay[:cut])
    hull.add(at[cut:], delay[cut:])
    line = np.interp(at, hull._at, hull._delay)
    assert (delay >= line - 1e-6 * (1 + np.abs(line))).all()
    assert {(x, y) for x, y in zip(hull._at, hull._delay, strict=True)} <= set(found)


@pytest.mark.parametrize("skew", [100e-6, -40e-6])
def test_a_drifting_clock_is_found(skew):
    """Under queueing, to a part in a million."""
    media, delays = queueing(6000)
    drift = find_drift(media, delays + (skew * media).astype(np.int64))
    assert drift.slope == pytest.approx(skew, abs=1e-6)
    assert drift.significant


def test_equal_clocks_have_no_significant_skew():
    """Random slopes of a short stream are not taken for a clock."""
    verdicts = [find_drift(*queueing(1500, seed)).significant for seed in range(50)]
    assert not any(verdicts)


def test_a_few_seconds_say_nothing():
    """Below ten seconds there is no slope at all."""
    assert find_drift(*queueing(400)) is None


def test_a_hull_made_on_purpose_stays_bounded():
    """A parabola has every point on its hull, and is thinned."""
    at = np.arange(3 * MOST_VERTICES)
    hull = LowerHull()
    hull.add(at * INTERVAL, at**2)
    assert len(hull._at) <= MOST_VERTICES
