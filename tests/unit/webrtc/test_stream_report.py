"""The score of a stream on the whole lies within its limits, whatever its seconds were like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.quality.call_score import CallScore
from sonde.quality.mos import MOS_MIN
from sonde.quality.scales import SCALES
from sonde.webrtc.interval import NANOSECONDS
from sonde.webrtc.scoring import ScoredInterval
from sonde.webrtc.stream_report import call_mos


def scored(second, low, value, high, scale):
    """One second with its score, all of it R."""
    mos_low, mos, mos_high = (max(SCALES[scale].mos(r), MOS_MIN) for r in (low, value, high))
    score = CallScore(
        model="qs-audio", version="1", scale=scale, r_factor=value,
        mos=mos, mos_low=mos_low, mos_high=mos_high, points={"delay": 0.5},
    )  # fmt: skip
    start = second * NANOSECONDS
    return ScoredInterval(start=start, end=start + NANOSECONDS, window_start=start, score=score)


ratings = st.lists(st.floats(0, 100), min_size=3, max_size=3).map(sorted)


@given(st.sampled_from(sorted(SCALES)), st.lists(ratings, min_size=1, max_size=20))
def test_within_its_limits(scale, seconds):
    """R from nothing to the best, with limits as near and as far as they like."""
    found = call_mos([scored(number, *each, scale) for number, each in enumerate(seconds)])
    assert MOS_MIN <= found.low <= found.value <= found.high <= 4.5


def test_good_and_bad_halves():
    """On R, where half of 90 and half of 20 is 55; the mean of their MOS would be above its upper limit."""
    halves = [scored(0, 89, 90, 91, "narrowband"), scored(1, 19, 20, 21, "narrowband")]
    found = call_mos(halves)
    mos = SCALES["narrowband"].mos
    assert (found.low, found.value, found.high) == pytest.approx((mos(54.0), mos(55.0), mos(56.0)))
    assert found.points == {"delay": 0.5}
