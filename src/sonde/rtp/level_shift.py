"""Did the delay jump to another level and stay there, as when a route changes in mid-stream?

Delay variation is counted from the smallest delay of the whole stream (RFC 5481), so after a jump upwards
every later packet seems varied although nothing varies. To say so, the place is found at which the ranks of
the delays change most (the statistic of Pettitt's test, "A non-parametric approach to the change-point
problem", 1979), and the medians on both sides of it are compared. Ranks and medians do not mind spikes.

The level of a clock that is set in mid-stream shifts like that of a route.
"""

from typing import Final, NamedTuple

import numpy as np

from sonde.rtp.delay import delay_variation, nearest_rank
from sonde.rtp.units import Integers, to_nanoseconds

SHIFT_MIN: Final = to_nanoseconds(0.020)
"""Nanoseconds between two levels up to which nobody would notice; a packet of most codecs lasts as long."""

DEVIATIONS_MIN: Final = 3
"""How many median absolute deviations of the delays from their levels the two must lie apart."""

SIDE_MIN: Final = 20
"""Packets that a level must have on its side, 0.4 s of most codecs; fewer are a spike."""

SIDE_SHARE: Final = 1 / 20
"""Share of the packets that a level must have on its side; less is nothing to judge a long stream by."""


class LevelShift(NamedTuple):
    """Where the delay went to another level and by how much.

    Attributes:
        place: number of the first packet at the new level, among those looked at.
        amount: median after less median before, in nanoseconds; negative when the path got shorter.
    """

    place: int
    amount: int


def find_level_shift(delays: Integers) -> LevelShift | None:
    """The greatest shift of level.

    Args:
        delays: one-way delays in nanoseconds in the order sent. A constant clock error changes nothing.

    Returns:
        None when the delay kept its level, or too few packets tell.
    """
    side = max(SIDE_MIN, int(len(delays) * SIDE_SHARE))
    if len(delays) < 2 * side:
        return None
    ordered = np.sort(delays)
    # Each median has at least half of its side beyond it, so most streams need no closer look.
    if ordered[-(side // 2)] - ordered[side // 2 - 1] <= SHIFT_MIN:
        return None
    place = _refine(delays, _greatest_change(delays, ordered))
    if not side <= place <= len(delays) - side:
        return None
    before, after = _median(delays[:place]), _median(delays[place:])
    deviation = _median(np.abs(np.concatenate([delays[:place] - before, delays[place:] - after])))
    amount = after - before
    return LevelShift(place, amount) if abs(amount) > max(SHIFT_MIN, DEVIATIONS_MIN * deviation) else None


def variation_from(delays: Integers, shift: LevelShift) -> Integers:
    """PDV of each packet, with the smallest delay found anew where the level shifted; in nanoseconds."""
    parts = delays[: shift.place], delays[shift.place :]
    return np.concatenate([delay_variation(part) for part in parts])


def _greatest_change(delays: Integers, ordered: Integers) -> int:
    """The first place of the part whose ranks differ most from those before it."""
    # Equal delays get the same rank, twice the middle of their places so that it is whole.
    ranks = np.searchsorted(ordered, delays, side="left") + np.searchsorted(ordered, delays, side="right")
    lead = np.abs(np.cumsum(ranks - len(delays)))
    return int(np.argmax(lead)) + 1


def _refine(delays: Integers, place: int) -> int:
    """The place that leaves the fewest delays on the wrong side of the middle between both levels.

    Ranks blur it where one side is much longer; a packet of the old level would spoil the new one's minimum.
    """
    if not 0 < place < len(delays):
        return place
    before, after = _median(delays[:place]), _median(delays[place:])
    looks_old = (delays > before + (after - before) // 2) != (after > before)
    return int(np.argmax(np.cumsum(np.where(looks_old, 1, -1)))) + 1


def _median(values: Integers) -> int:
    """The lower one when there are two."""
    return nearest_rank(np.sort(values), 500)
