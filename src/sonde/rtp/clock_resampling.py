"""How far a fitted line would move if other packets had happened not to queue: a bootstrap.

Each replicate leaves out the packets that a draw with replacement would leave out (37 %), and takes the
middle of the widest gap again. A minimum is the one statistic of which the bootstrap keeps the scale only
roughly, yet its 95th percentile is right here: that of the least of n exponential queues is 3 means / n,
and a draw loses the three smallest of n with a chance of e^-3, 5 %. The draws are the same for every
stream, so that equal stamps give equal results.
"""

from typing import Final, NamedTuple

import numpy as np

from sonde.rtp.clock_lines import Floats, Passage, Points

POINTS_MIN: Final = 8
"""Packets of a direction below which nothing is said."""

_REPLICATES: Final = 64
_NEAR: Final = 16
"""Points that a replicate can come to touch; the chance that it leaves out as many is 10^-7."""
_SLOPES: Final = 9
_CONFIDENCE: Final = 0.97
"""Share of replicates; above 0.95 because so few packets tell the scale of queues only roughly."""
_RANK: Final = int(_CONFIDENCE * _REPLICATES)
_DEPTH: Final = 5
"""How many packets the widest gap can lose to reach a slope that is tried."""


def _draw() -> Floats:
    """Infinity where a replicate leaves out a point, else 0; by direction, point, replicate and slope."""
    left_out = np.random.default_rng(2).random((2, _NEAR, _REPLICATES)) < np.exp(-1)
    left_out[:, POINTS_MIN - 1] &= ~left_out[:, :POINTS_MIN].all(axis=1)  # one of the points is always kept
    return np.repeat(np.where(left_out, np.inf, 0.0)[..., None], _SLOPES, axis=3)


_ABOVE, _BELOW = _draw()
_TO_MOST: Final = np.linspace(-1, 1, _SLOPES).clip(0)
_TO_LEAST: Final = _TO_MOST[::-1]
_EACH: Final = np.arange(_REPLICATES)
_FIRST: Final = np.exp(-np.arange(POINTS_MIN))
_CHANCES: Final = np.outer(_FIRST, _FIRST).ravel() / _FIRST.sum() ** 2
"""How often the lowest points that replicates keep are these of all points, above and below."""


class Wobble(NamedTuple):
    """95th percentiles of how far a line moves.

    Attributes:
        height: at 0, nanoseconds.
        slope: nanoseconds per nanosecond; 0 when it was given.
    """

    height: float
    slope: float


def resample(above: Points, below: Points, *, slope: float, fitted: Passage | None) -> Wobble | None:
    """Repeat a fit without some of its points.

    Args:
        above: all points of the forward direction.
        below: all points of the backward direction, mirrored.
        slope: of the line.
        fitted: the passage the slope was fitted to; None when it was given.

    Returns:
        None for fewer than `POINTS_MIN` points in a direction.
    """
    if min(len(above.at), len(below.at)) < POINTS_MIN:
        return None
    if fitted is None:
        return Wobble(height=_height_error(above, below, slope), slope=0.0)
    tried = _slopes_to_try(above, below, fitted)
    upper, upper_replicates = _least(above, tried, _ABOVE)
    lower, lower_replicates = _least(below, -tried, _BELOW)
    middle = (upper - lower)[len(tried) // 2] / 2
    best = (upper_replicates + lower_replicates).argmax(axis=1)
    heights = (upper_replicates - lower_replicates)[_EACH, best] / 2
    return Wobble(height=_most(heights - middle), slope=_most(tried[best] - slope))


def _height_error(above: Points, below: Points, slope: float) -> float:
    """What the replicates come to when the slope is given: their number may then be infinite."""
    over, under = _lowest(above, slope), _lowest(below, -slope)
    errors = np.abs(over[:, None] - under).ravel() / 2
    order = errors.argsort()
    return float(errors[order[np.searchsorted(_CHANCES[order].cumsum(), _CONFIDENCE)]])


def _lowest(points: Points, slope: float) -> Floats:
    """How far the lowest points are above the lowest of all, in rising order."""
    heights = np.partition(points.value - slope * points.at, POINTS_MIN - 1)[:POINTS_MIN]
    heights.sort()
    lowest: Floats = heights - heights[0]
    return lowest


def _slopes_to_try(above: Points, below: Points, fitted: Passage) -> Floats:
    """Slopes among which that of nearly every replicate is, the fitted one in the middle of them.

    To leave out points widens the gap, at a replicate's own slope by about what the sixth smallest queue of
    each direction is. So that slope is one at which all points together leave a gap at most so much narrower.
    """
    loss = float(_lowest(above, fitted.slope)[_DEPTH] + _lowest(below, -fitted.slope)[_DEPTH])
    least, most = fitted.slopes_of_gap(fitted.gap - loss)
    return fitted.slope + (least - fitted.slope) * _TO_LEAST + (most - fitted.slope) * _TO_MOST


def _least(points: Points, slopes: Floats, left_out: Floats) -> tuple[Floats, Floats]:
    """Height at 0 of the highest line of each slope under all points, and under those of each replicate."""
    heights = points.value - slopes[:, None] * points.at
    least = heights.min(axis=1)
    nearest = (heights - least[:, None]).min(axis=0)
    near = heights[:, np.argpartition(nearest, min(_NEAR, len(nearest)) - 1)[:_NEAR]].T
    drawn = (near[:, None, :] + left_out[: len(near), :, : len(slopes)]).min(axis=0)
    return least, drawn


def _most(errors: Floats) -> float:
    return float(np.sort(np.abs(errors))[_RANK])
