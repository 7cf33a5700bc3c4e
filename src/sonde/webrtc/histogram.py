"""How often a bounded quantity took each value, exact to the bin.

For a MOS or a ratio a relative error as sketches have it would be far too coarse (1 % of 4 is 0.04), and the
bins are few. Histograms of the same width add up, in any order, to that of all values together.
"""

from collections.abc import Iterable
from math import ceil, floor

import msgspec

MOS_WIDTH = 0.01
RATIO_WIDTH = 0.001


class Histogram(msgspec.Struct, frozen=True, kw_only=True):
    """Counts by bin.

    Attributes:
        width: of a bin, above 0. Bin n holds the values from (n - 1/2) up to (n + 1/2) times the width.
        counts: how many values each bin has, without the empty ones, in rising order.
    """

    width: float
    counts: dict[int, int] = {}

    @property
    def total(self) -> int:
        """How many values there are."""
        return sum(self.counts.values())

    def mean(self) -> float | None:
        """Of the bins' middles; None when there is no value."""
        total = self.total
        return (
            sum(bin_ * count for bin_, count in self.counts.items()) * self.width / total if total else None
        )

    def percentile(self, share: float) -> float | None:
        """The smallest middle of a bin that `share` of the values do not exceed; None when there is none.

        Args:
            share: above 0, up to 1; 0.1 for the tenth percentile.
        """
        rank = max(ceil(share * self.total), 1)
        for bin_, count in self.counts.items():
            rank -= count
            if rank <= 0:
                return bin_ * self.width
        return None


def histogram(values: Iterable[float], width: float) -> Histogram:
    """The histogram of values that are finite."""
    counts: dict[int, int] = {}
    for value in values:
        bin_ = floor(value / width + 0.5)
        counts[bin_] = counts.get(bin_, 0) + 1
    return Histogram(width=width, counts=dict(sorted(counts.items())))


def add_histograms(parts: Iterable[Histogram]) -> Histogram:
    """The histogram of all values together.

    Raises:
        ValueError: there is none, or their bins are not of the same width.
    """
    listed = list(parts)
    if len(widths := {part.width for part in listed}) != 1:
        raise ValueError(f"histograms add up when their bins have one width, not {len(widths)}")
    counts: dict[int, int] = {}
    for part in listed:
        for bin_, count in part.counts.items():
            counts[bin_] = counts.get(bin_, 0) + count
    return Histogram(width=listed[0].width, counts=dict(sorted(counts.items())))
