"""Straight lines between two clouds of points: those above that they must not cross, and those below.

Only corners of the clouds can touch a line, and of them only those that a line of permitted slope can
reach, which is some ten of several hundred points. Everything about the lines that pass is then exact, for
it changes from slope to slope in straight pieces that bend at the edges of the two outlines. (Zhang, Liu
and Xia, "Clock synchronization algorithms for network measurements", 2002, use the same outlines.)
"""

from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]

CORNERS_MAX: Final = 64
"""Corners kept of one outline. To forget one lets more lines pass and never fewer."""

_FLAT: Final = 1e-3
"""Nanoseconds of a gap that are rounding and no reason to prefer a slope."""


class Points(NamedTuple):
    """Points of a plane, `at` in rising order.

    Attributes:
        at: where, nanoseconds.
        value: how high, nanoseconds.
    """

    at: Floats
    value: Floats


class Passage(NamedTuple):
    """The lines that pass between two clouds.

    Attributes:
        slope: of the line in the middle of the widest gap, nanoseconds per nanosecond.
        middle: height at 0 of that line.
        slopes: smallest and largest slope of any line that passes.
        heights: smallest and largest height at 0 of any line that passes.
        bends: the slopes at which the width of the gap bends, in rising order, and the steepest permitted.
        gaps: its width at each of them.
    """

    slope: float
    middle: float
    slopes: tuple[float, float]
    heights: tuple[float, float]
    bends: Floats
    gaps: Floats

    def slopes_of_gap(self, at_least: float) -> tuple[float, float]:
        """Smallest and largest slope whose gap is so wide; the widest one is."""
        return _slopes_within(self.bends, self.gaps, at_least)


def lower_outline(points: Points, max_slope: float) -> Points:
    """The corners that lines under the points, no steeper than `max_slope`, can touch."""
    steepest = max_slope * points.at
    falling, rising = points.value - steepest, points.value + steepest
    # A point is out of reach when an earlier or a later one is below both slopes through it.
    reachable = falling <= np.minimum.accumulate(falling)
    reachable &= rising <= np.minimum.accumulate(rising[::-1])[::-1]
    corners: list[tuple[float, float]] = []
    for point in zip(points.at[reachable].tolist(), points.value[reachable].tolist(), strict=True):
        if corners and corners[-1] == point:
            continue
        while len(corners) > 1 and not _turns_left(corners[-2], corners[-1], point):
            corners.pop()
        corners.append(point)
    at, value = np.array(corners, dtype=np.float64).reshape(-1, 2).T
    if len(at) > CORNERS_MAX:
        kept = np.linspace(0, len(at) - 1, CORNERS_MAX).astype(np.int64)
        at, value = at[kept], value[kept]
    return Points(at, value)


def upper_outline(points: Points, max_slope: float) -> Points:
    """The corners that lines over the points, no steeper than `max_slope`, can touch."""
    mirrored = lower_outline(Points(points.at, -points.value), max_slope)
    return Points(mirrored.at, -mirrored.value)


def ceiling(above: Points, slopes: Floats) -> Floats:
    """Height at 0 of the highest line of each slope that is under all points."""
    highest: Floats = (above.value[:, None] - above.at[:, None] * slopes).min(axis=0)
    return highest


def floor(below: Points, slopes: Floats) -> Floats:
    """Height at 0 of the lowest line of each slope that is over all points."""
    lowest: Floats = (below.value[:, None] - below.at[:, None] * slopes).max(axis=0)
    return lowest


def find_passage(above: Points, below: Points, max_slope: float) -> Passage | None:
    """The lines that pass between two outlines, no steeper than `max_slope`; None when there is none.

    Args:
        above: a lower outline, at least one corner.
        below: an upper outline, at least one corner.
        max_slope: above 0.
    """
    edges = np.concatenate((_edges(above), _edges(below)))
    inner = np.sort(edges[np.abs(edges) < max_slope])
    bends = np.concatenate(((-max_slope,), inner, (max_slope,)))
    gaps = ceiling(above, bends) - floor(below, bends)
    widest = float(gaps.max())
    if widest < 0:
        return None
    slope = sum(_slopes_within(bends, gaps, widest - _FLAT)) / 2  # of a flat summit the middle
    least, most = _slopes_within(bends, gaps, 0.0)
    passing = np.concatenate(((least,), bends[(bends > least) & (bends < most)], (most, slope)))
    highest, lowest = ceiling(above, passing), floor(below, passing)
    return Passage(
        slope=slope,
        middle=float(highest[-1] + lowest[-1]) / 2,
        slopes=(least, most),
        heights=(float(lowest.min()), float(highest.max())),
        bends=bends,
        gaps=gaps,
    )


def _slopes_within(slopes: Floats, gap: Floats, level: float) -> tuple[float, float]:
    """Smallest and largest slope at which a concave gap is at least `level`, which it is somewhere."""
    reached = np.flatnonzero(gap >= level)
    return (
        _crossing(slopes, gap, level, int(reached[0]), -1),
        _crossing(slopes, gap, level, int(reached[-1]), 1),
    )


def _crossing(slopes: Floats, gap: Floats, level: float, inside: int, step: int) -> float:
    """Where the gap falls below the level on the way from bend `inside` to the next."""
    outside = inside + step
    if not 0 <= outside < len(slopes):
        return float(slopes[inside])
    share = (gap[inside] - level) / (gap[inside] - gap[outside])
    return float(slopes[inside] + share * (slopes[outside] - slopes[inside]))


def _edges(outline: Points) -> Floats:
    edges: Floats = (outline.value[1:] - outline.value[:-1]) / (outline.at[1:] - outline.at[:-1])
    return edges


def _turns_left(first: tuple[float, float], second: tuple[float, float], third: tuple[float, float]) -> bool:
    along, up = second[0] - first[0], second[1] - first[1]
    return along * (third[1] - first[1]) > up * (third[0] - first[0])
