"""The timetable: aligned, spread, at most once a round, and soon for a new test."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.model.control import PairKey, StreamAssignment
from sonde.model.voice_tests import ON_REQUEST, REQUEST_LIFE
from sonde.probe import schedule
from sonde.probe.schedule import SLIP, SPREAD_WITHIN, History, Run

ASSIGNMENT = StreamAssignment(
    test_id=7,
    interval=60,
    duration=5,
    codec="g711",
    dscp=46,
    jitter_buffer=0.04,
    target_agent_id=2,
    target_host="192.0.2.1",
    target_port=49152,
    pair_key=PairKey(key_id=b"8bytes..", key=bytes(32)),
)


def next_run(assignment, source_id, now, last_round, known_since=0.0):
    """The next run of a test that was heard of long ago, unless said otherwise."""
    return schedule.next_run(
        assignment, source_id, now, History(known_since=known_since, last_round=last_round)
    )


times = st.floats(1_600_000_000, 1_700_000_000)
intervals = st.sampled_from([10, 20, 30, 60, 120, 300, 3600])


@given(times, intervals, st.integers(0, 5000))
def test_rounds_follow_each_other_without_gap_or_repeat(now, interval, test_id):
    """Round after round comes once, in order, and starts inside its slot."""
    assignment = msgspec.structs.replace(ASSIGNMENT, interval=interval, test_id=test_id)
    last = None
    for _ in range(5):
        run = next_run(assignment, 1, now, last)
        assert run.round_id % interval == 0
        assert run.round_id <= run.at < run.round_id + interval
        assert run.at >= now
        assert last is None or run.round_id == last + interval
        now, last = run.at, run.round_id


def test_a_new_test_starts_when_its_target_has_heard_of_it():
    """The first result of a new test does not wait for its slot, only for the target's next question."""
    heard = 1_600_000_020.5
    expected = heard + SPREAD_WITHIN
    assert next_run(ASSIGNMENT, 1, heard, None, known_since=heard).at == expected
    assert next_run(ASSIGNMENT, 1, heard + 1, None, known_since=heard).at == expected
    assert next_run(ASSIGNMENT, 1, heard + 15, None, known_since=heard).at == heard + 15


def test_a_new_test_too_late_in_its_round_waits_for_the_next():
    """A stream that would end after its round belongs to the next one."""
    start = 1_600_000_020 // 60 * 60
    assert next_run(ASSIGNMENT, 1, start + 57, None).round_id == start + 60


def test_a_round_begun_is_not_begun_again():
    """A restarted agent goes on with the next round."""
    start = 1_600_000_020 // 60 * 60
    assert next_run(ASSIGNMENT, 1, start + 10, start).round_id == start + 60


def test_a_missed_round_is_made_up_for_while_it_lasts():
    """A busy agent runs the current round late rather than not at all, and never an old one."""
    start = 1_600_000_020 // 60 * 60
    run = next_run(ASSIGNMENT, 1, start + 54, start - 300)
    assert (run.at, run.round_id) == (start + 54, start)


def test_agents_do_not_start_together():
    """A hundred sources of one test are spread over the slot, and each keeps its place but for the slip."""
    starts = [next_run(ASSIGNMENT, source, 1_600_000_020, 1_600_000_020).at % 60 for source in range(100)]
    assert max(starts) - min(starts) > 30
    assert len({round(start) for start in starts}) > 20
    places = [
        next_run(ASSIGNMENT, 1, t, t // 60 * 60).at % 60 for t in range(1_600_000_020, 1_600_006_020, 60)
    ]
    assert 0 < max(places) - min(places) <= SLIP


def test_a_stream_as_long_as_its_interval_starts_with_it():
    """No room to spread: the round starts on its first second."""
    assignment = msgspec.structs.replace(ASSIGNMENT, interval=10, duration=10)
    assert next_run(assignment, 1, 1_600_000_001, 1_600_000_000).at == 1_600_000_010


def test_being_woken_late_does_not_cost_a_round():
    """Even a stream as long as its interval runs when the agent wakes a moment after the start."""
    assignment = msgspec.structs.replace(ASSIGNMENT, interval=10, duration=10)
    assert next_run(assignment, 1, 1_600_000_010.4, 1_600_000_000) == schedule.Run(
        1_600_000_010.4, 1_600_000_010
    )


@given(times, intervals, st.integers(1, 5000), st.integers(1, 5000))
def test_both_directions_of_a_test_start_together(now, interval, one, other):
    """As those of a call do: each end works out the same time."""
    there = msgspec.structs.replace(ASSIGNMENT, interval=interval, target_agent_id=other)
    back = msgspec.structs.replace(there, target_agent_id=one, is_reverse=True)
    last = int(now // interval - 1) * interval
    assert next_run(there, one, now, last) == next_run(back, other, now, last)


ON_DEMAND = msgspec.structs.replace(ASSIGNMENT, interval=ON_REQUEST, requested_round=1_600_000_000)


def test_a_requested_round_starts_when_its_target_has_heard_of_it():
    """A new test waits for the target's next question, a known one starts at once."""
    heard = 1_600_000_003.5
    assert next_run(ON_DEMAND, 1, heard, None, known_since=heard) == Run(heard + SPREAD_WITHIN, 1_600_000_000)
    assert next_run(ON_DEMAND, 1, heard, 1_599_999_000) == Run(heard, 1_600_000_000)


@pytest.mark.parametrize("last_round", [1_600_000_000, 1_600_000_001])
def test_a_requested_round_runs_once(last_round):
    """What was begun, or replaced by a later request, is not begun again."""
    assert next_run(ON_DEMAND, 1, 1_600_000_020.0, last_round) is None


def test_nothing_runs_without_a_request():
    """A test without a timetable waits for people."""
    assert (
        next_run(msgspec.structs.replace(ON_DEMAND, requested_round=None), 1, 1_600_000_020.0, None) is None
    )


def test_a_requested_round_expires():
    """An agent that hears of it too late leaves it."""
    last = 1_600_000_000 + REQUEST_LIFE
    assert next_run(ON_DEMAND, 1, float(last), None) == Run(last, 1_600_000_000)
    assert next_run(ON_DEMAND, 1, last + 0.1, None) is None
