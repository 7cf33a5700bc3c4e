"""Scores over time: their mean, their low tenth, their worst ten seconds.

Sound is averaged on R, which is additive, never on MOS; pictures on their own scale. A number of one scale is
never averaged with one of another.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from sonde.quality.arrays import FloatArray
from sonde.quality.mos import MOS_MIN, mos_to_r, r_to_mos
from sonde.quality.scales import SCALES, ScaleMismatch

WINDOW: Final = 10.0
"""Seconds of the worst window."""

COVERED: Final = 0.5
"""Share of a window that must have a score for the window to count."""


class ScoredSpan(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of time with its score.

    Attributes:
        start, end: seconds on any clock, the end above the start.
        value: R of sound, MOS of pictures.
        scale: of the value.
    """

    start: float
    end: float
    value: float
    scale: str


class OverTime(msgspec.Struct, frozen=True, kw_only=True):
    """The score of a stream over a longer time; every value is on `scale`.

    Attributes:
        scale: of the values; numbers of different scales must not be compared.
        duration: seconds that had a score.
        mean: weighted by time.
        p10: value that a tenth of the time was at or below.
        worst: the lowest mean of ten seconds in a row; the mean when there are fewer.
        mos_mean, mos_p10, mos_worst: the same as MOS.
    """

    scale: str
    duration: float
    mean: float
    p10: float
    worst: float
    mos_mean: float
    mos_p10: float
    mos_worst: float


def over_time(spans: Sequence[ScoredSpan]) -> OverTime | None:
    """Average scores over time.

    Args:
        spans: in order of time, without overlap.

    Returns:
        None when there is no span.

    Raises:
        ScaleMismatch: the spans are on more than one scale.
    """
    if not spans:
        return None
    scales = sorted({span.scale for span in spans})
    if len(scales) > 1:
        raise ScaleMismatch(f"scores on the {' and '.join(scales)} scales have no average")
    values = np.array([span.value for span in spans])
    seconds = np.array([span.end - span.start for span in spans])
    mean = float(np.average(values, weights=seconds))
    p10 = _low_tenth(values, seconds)
    worst = _worst_window(spans, values, seconds)
    worst = mean if worst is None else worst
    return OverTime(
        scale=scales[0], duration=float(seconds.sum()), mean=mean, p10=p10, worst=worst,
        mos_mean=as_mos(mean, scales[0]), mos_p10=as_mos(p10, scales[0]), mos_worst=as_mos(worst, scales[0]),
    )  # fmt: skip


def as_mos(value: float, scale: str) -> float:
    """The MOS of a value of a scale: of an R by the E-model, of pictures the value itself."""
    return max(SCALES[scale].mos(value), MOS_MIN) if scale in SCALES else value


def mean_of_mos(values: Sequence[float], seconds: Sequence[float], scale: str) -> float:
    """Mean over time of scores that are known as MOS only: that of sound by way of R.

    Args:
        values: MOS, all of one scale; at least one.
        seconds: of each, above 0.
        scale: of the values.

    Raises:
        ValueError: a MOS of sound is NaN or not from 1 to 4.5.
    """
    if scale not in SCALES:
        return float(np.average(values, weights=seconds))
    return r_to_mos(float(np.average(mos_to_r(np.array(values)), weights=seconds)))


def _low_tenth(values: FloatArray, seconds: FloatArray) -> float:
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(seconds[order])
    return float(values[order][np.searchsorted(reached, 0.1 * reached[-1])])


def _worst_window(spans: Sequence[ScoredSpan], values: FloatArray, seconds: FloatArray) -> float | None:
    """The lowest mean of all windows; between the edges of spans a window's mean has no minimum."""
    edges = np.array([edge for span in spans for edge in (span.start, span.end)])
    covered = np.repeat(np.cumsum(seconds), 2)
    covered[0::2] -= seconds
    sums = np.repeat(np.cumsum(values * seconds), 2)
    sums[0::2] -= values * seconds
    starts = np.concatenate([edges[0::2], edges[1::2] - WINDOW])
    starts = starts[(starts >= edges[0]) & (starts + WINDOW <= edges[-1])]
    time = np.interp(starts + WINDOW, edges, covered) - np.interp(starts, edges, covered)
    enough = time >= COVERED * WINDOW
    if not enough.any():
        return None
    total = np.interp(starts + WINDOW, edges, sums) - np.interp(starts, edges, sums)
    return float((total[enough] / time[enough]).min())
