"""How often each value occurred: percentiles of a stream of any length, in bounded memory.

A tally keeps every distinct value as long as there are not too many of them, so its percentiles are values
that occurred. When there are too many it rounds all of them down to a grid ten times coarser, and says so.
"""

from typing import Final

import numpy as np

from sonde.rtp.units import Integers

MOST_VALUES: Final = 1 << 18
"""Distinct values that one tally keeps, 16 bytes each."""

_COARSER: Final = 10


class Tally:
    """Counts of whole numbers, such as delays in nanoseconds.

    Args:
        most_values: distinct values to keep at most; beyond that the grid becomes coarser.
    """

    def __init__(self, most_values: int = MOST_VALUES) -> None:
        self._most_values = most_values
        self._values: Integers = np.empty(0, dtype=np.int64)
        self._counts: Integers = np.empty(0, dtype=np.int64)
        self._grid = 1

    def __len__(self) -> int:
        return len(self._values)

    @property
    def grid(self) -> int:
        """Values are right to below this: 1 is exact, 1000 means rounded down to a multiple of 1000."""
        return self._grid

    @property
    def counted(self) -> tuple[Integers, Integers]:
        """The distinct values in rising order, and how often each occurred."""
        return self._values, self._counts

    @property
    def total(self) -> int:
        """How many values were added."""
        return int(self._counts.sum())

    @property
    def minimum(self) -> int:
        """The smallest value, of at least one."""
        return int(self._values[0])

    @property
    def maximum(self) -> int:
        """The largest value, of at least one."""
        return int(self._values[-1])

    @property
    def mean(self) -> float:
        """Mean of at least one value."""
        # Products of nanoseconds and counts may leave 64 bits; those above the minimum seldom do.
        above = (self._values - self.minimum).astype(np.float64)
        return self.minimum + float(above @ self._counts) / self.total

    def add(self, values: Integers) -> None:
        """Count more values."""
        if len(values):
            unique, counts = np.unique(values, return_counts=True)
            self._merge(unique, counts.astype(np.int64), 1)

    def absorb(self, other: "Tally", *, shift: int = 0) -> None:
        """Count all values of another tally, each moved up by `shift`."""
        values, counts = other.counted
        if len(values):
            self._merge(values + shift, counts, other.grid)

    def _merge(self, values: Integers, counts: Integers, grid: int) -> None:
        """Add sorted distinct values, which are on a grid of their own."""
        while self._grid < grid:
            self.coarsen()
        values, counts = _on_grid(values, counts, self._grid)
        places = np.searchsorted(self._values, values)
        known = places < len(self._values)
        known[known] = self._values[places[known]] == values[known]
        self._counts[places[known]] += counts[known]
        self._values = np.insert(self._values, places[~known], values[~known])
        self._counts = np.insert(self._counts, places[~known], counts[~known])
        while len(self._values) > self._most_values:
            self.coarsen()

    def coarsen(self) -> None:
        """Round every value down to a grid ten times coarser."""
        self._grid *= _COARSER
        self._values, self._counts = _on_grid(self._values, self._counts, self._grid)

    def percentile(self, per_mille: int) -> int:
        """The smallest value that at least `per_mille` thousandths of the values do not exceed.

        Args:
            per_mille: 1 to 1000; 950 is the 95th percentile. There must be at least one value.
        """
        rank = -(-self.total * per_mille // 1000)
        return int(self._values[np.searchsorted(np.cumsum(self._counts), rank)])

    def count_above(self, limit: int) -> int:
        """How many values are greater than `limit`; on a coarse grid, how many of the rounded ones."""
        return int(self._counts[np.searchsorted(self._values, limit, side="right") :].sum())

    def magnitudes(self) -> "Tally":
        """The tally of the absolute values."""
        found = Tally(self._most_values)
        negative = self._values < 0
        found._merge(-self._values[negative][::-1], self._counts[negative][::-1], self._grid)
        found._merge(self._values[~negative], self._counts[~negative], self._grid)
        return found


def _on_grid(values: Integers, counts: Integers, grid: int) -> tuple[Integers, Integers]:
    """Sorted distinct values rounded down to a grid, with the counts of those that become equal added."""
    if grid == 1 or not len(values):
        return values, counts
    rounded = values // grid * grid
    starts = np.flatnonzero(np.diff(rounded, prepend=rounded[0] - 1))
    return rounded[starts], np.add.reduceat(counts, starts)
