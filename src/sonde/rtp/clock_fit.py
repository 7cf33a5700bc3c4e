"""The difference of two clocks from a whole stream: the line that fits between both directions.

Delays are never below zero. So what the forward packets show (arrival minus sending, each by its own
clock) lies above the true clock difference, and what the backward packets show lies below it. If both
clocks run evenly, that difference is a straight line over time, and it runs between the two clouds of
points. Of all such lines the middle of the widest gap is taken: it is right when the smallest delays of
both directions are equal, and queues on single packets do not move it. (Moon, Skelly and Towsley,
"Estimation and removal of clock skew from network delay measurements", 1999, for one direction; here for
two.)

Five seconds tell an offset better than a slope. Where the rounds before are known, the slope comes from
all of them together and the offset from the last alone.
"""

import math
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from sonde.rtp.clock_lines import (
    Outline,
    Passage,
    Points,
    find_passage,
    joint_outline,
    middle_height,
    moved,
    outline_of,
)
from sonde.rtp.clock_resampling import Wobble, resample
from sonde.rtp.units import Integers, to_seconds

MAX_SKEW: Final = 100e-6
"""Two free clocks of computers differ by less than this, seconds per second."""

MAX_SKEW_SLEWING: Final = 500e-6
"""As `MAX_SKEW`, while one of them is being slewed (adjtime(3) and ntpd do it by at most this)."""

STAMP_ERROR: Final = 10_000
"""Nanoseconds by which a stamp may be wrong."""


class Directions(msgspec.Struct, frozen=True, kw_only=True):
    """Stamps of packets both ways, in nanoseconds since the epoch, each by the clock of its place.

    Attributes:
        sent, arrived: forward packets, at the source and at the target.
        answered, returned: backward packets, at the target and at the source.
    """

    sent: Integers
    arrived: Integers
    answered: Integers
    returned: Integers


class Outlines(msgspec.Struct, frozen=True, kw_only=True):
    """All that one stream says about the two clocks: some ten corners of each direction.

    Attributes:
        at: the source's clock where the corners count from, nanoseconds since the epoch.
        base: clock difference from which their values count, nanoseconds.
        above: what no line may cross, of the forward packets.
        below: the same of the backward packets, mirrored.
    """

    at: int
    base: int
    above: Outline
    below: Outline


class ClockFit(msgspec.Struct, frozen=True, kw_only=True):
    """The clock difference in the middle of a stream, and how it changes.

    Attributes:
        offset_ns: target's clock minus source's at `at`, nanoseconds.
        at: the source's clock there, nanoseconds since the epoch.
        lowest, highest: nanoseconds; the true offset is between them if delays are not below zero, both
            clocks run evenly, and stamps are at most `STAMP_ERROR` wrong.
        gap: nanoseconds between both directions at its widest, about the smallest round trip.
        skew: how much faster the target's clock runs than the source's, seconds per second.
        skew_error: 95th percentile of how wrong the skew is because packets queued.
        stat_error: seconds, 95th percentile of how wrong the offset is because packets queued; what it is
            wrong because the directions are not equally long comes on top. None for too few packets.
        rounds: streams the skew comes from, this one included.
        outlines: what to hand to the fit of the next round.
    """

    offset_ns: int
    at: int
    lowest: int
    highest: int
    gap: float
    skew: float
    skew_error: float | None
    stat_error: float | None
    rounds: int
    outlines: Outlines

    @property
    def error_bound(self) -> float:
        """Seconds; the true offset is at most this far away."""
        return to_seconds(max(self.highest - self.offset_ns, self.offset_ns - self.lowest))


def fit_clocks(
    directions: Directions, *, max_skew: float = MAX_SKEW, earlier: Sequence[Outlines] = ()
) -> ClockFit | None:
    """Fit the line; see the module's text.

    Args:
        directions: the stamps of this round.
        max_skew: how differently the clocks can run, seconds per second.
        earlier: outlines of rounds before, as long as both clocks ran evenly since.

    Returns:
        None when a direction has no packet, or no line fits because a clock was set meanwhile.
    """
    if not len(directions.sent) or not len(directions.answered):
        return None
    base, at, above, below = _clouds(directions)
    outlines = Outlines(
        at=at, base=base, above=outline_of(above, max_skew), below=outline_of(below, max_skew)
    )
    own = find_passage(outlines.above, outlines.below, max_skew)
    if own is None:
        return None
    long = _joint_passage(outlines, earlier, max_skew) if earlier else None
    slope = own.slope if long is None else min(max(long.slope, own.slopes[0]), own.slopes[1])
    middle = middle_height(outlines.above, outlines.below, slope)
    wobble = resample(above, below, slope=slope, fitted=own if long is None else None)
    return ClockFit(
        offset_ns=base + round(middle),
        at=at,
        lowest=base + math.floor(own.heights[0]),
        highest=base + math.ceil(own.heights[1]),
        gap=own.gap,
        skew=slope,
        skew_error=_skew_error(wobble, outlines, earlier if long else ()),
        stat_error=to_seconds(wobble.height) if wobble else None,
        rounds=1 + len(earlier) if long else 1,
        outlines=outlines,
    )


def _clouds(directions: Directions) -> tuple[int, int, Points, Points]:
    """Clock difference and source's time to count from, and both directions, the backward one mirrored."""
    base = int((directions.arrived[:1] - directions.sent[:1])[0])
    at = (int(directions.sent.min()) + int(directions.sent.max())) // 2
    above = directions.arrived - directions.sent - base + STAMP_ERROR
    below = directions.answered - directions.returned - base - STAMP_ERROR
    return base, at, _points(directions.sent - at, above), _points(directions.returned - at, below).mirrored


def _points(at: Integers, value: Integers) -> Points:
    order = np.argsort(at, kind="stable")
    return Points(at[order].astype(np.float64), value[order].astype(np.float64))


def _joint_passage(last: Outlines, earlier: Sequence[Outlines], max_skew: float) -> Passage | None:
    """The lines that pass through several rounds."""
    rounds = [(each, each.at - last.at, each.base - last.base) for each in (*earlier, last)]
    above = joint_outline(moved(each.above, right, up) for each, right, up in rounds)
    below = joint_outline(moved(each.below, right, -up) for each, right, up in rounds)
    return find_passage(above, below, max_skew)


def _skew_error(wobble: Wobble | None, last: Outlines, earlier: Sequence[Outlines]) -> float | None:
    """How wrong the slope is: as one stream shows it, or as two offsets far apart do."""
    if wobble is None or not earlier:
        return wobble.slope if wobble else None
    return 2 * wobble.height / max(1, last.at - earlier[0].at)
