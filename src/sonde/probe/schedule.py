"""When an agent's rounds start: aligned to the epoch, spread so that agents do not measure each other."""

import hashlib

import msgspec

from sonde.model.control import StreamAssignment
from sonde.model.voice_tests import round_start

TAIL = 8.0
"""Seconds a stream needs beyond its duration: greeting, settling and fetching at worst."""

SLIP = 0.5
"""Seconds by which a start varies from round to round."""


class Run(msgspec.Struct, frozen=True, order=True):
    """One round to run: when, in epoch seconds, and which."""

    at: float
    round_id: int


def next_run(assignment: StreamAssignment, source_id: int, now: float, last_round: int | None) -> Run:
    """The next round of an assignment.

    A test nobody ever ran starts at once, so that its first result does not wait for its slot; a round whose
    time has passed is made up for while its stream still ends inside it.

    Args:
        assignment: what to run.
        source_id: the agent that asks.
        now: epoch seconds.
        last_round: the latest round this agent began, None for none.
    """
    current = round_start(now, assignment.interval)
    if last_round is None or last_round < current:
        planned = _planned_start(assignment, source_id, current)
        if last_round is not None and now <= planned:
            return Run(planned, current)
        if now + assignment.duration <= current + assignment.interval:
            return Run(now, current)
    following = max(current, last_round or 0) + assignment.interval
    return Run(_planned_start(assignment, source_id, following), following)


def _planned_start(assignment: StreamAssignment, source_id: int, round_id: int) -> float:
    pair = f"{assignment.test_id}:{source_id}:{assignment.target_agent_id}"
    room = max(0.0, assignment.interval - assignment.duration - TAIL)
    slip = min(SLIP, room) * _fraction(f"{pair}:{round_id}")
    return round_id + max(0.0, room - SLIP) * _fraction(pair) + slip


def _fraction(text: str) -> float:
    return int.from_bytes(hashlib.blake2s(text.encode(), digest_size=6).digest(), "big") / 2**48
