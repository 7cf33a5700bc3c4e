"""A process killed at any moment loses nothing that it acknowledged."""

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

# About a minute on an idle machine; the time is the starts of the engine, so a busy one may need several.
pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

KILLS = 20

KILLED_WHILE_OPENING = 0.3
"""Share of the runs that are not given the time to acknowledge anything first."""

ROUNDS_PER_RUN = 100_000
"""Distance of the numbers of two runs, more than a run can append."""

CheckNothingLost = Callable[[Path, set[int]], None]


def kill_at_some_moment(program, moments: random.Random, *, within: float) -> None:
    """Let it work for at most so many seconds, or catch it while it still opens its files."""
    if moments.random() > KILLED_WHILE_OPENING:
        program.wait_for("acked")
    time.sleep(moments.uniform(0.0, within))
    program.kill()


def test_spool_survives_kills(start, tmp_path: Path) -> None:
    """After 20 kills every acknowledged item was handed over under one token, or still waits."""
    moments = random.Random(20)
    acked: set[int] = set()
    taken: dict[str, list[int]] = {}
    for run in range(KILLS):
        program = start("relay", tmp_path, first=run * ROUNDS_PER_RUN)
        kill_at_some_moment(program, moments, within=0.3)
        acked |= set(program.numbers("acked"))
        for token, *numbers in program.said("taken"):
            # A chunk may come again after a kill, and then it must be the same one.
            assert taken.setdefault(token, list(map(int, numbers))) == list(map(int, numbers))
    rest = start("report", tmp_path)
    rest.finish()
    handed_over = [number for numbers in taken.values() for number in numbers]
    assert len(handed_over) == len(set(handed_over))
    assert acked, "nothing was acknowledged, so nothing was shown"
    assert sorted(acked - set(handed_over) - set(rest.numbers("stored"))) == []


def test_store_survives_kills(start, assert_nothing_lost: CheckNothingLost, tmp_path: Path) -> None:
    """After 20 kills every acknowledged round is stored once, and all opened again each time."""
    moments = random.Random(9)
    acked: set[int] = set()
    for run in range(KILLS):
        program = start("store", tmp_path, first=run * ROUNDS_PER_RUN)
        kill_at_some_moment(program, moments, within=0.7)
        acked |= set(program.numbers("acked"))
    assert_nothing_lost(tmp_path, acked)
