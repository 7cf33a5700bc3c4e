"""Straight lines between two clouds of points: those above that they must not cross, and those below.

Only corners of the clouds can touch a line, and of them only those that a line of permitted slope can
reach, which is some ten of several hundred points. Everything about the lines that pass is then exact, for
it changes from slope to slope in straight pieces that bend at the edges of the two outlines. (Zhang, Liu
and Xia, "Clock synchronization algorithms for network measurements", 2002, use the same outlines.)

A cloud below is handled as its mirror image above, values negated, so that there is one kind of outline.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Point: TypeAlias = tuple[float, float]

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

    @property
    def mirrored(self) -> "Points":
        """The same with values negated."""
        return Points(self.at, -self.value)


class Outline(NamedTuple):
    """The lower outline of a cloud.

    Attributes:
        corners: where and how high, from left to right; at least one.
        edges: slopes between them, in rising order.
    """

    corners: Sequence[Point]
    edges: Sequence[float]

    def height(self, slope: float) -> float:
        """Height at 0 of the highest line of this slope that is under all points."""
        at, value = self.corners[bisect_left(self.edges, slope)]
        return value - slope * at


class Passage(NamedTuple):
    """The lines that pass between two clouds.

    Attributes:
        slope: of the line in the middle of the widest gap, nanoseconds per nanosecond.
        middle: height at 0 of that line.
        gap: how wide it is.
        slopes: smallest and largest slope of any line that passes.
        heights: smallest and largest height at 0 of any line that passes.
        bends: the slopes at which the width of the gap bends, in rising order, and the steepest permitted.
        gaps: its width at each of them.
    """

    slope: float
    middle: float
    gap: float
    slopes: tuple[float, float]
    heights: tuple[float, float]
    bends: Sequence[float]
    gaps: Sequence[float]

    def slopes_of_gap(self, at_least: float) -> tuple[float, float]:
        """Smallest and largest slope whose gap is so wide; the widest one is."""
        return _slopes_within(self.bends, self.gaps, at_least)


def outline_of(points: Points, max_slope: float) -> Outline:
    """The corners that lines under the points, no steeper than `max_slope`, can touch."""
    steepest = max_slope * points.at
    falling, rising = points.value - steepest, points.value + steepest
    # A point is out of reach when an earlier or a later one is below both slopes through it.
    reachable = falling <= np.minimum.accumulate(falling)
    reachable &= rising <= np.minimum.accumulate(rising[::-1])[::-1]
    return _outline(zip(points.at[reachable].tolist(), points.value[reachable].tolist(), strict=True))


def joint_outline(outlines: Iterable[Outline]) -> Outline:
    """The outline of several clouds together."""
    return _outline(sorted(corner for outline in outlines for corner in outline.corners))


def moved(outline: Outline, right: float, up: float) -> Outline:
    """The outline of the cloud moved."""
    return Outline([(at + right, value + up) for at, value in outline.corners], outline.edges)


def middle_height(above: Outline, below: Outline, slope: float) -> float:
    """Height at 0 of the line in the middle between a cloud and one below it, which comes mirrored."""
    return (above.height(slope) - below.height(-slope)) / 2


def find_passage(above: Outline, below: Outline, max_slope: float) -> Passage | None:
    """The lines that pass between two clouds, no steeper than `max_slope`; None when there is none.

    Args:
        above: outline of the cloud above.
        below: outline of the mirror image of the cloud below.
        max_slope: above 0.
    """
    edges = [*above.edges, *[-edge for edge in below.edges]]
    bends = [-max_slope, *sorted(edge for edge in edges if -max_slope < edge < max_slope), max_slope]
    gaps = [above.height(slope) + below.height(-slope) for slope in bends]
    widest = max(gaps)
    if widest < 0:
        return None
    slope = sum(_slopes_within(bends, gaps, widest - _FLAT)) / 2  # of a flat summit the middle
    least, most = _slopes_within(bends, gaps, 0.0)
    passing = [least, *[bend for bend in bends if least < bend < most], most]
    return Passage(
        slope=slope,
        middle=middle_height(above, below, slope),
        gap=widest,
        slopes=(least, most),
        heights=(-max(below.height(-each) for each in passing), max(map(above.height, passing))),
        bends=bends,
        gaps=gaps,
    )


def _outline(points: Iterable[Point]) -> Outline:
    """The lower convex hull of points in rising order, by Andrew's monotone chain."""
    corners: list[Point] = []
    for point in points:
        while len(corners) > 1 and not _turns_left(corners[-2], corners[-1], point):
            corners.pop()
        if not corners or corners[-1][0] < point[0]:
            corners.append(point)
        elif point[1] < corners[-1][1]:
            corners[-1] = point
    if len(corners) > CORNERS_MAX:
        corners = [corners[n * (len(corners) - 1) // (CORNERS_MAX - 1)] for n in range(CORNERS_MAX)]
    return Outline(corners, [(q[1] - p[1]) / (q[0] - p[0]) for p, q in pairwise(corners)])


def _turns_left(first: Point, second: Point, third: Point) -> bool:
    along, up = second[0] - first[0], second[1] - first[1]
    return along * (third[1] - first[1]) > up * (third[0] - first[0])


def _slopes_within(bends: Sequence[float], gaps: Sequence[float], level: float) -> tuple[float, float]:
    """Smallest and largest slope at which a concave gap is at least `level`, which it is somewhere."""
    reached = [number for number, gap in enumerate(gaps) if gap >= level]
    return (
        _crossing(bends, gaps, level, reached[0], -1),
        _crossing(bends, gaps, level, reached[-1], 1),
    )


def _crossing(bends: Sequence[float], gaps: Sequence[float], level: float, inside: int, step: int) -> float:
    """Where the gap falls below the level on the way from one bend to the next."""
    outside = inside + step
    if not 0 <= outside < len(bends):
        return bends[inside]
    share = (gaps[inside] - level) / (gaps[inside] - gaps[outside])
    return bends[inside] + share * (bends[outside] - bends[inside])
