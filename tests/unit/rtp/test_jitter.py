"""RFC 3550 jitter and IPDV."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.rtp.jitter import delay_changes, interarrival_jitter

NANOSECONDS = 1_000_000_000

delays = st.lists(st.integers(0, 10**9), min_size=2, max_size=50)


def test_jitter_from_rtp_timestamps_is_that_of_the_vectors(scenario):
    """With nominal media time in the place of send stamps the result is the one tshark confirmed."""
    clock_rate = scenario.expected["clock_rate"]
    media_time = np.array(scenario.timestamps) * NANOSECONDS // clock_rate
    jitter = interarrival_jitter(np.array(scenario.received_at) - media_time)
    assert jitter * clock_rate == pytest.approx(scenario.expected["rfc3550"]["jitter_ticks_float"], abs=1e-4)


def test_jitter_moves_by_a_sixteenth():
    """One difference of 16 ms from rest gives 1 ms; a second one of 0 leaves fifteen sixteenths of it."""
    assert interarrival_jitter(np.array([0, 16_000_000])) == pytest.approx(0.001)
    assert interarrival_jitter(np.array([0, 16_000_000, 16_000_000])) == pytest.approx(0.001 * 15 / 16)


@pytest.mark.parametrize("count", [0, 1])
def test_jitter_needs_two_arrivals(count):
    """Nothing to compare gives None, not zero."""
    assert interarrival_jitter(np.zeros(count, dtype=np.int64)) is None


@given(delays, st.integers(-(10**18), 10**18))
def test_clock_offset_changes_neither_jitter_nor_ipdv(values, offset):
    """Both are built from differences, so a constant error in the clocks is gone exactly."""
    true, shifted = np.array(values), np.array(values) + offset
    assert interarrival_jitter(true) == interarrival_jitter(shifted)
    assert delay_changes(true).tolist() == delay_changes(shifted).tolist()


def test_ipdv_of_the_vectors(scenario):
    """Extremes are those of the vectors, which close ranks over lost packets."""
    expected = scenario.expected["delay_ms"]
    _, first = np.unique(scenario.indexes, return_index=True)
    changes = delay_changes(scenario.delays[first]) / 1e6
    assert changes.min() == pytest.approx(expected["ipdv_min"], abs=1e-4)
    assert changes.max() == pytest.approx(expected["ipdv_max"], abs=1e-4)


@given(delays)
def test_jitter_is_that_of_the_recursion(values):
    """However long the stream, the sum over its end is what the filter of RFC 3550 holds there."""
    long = values * 50
    jitter = 0.0
    for before, after in pairwise(long):
        jitter += (abs(after - before) - jitter) / 16
    assert interarrival_jitter(np.array(long)) == pytest.approx(jitter / NANOSECONDS, rel=1e-9, abs=1e-15)
