"""The difference of two clocks from a whole stream: the line that fits between both directions.

Delays are never below zero. So what the forward packets show (arrival minus sending, each by its own
clock) lies above the true clock difference, and what the backward packets show lies below it. If both
clocks run evenly, that difference is a straight line over time, and it runs between the two clouds of
points. Of all such lines the middle of the widest gap is taken: it is right when the smallest delays of
both directions are equal, and queues on single packets do not move it. (Moon, Skelly and Towsley,
"Estimation and removal of clock skew from network delay measurements", 1999, for one direction; here for
two.)
"""

from collections.abc import Callable
from typing import Final

import msgspec
import numpy as np

from sonde.rtp.units import Integers, to_seconds

MAX_SKEW: Final = 100e-6
"""Two free clocks of computers differ by less than this, seconds per second."""

STAMP_ERROR: Final = 10_000
"""Nanoseconds by which a stamp may be wrong."""

_STEPS: Final = 40
_THIRD: Final = 1 / 3


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


class ClockFit(msgspec.Struct, frozen=True, kw_only=True):
    """The clock difference in the middle of a stream.

    Attributes:
        offset_ns: target's clock minus source's, nanoseconds.
        error_bound: seconds; the true offset is at most this far away if delays are not below zero, both
            clocks run evenly, and stamps are at most `STAMP_ERROR` wrong.
    """

    offset_ns: int
    error_bound: float


def fit_clocks(directions: Directions) -> ClockFit | None:
    """Fit the line; see the module's text.

    Returns:
        None when a direction has no packet, or no line fits because a clock was set meanwhile.
    """
    if not len(directions.sent) or not len(directions.answered):
        return None
    base = int(directions.arrived[0]) - int(directions.sent[0])
    middle = (int(directions.sent.min()) + int(directions.sent.max())) // 2
    above_at = (directions.sent - middle).astype(np.float64)
    above = (directions.arrived - directions.sent - base + STAMP_ERROR).astype(np.float64)
    below_at = (directions.returned - middle).astype(np.float64)
    below = (directions.answered - directions.returned - base - STAMP_ERROR).astype(np.float64)

    def ceiling(skew: float) -> float:
        return float((above - skew * above_at).min())

    def floor(skew: float) -> float:
        return float((below - skew * below_at).max())

    def gap(skew: float) -> float:
        return ceiling(skew) - floor(skew)

    best = _summit(gap, -MAX_SKEW, MAX_SKEW)
    if gap(best) < 0:
        return None
    low, high = _edge(gap, best, -MAX_SKEW), _edge(gap, best, MAX_SKEW)
    highest = ceiling(_summit(ceiling, low, high))
    lowest = floor(_summit(lambda skew: -floor(skew), low, high))
    offset = (ceiling(best) + floor(best)) / 2
    bound = max(highest - offset, offset - lowest)
    return ClockFit(offset_ns=base + round(offset), error_bound=to_seconds(bound))


def _summit(of: Callable[[float], float], low: float, high: float) -> float:
    """Where a concave function is largest."""
    for _ in range(_STEPS):
        left, right = low + (high - low) * _THIRD, high - (high - low) * _THIRD
        if of(left) < of(right):
            low = left
        else:
            high = right
    return (low + high) / 2


def _edge(of: Callable[[float], float], inside: float, outside: float) -> float:
    """The last point on the way from `inside` to `outside` at which the function is not negative."""
    if of(outside) >= 0:
        return outside
    for _ in range(_STEPS):
        between = (inside + outside) / 2
        if of(between) >= 0:
            inside = between
        else:
            outside = between
    return inside
