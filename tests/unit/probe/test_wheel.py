"""The timing wheel: every packet on its absolute deadline."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.probe.wheel import SHARED_BY, SLOT, SLOTS, Wheel

MS = 1_000_000


def served(wheel, count):
    """The next `count` (deadline, streams) of a wheel."""
    out = []
    for _ in range(count):
        due = wheel.next_due()
        out.append((due, wheel.take()))
    return out


@pytest.mark.parametrize(("step", "interval"), [(40, 20 * MS), (60, 30 * MS), (100, 50 * MS)])
def test_deadlines_are_evenly_spaced_for_ever(step, interval):
    """A stream's deadlines are exactly one packet interval apart, turn after turn."""
    wheel = Wheel(origin=123)
    wheel.add("a", step, "path", now=5 * MS)
    deadlines = [due for due, _ in served(wheel, 50)]
    assert {later - earlier for earlier, later in pairwise(deadlines)} == {interval}
    assert 5 * MS - SLOT <= deadlines[0] < 5 * MS + interval


@given(st.lists(st.sampled_from([40, 60, 100]), min_size=1, max_size=40))
def test_every_stream_is_served_at_its_rate(steps):
    """In ten turns each stream gets exactly ten times its packets, whatever else is on the wheel."""
    wheel = Wheel(origin=0)
    for name, step in enumerate(steps):
        wheel.add(name, step, "path", now=0)
    counts = dict.fromkeys(range(len(steps)), 0)
    while (due := wheel.next_due()) is not None and due < 10 * SLOTS * SLOT:
        for name in wheel.take():
            counts[name] += 1
    assert counts == {name: 10 * SLOTS // step for name, step in enumerate(steps)}


def test_streams_of_one_path_never_share_a_slot_while_there_is_room():
    """Forty streams to one target leave in forty different slots: no bursts."""
    wheel = Wheel(origin=0)
    for name in range(40):
        wheel.add(name, 40, "path", now=0)
    assert all(len(streams) == 1 for _, streams in served(wheel, 300))


def test_few_streams_of_different_paths_share_slots_and_many_are_spread():
    """Eight streams to eight targets need two wakings up each 20 ms; four hundred are ten in each slot."""
    wheel = Wheel(origin=0)
    for name in range(8):
        wheel.add(name, 40, name, now=0)
    assert [len(streams) for _, streams in served(wheel, 30)] == [SHARED_BY] * 30
    for name in range(8, 400):
        wheel.add(name, 40, name, now=0)
    assert [len(streams) for _, streams in served(wheel, 80)] == [10] * 80


def test_a_late_turn_skips_nothing():
    """Deadlines that have passed are still handed out one by one, in order."""
    wheel = Wheel(origin=0)
    wheel.add("a", 40, "path", now=0)
    wheel.add("b", 40, "path", now=0)
    deadlines = [due for due, _ in served(wheel, 200)]
    assert deadlines == sorted(deadlines)
    assert len(set(deadlines)) == 200


def test_removed_streams_are_not_served_again():
    """An empty wheel has nothing due, and starts afresh with the next stream."""
    wheel = Wheel(origin=0)
    wheel.add("a", 40, "path", now=0)
    wheel.add("b", 60, "path", now=0)
    wheel.remove("a")
    assert {name for _, streams in served(wheel, 10) for name in streams} == {"b"}
    wheel.remove("b")
    assert wheel.next_due() is None
    assert wheel.take() == []
    assert len(wheel) == 0
    wheel.add("c", 40, "path", now=900 * MS)
    assert 900 * MS - SLOT <= wheel.next_due() < 920 * MS


def test_an_interval_that_does_not_fit_is_refused():
    """Only packet intervals that divide the wheel keep their slots."""
    with pytest.raises(ValueError, match="does not fit"):
        Wheel(origin=0).add("a", 7, "path", now=0)
