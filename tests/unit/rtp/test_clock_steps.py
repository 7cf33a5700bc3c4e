"""Clocks that are set in the middle of a stream."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.rtp.clock_fit import Directions, fit_clocks
from sonde.rtp.clock_steps import find_step

MS = 1_000_000


@pytest.mark.parametrize("end", ["source_step", "target_step"])
@pytest.mark.parametrize("size", [-3000, -10, 10, 3000])
def test_a_clock_that_is_set_is_noticed(clock_path, end, size):
    """Ten milliseconds or three seconds, at either end, forth or back: found, with its size and sign."""
    chance = np.random.default_rng(3)
    sign = 1 if end == "target_step" else -1
    for seed in range(40):
        path = clock_path(
            step_at=chance.uniform(0.7, 4.3), offset=123, skew=chance.uniform(-100e-6, 100e-6), **{end: size}
        )
        step = find_step(path.run(seed).directions)
        assert step is not None, seed
        assert step.size == pytest.approx(sign * size * MS, abs=1.5 * MS)


def test_the_longer_part_gives_its_own_offset(clock_path):
    """What is left lies on one side of the step, so a line fits it as if nothing had happened."""
    for step_at, after in ((1.5, True), (3.5, False)):
        path = clock_path(target_step=10, step_at=step_at)
        fit = fit_clocks(find_step(path.run(1).directions).longer_part)
        assert fit.offset_ns == pytest.approx(10 * MS if after else 0, abs=0.2 * MS)
        assert fit.lowest <= (10 * MS if after else 0) <= fit.highest


def test_queues_are_no_step(clock_path):
    """Long and standing queues, heavy tails, loss and skew never look as if a clock had been set."""
    chance = np.random.default_rng(4)
    for seed in range(400):
        path = clock_path(
            queue=10 ** chance.uniform(-2, 1),
            tail=chance.choice([0, 0.1]),
            standing=chance.choice([0, 10, 50]),
            loss=chance.choice([0, 0.3]),
            skew=chance.uniform(-100e-6, 100e-6),
        )
        assert find_step(path.run(seed).directions) is None, seed


def test_another_route_is_no_step(clock_path):
    """One direction that becomes longer leaves the other as it was; a clock would not."""
    directions = clock_path().run(1).directions
    half = len(directions.arrived) // 2
    directions.arrived[half:] += 15 * MS
    assert find_step(directions) is None


def test_a_few_packets_show_no_step(clock_path):
    """Four packets on each side of each direction are the least."""
    assert find_step(clock_path(target_step=10, loss=0.95).run(1).directions) is None


@given(st.lists(st.integers(0, 2**62), min_size=36, max_size=80))
def test_any_stamps_give_a_step_or_none(stamps):
    """Stamps that no clocks could have made end no agent."""
    quarter = len(stamps) // 4
    columns = np.array(stamps[: 4 * quarter], dtype=np.int64).reshape(4, quarter)
    step = find_step(
        Directions(sent=columns[0], arrived=columns[1], answered=columns[2], returned=columns[3])
    )
    assert step is None or len(step.longer_part.sent) <= quarter
