"""The MOS that Telnyx' SDKs show, against the values published of them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.quality.telnyx import display_mos, display_word

PUBLISHED = [
    (0, 0, 0, 4.41),
    (20, 200, 0, 4.35),
    (30, 400, 0, 4.09),
    (5, 40, 0.1, 4.36),
    (5, 40, 0.5, 4.18),
    (5, 40, 1, 3.98),
    (5, 40, 3, 3.35),
    (5, 40, 10, 2.30),
]
"""Jitter and round trip time in ms, percent lost, MOS."""


@pytest.mark.parametrize(("jitter", "rtt", "loss", "mos"), PUBLISHED)
def test_published_values(jitter, rtt, loss, mos):
    """Each comes out to the two decimals that were published."""
    found = display_mos(jitter=jitter / 1000, round_trip_time=rtt / 1000, loss_ratio=loss / 100)
    assert found == pytest.approx(mos, abs=0.0051)


def test_units_are_seconds_and_ratios():
    """Milliseconds or percent in their place would give something else altogether."""
    assert display_mos(jitter=0.005, round_trip_time=0.04, loss_ratio=0.01) > 3.9
    assert display_mos(jitter=0.005, round_trip_time=0.04, loss_ratio=1.0) < 1.1


@given(
    jitter=st.floats(0, 0.5), round_trip_time=st.floats(0, 0.5), loss=st.floats(0, 1), more=st.floats(0, 1)
)
def test_more_loss_is_never_better(jitter, round_trip_time, loss, more):
    """On its scale, at delays that calls have."""
    less, most = sorted((loss, more))
    best = display_mos(jitter=jitter, round_trip_time=round_trip_time, loss_ratio=less)
    assert 1.0 <= best <= 5.0
    if round_trip_time + jitter < 0.3 and most < 0.5:
        assert display_mos(jitter=jitter, round_trip_time=round_trip_time, loss_ratio=most) <= best + 1e-9


def test_it_climbs_again_where_nothing_is_understood():
    """The polynomial of the SDKs is not held at R = 0; ours is."""
    assert display_mos(jitter=0, round_trip_time=0.9, loss_ratio=0.1) == 1.0
    assert display_mos(jitter=0, round_trip_time=4, loss_ratio=0.1) == 5.0


@pytest.mark.parametrize(
    ("jitter", "rtt", "loss"), [(-1, 0, 0), (0, -1, 0), (0, 0, 1.1), (0, 0, -0.1), (math.nan, 0, 0)]
)
def test_impossible_numbers_are_refused(jitter, rtt, loss):
    """A number that cannot be is no quality."""
    with pytest.raises(ValueError, match="must"):
        display_mos(jitter=jitter, round_trip_time=rtt, loss_ratio=loss)


@pytest.mark.parametrize(
    ("mos", "word"),
    [(4.41, "excellent"), (4.2, "good"), (4.1, "good"), (4.05, "fair"), (3.65, "poor"), (3.1, "poor")],
)
def test_words_have_no_gaps_between_them(mos, word):
    """What other SDKs call bad by mistake has the word of its neighbours."""
    assert display_word(mos) == word
    assert display_word(3.09) == "bad"
