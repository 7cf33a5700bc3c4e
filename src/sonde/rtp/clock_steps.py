"""Where a clock was set while a stream ran, seen in the stream itself.

A queue or another route makes one direction longer and leaves the other alone. A clock that is set moves
both: at one moment the smallest delay of the forward packets rises, and that of the backward packets falls
by the same, or the other way round.
"""

from typing import Final, NamedTuple

import numpy as np

from sonde.rtp.clock_fit import MAX_SKEW_SLEWING, Directions
from sonde.rtp.clock_lines import Floats
from sonde.rtp.units import Integers

SIDE_MIN: Final = 4
"""Packets of each direction that must be on either side of a step before it is believed."""

_CONFIDENCE: Final = 8
"""Times the expected smallest queue of a side that a step must exceed; by chance e^-8 of them do."""

_SUDDEN: Final = 4
"""Answers in which a step shows; what takes longer is two queues that happened to meet."""

_CLEARLY: Final = 0.7
"""Share of a step that shows where it is; beside it, less of it shows for as long as packets queue."""

_DISORDER: Final = 1_000_000
"""Nanoseconds by which stamps of arrivals may go back without the clock having been set."""


class Step(NamedTuple):
    """A clock was set.

    Attributes:
        size: how far the target's clock moved against the source's, nanoseconds.
        longer_part: the stamps from before or after it, whichever are more, without packets then under way.
    """

    size: int
    longer_part: Directions


def find_step(directions: Directions) -> Step | None:
    """The largest step of either clock; None when there is none, or it is within what queues explain."""
    if min(len(directions.sent), len(directions.answered)) < 2 * SIDE_MIN + 2:
        return None
    there, back = _axis(directions)
    above = _Floors(there, directions.arrived - directions.sent)
    below = _Floors(back, directions.returned - directions.answered)
    splits = below.at[SIDE_MIN:-SIDE_MIN]
    guard = _under_way(above, below)
    sides = _Sides(splits, guard)
    rise, noise_above = above.rise(sides)
    fall, noise_below = below.rise(sides)
    agreed = np.where(rise * fall < 0, np.minimum(np.abs(rise), np.abs(fall)), 0.0)
    by_chance = MAX_SKEW_SLEWING * float(above.at[-1] - above.at[0]) / 2
    agreed[agreed <= by_chance + _CONFIDENCE * (noise_above + noise_below)] = 0.0
    seen = np.flatnonzero(agreed > _CLEARLY * agreed.max())
    sudden = _SUDDEN + 2 * guard / max(1.0, float(np.median(np.diff(splits))))
    if not len(seen) or seen[-1] - seen[0] > sudden:
        return None
    best = seen[agreed[seen].argmax()]
    # Packets on the wrong side of it hide a part of the step, in one direction or the other.
    size = rise[best] if abs(rise[best]) > abs(fall[best]) else -fall[best]
    part = _longer_part(directions, there - splits[best], back - splits[best], guard)
    return Step(size=round(float(size)), longer_part=part)


class _Sides(NamedTuple):
    """Moments at which a clock may have been set, and how long before and after packets were under way."""

    splits: Integers
    guard: int


class _Floors:
    """The delays of one direction in order of time."""

    def __init__(self, at: Integers, delays: Integers) -> None:
        order = np.argsort(at, kind="stable")
        self.at = at[order]
        self.base = int(delays[0])
        self.delays: Floats = (delays - self.base)[order].astype(np.float64)

    def rise(self, sides: _Sides) -> tuple[Floats, Floats]:
        """By how much the smallest delay rises at each moment, and how much of that queues explain."""
        count = len(self.at)
        before = np.searchsorted(self.at, sides.splits - sides.guard)
        after = np.searchsorted(self.at, sides.splits + sides.guard)
        fewer = np.minimum(before, count - after)
        least = np.minimum.accumulate(self.delays)
        least_after = np.minimum.accumulate(self.delays[::-1])[::-1]
        rise = least_after[np.minimum(after, count - 1)] - least[np.maximum(before, 1) - 1]
        return np.where(fewer >= SIDE_MIN, rise, 0.0), self._mean_queue() / np.maximum(fewer, 1)

    def _mean_queue(self) -> float:
        """How much packets queue on average; of quarters, since a step makes one of them look busy."""
        quarters = np.array_split(self.delays, 4)
        return float(np.median([quarter.mean() - quarter.min() for quarter in quarters]))


def _axis(directions: Directions) -> tuple[Integers, Integers]:
    """When packets were at one end, by its clock: the target's, unless it was set back."""
    if np.diff(directions.arrived).min() > -_DISORDER:
        return directions.arrived, directions.answered
    return directions.sent, directions.returned


def _under_way(above: _Floors, below: _Floors) -> int:
    """Nanoseconds within which a packet left before a step and came after it: a usual round trip."""
    beside = np.minimum(np.searchsorted(above.at, below.at), len(above.at) - 1)
    return int(np.median(above.delays[beside] + below.delays)) + above.base + below.base


def _longer_part(directions: Directions, there: Integers, back: Integers, guard: int) -> Directions:
    """What is farther from 0 than the guard, on the side that has more."""
    early, late = (there < -guard, back < -guard), (there > guard, back > guard)
    forward, backward = max(early, late, key=lambda side: int(side[0].sum()))
    return Directions(
        sent=directions.sent[forward],
        arrived=directions.arrived[forward],
        answered=directions.answered[backward],
        returned=directions.returned[backward],
    )
