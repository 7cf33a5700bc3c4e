"""Clock offset from two-way exchanges."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.rtp.clock import Exchange, estimate_offset

MILLISECOND = 1_000_000
START = 1_700_000_000_000_000_000

directions = st.integers(0, 10**9)
offsets = st.integers(-(10**18), 10**18)


def exchange(forward, backward, *, offset=0, answering=50_000, at=START):
    """What two clocks write down when the delays and their offset are these."""
    heard = at + forward + offset
    return Exchange(at, heard, heard + answering, at + forward + answering + backward)


def test_offset_is_found_exactly_on_an_even_path():
    """Equal delays in both directions leave no error."""
    found = estimate_offset([exchange(20 * MILLISECOND, 20 * MILLISECOND, offset=1_230_000_000)])
    assert found.offset_ns == 1_230_000_000
    assert found.round_trip_time_min == pytest.approx(0.040)
    assert found.error_bound == pytest.approx(0.020)


@given(st.lists(st.tuples(directions, directions), min_size=1, max_size=10), offsets)
def test_truth_is_within_the_bound(paths, offset):
    """However uneven the path, the true offset is no further away than the bound."""
    found = estimate_offset([exchange(forward, backward, offset=offset) for forward, backward in paths])
    assert abs(found.offset_ns - offset) <= round(found.error_bound * 1e9)
    assert found.round_trip_time_min == pytest.approx(min(sum(path) for path in paths) / 1e9)


@given(directions, directions, offsets)
def test_forward_and_backward_delay_add_up_to_the_round_trip(forward, backward, offset):
    """An error of the offset moves time from one direction to the other and makes none."""
    sample = exchange(forward, backward, offset=offset)
    forward_seen = sample.heard_at - sample.asked_at - sample.offset
    backward_seen = sample.returned_at - sample.answered_at + sample.offset
    assert forward_seen + backward_seen == sample.round_trip_time == forward + backward


def test_exchange_that_queued_least_wins():
    """One quick exchange among slow, uneven ones gives the offset."""
    slow = [exchange(20 * MILLISECOND + i * MILLISECOND, 20 * MILLISECOND, offset=7) for i in range(1, 9)]
    quick = exchange(20 * MILLISECOND, 20 * MILLISECOND, offset=7)
    assert estimate_offset([*slow[:4], quick, *slow[4:]]).offset_ns == 7


def test_exchange_over_a_clock_step_is_left_out():
    """A round trip below zero is impossible, so its clock was set meanwhile."""
    stepped = Exchange(START, START + 10, START + 20, START - 10**9)
    assert estimate_offset([stepped]) is None
    assert estimate_offset([stepped, exchange(5, 5, offset=3)]).offset_ns == 3


def test_nothing_to_go_by_gives_none():
    """No exchange, no offset: never zero."""
    assert estimate_offset([]) is None
