"""How a number was spread over the intervals of many streams."""

from collections.abc import Mapping
from typing import Final

import msgspec

from sonde.webrtc.histogram import MOS_WIDTH, RATIO_WIDTH, Histogram
from sonde.webrtc.sample import Direction, Kind, Source

BIN_WIDTHS: Final[Mapping[str, float]] = {
    "loss_ratio": RATIO_WIDTH,
    "discard_ratio": RATIO_WIDTH,
    "concealment_ratio": RATIO_WIDTH,
    "freeze_ratio": RATIO_WIDTH,
    "frame_rate": 0.1,
    "frame_width": 1.0,
    "frame_height": 1.0,
    "mos": MOS_WIDTH,
    "r_factor": 0.1,
}
"""Width of the bins of each number that has an exact histogram, because it is bounded."""

RELATIVE_ERROR: Final = 0.005
"""By how much a percentile of any other number may be wrong, as a share of it."""

PERCENTILES: Final[Mapping[str, float]] = {
    "p5": 0.05,
    "p10": 0.1,
    "p25": 0.25,
    "p50": 0.5,
    "p75": 0.75,
    "p90": 0.9,
    "p95": 0.95,
    "p99": 0.99,
}
"""The percentiles that are given, and the share of the values that does not exceed each."""


class NumberDistribution(msgspec.Struct, frozen=True, kw_only=True):
    """One number over all intervals of all streams of a class.

    Attributes:
        direction, kind, source: which class of streams; the source is null where it is not known.
        number: which number, as in the measures of an interval, and so in its unit.
        scale: of a score; null for other numbers. Numbers on different scales must not be compared.
        streams: in how many streams it was measured.
        intervals: in how many intervals.
        seconds: that these cover.
        low, high: the least and the most.
        mean_over_time: each value counted as long as it held; the MOS of sound is averaged on R.
        percentiles: `p5` to `p99`: the value that so many hundredths of the intervals do not exceed.
        relative_error: by how much a percentile may be wrong, as a share of it; 0 where there is a histogram,
            whose bins they are exact to.
        histogram: of a number that is bounded; null for others.
    """

    direction: Direction
    kind: Kind
    source: Source | None
    number: str
    scale: str | None
    streams: int
    intervals: int
    seconds: float
    low: float
    high: float
    mean_over_time: float
    percentiles: dict[str, float]
    relative_error: float
    histogram: Histogram | None
