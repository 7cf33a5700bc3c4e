"""When an agent's rounds start: aligned to the epoch, spread so that agents do not measure each other."""

import hashlib

import msgspec

from sonde.model.agents import POLL_INTERVAL
from sonde.model.control import StreamAssignment
from sonde.model.voice_tests import ON_REQUEST, REQUEST_LIFE, round_start

TAIL = 9.0
"""Seconds a stream needs beyond its duration: greeting, settling and fetching at worst."""

SLIP = 0.5
"""Seconds by which a start varies from round to round."""


OVERRUN = 1.0
"""Seconds a stream may end after its round, so that being woken a moment late does not cost the round."""

SPREAD_WITHIN = 2 * POLL_INTERVAL
"""Seconds after which the target of a new test has heard of it too, even if it asks a little late."""


class Run(msgspec.Struct, frozen=True, order=True):
    """One round to run: when, in epoch seconds, and which."""

    at: float
    round_id: int


class History(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent knows of one of its assignments.

    Attributes:
        known_since: epoch seconds at which it was first heard of.
        last_round: the latest round begun, None for none.
    """

    known_since: float
    last_round: int | None = None


def next_run(assignment: StreamAssignment, source_id: int, now: float, history: History) -> Run | None:
    """The next round of an assignment; None when it has no timetable and nothing more is requested.

    A new test starts as soon as its target has heard of it, not in its slot, so that its first result comes
    soon. A round whose time has passed is made up for while its stream still ends inside it. A requested
    round starts as soon as the target has heard of its test.

    Args:
        assignment: what to run.
        source_id: the agent that asks.
        now: epoch seconds.
        history: what it did so far.
    """
    if assignment.interval == ON_REQUEST:
        return _requested_run(assignment, now, history)
    last_round = history.last_round
    if last_round is None:
        start = max(now, history.known_since + SPREAD_WITHIN)
        round_id = round_start(start, assignment.interval)
    else:
        round_id = max(round_start(now, assignment.interval), last_round + assignment.interval)
        start = max(now, _planned_start(assignment, source_id, round_id))
    if fits(assignment, round_id, start):
        return Run(start, round_id)
    following = round_id + assignment.interval
    return Run(_planned_start(assignment, source_id, following), following)


def fits(assignment: StreamAssignment, round_id: int, start: float) -> bool:
    """Whether a stream that starts then still belongs to the round."""
    if assignment.interval == ON_REQUEST:
        return start <= round_id + REQUEST_LIFE
    return start + assignment.duration <= round_id + assignment.interval + OVERRUN


def _requested_run(assignment: StreamAssignment, now: float, history: History) -> Run | None:
    round_id = assignment.requested_round
    if round_id is None or (history.last_round is not None and round_id <= history.last_round):
        return None
    start = max(now, history.known_since + SPREAD_WITHIN)
    return Run(start, round_id) if fits(assignment, round_id, start) else None


def _planned_start(assignment: StreamAssignment, source_id: int, round_id: int) -> float:
    # Both directions of a two-way test start together, as those of a call do.
    ends = (source_id, assignment.target_agent_id)
    source, target = reversed(ends) if assignment.is_reverse else ends
    pair = f"{assignment.test_id}:{source}:{target}"
    room = max(0.0, assignment.interval - assignment.duration - TAIL)
    slip = min(SLIP, room) * _fraction(f"{pair}:{round_id}")
    return round_id + max(0.0, room - SLIP) * _fraction(pair) + slip


def _fraction(text: str) -> float:
    return int.from_bytes(hashlib.blake2s(text.encode(), digest_size=6).digest(), "big") / 2**48
