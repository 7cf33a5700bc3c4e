"""A line of samples in columns: what its counters did between given times, all at once."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Final

import numpy as np

from sonde.webrtc.continuity import restarts_in
from sonde.webrtc.interval import NANOSECONDS
from sonde.webrtc.sample_table import Numbers, SampleTable

MAY_FALL = ("packets_lost", "remote_packets_lost")
"""Counters that late packets take back: one that falls did not begin again."""

LOOKED_AT: Final = "packets_looked_at"
"""Packets that losses are told of by clients which keep no counters."""

RECENT: Final[Mapping[str, str]] = {
    "bytes_sent": "recent_bitrate",
    "bytes_received": "recent_bitrate",
    "packets_lost": "recent_packets_lost",
    "remote_packets_lost": "recent_packets_lost",
    LOOKED_AT: "recent_packets",
}
"""What some clients say of the time since their look before, in place of a counter. They do not tell of all
looks, so losses are a share of the packets of those that they tell of."""


class LineColumns:
    """The samples of one stream without layers, cut at rising times.

    Args:
        table: the samples.
        ends: where it is cut: each part holds what came after the end before, up to its own.

    Attributes:
        table: of the line.
        latest: by end, the place of the latest sample up to it, or else of the first one.
        has_news: by end, whether there are samples in the part that ends there.
    """

    def __init__(self, table: SampleTable, ends: Sequence[int]) -> None:
        self.table = table
        self._counts = np.searchsorted(table.at, np.array(ends, dtype=np.int64), side="right")
        self.latest: list[int] = np.maximum(self._counts - 1, 0).tolist()
        self.has_news: list[bool] = (np.diff(self._counts, prepend=0) > 0).tolist()

    def told(self, name: str) -> Numbers:
        """By end, what was told of a gauge last in its part; NaN where nothing was."""
        values = self.table.numbers(name)
        places = np.where(np.isnan(values), -1, np.arange(len(values)))
        latest = np.maximum.accumulate(places)[self._counts - 1]
        begun = np.concatenate([[0], self._counts[:-1]])
        return np.where((self._counts > begun) & (latest >= begun), values[latest], np.nan)

    def rises(self, name: str) -> Numbers | None:
        """By how much a counter rose in each part; None when it was never reported.

        The first part has what the counter said before. One that falls began again, and counts from 0.
        """
        steps = self._told(name) if name in RECENT else None
        if steps is None and name != LOOKED_AT:
            steps = self._counted(name)
        if steps is None:
            return None
        risen = np.concatenate([[0.0], np.cumsum(steps)])
        return np.maximum(np.diff(risen[self._counts], prepend=0.0), 0.0)

    def _told(self, name: str) -> Numbers | None:
        """The steps of a counter by what came since the look before."""
        if not self.table.is_known(RECENT[name]):
            return None
        steps = self.table.numbers(RECENT[name])
        if RECENT[name] == "recent_bitrate":
            steps = steps / 8 * np.diff(self.table.at, prepend=self.table.at[:1]) / NANOSECONDS
        return np.nan_to_num(steps)

    def _counted(self, name: str) -> Numbers | None:
        """The steps of a counter by its values."""
        if not self.table.is_known(name):
            return None
        values = self.table.numbers(name)
        if name in MAY_FALL:
            return self._steps(np.maximum(values, 0.0))
        steps = self._steps(values)
        return np.where(steps < 0, values, steps)

    @cached_property
    def _restarts(self) -> list[int]:
        return restarts_in(self.table.numbers)

    def _steps(self, values: Numbers) -> Numbers:
        """From each value that is known to the next one; after a restart from 0."""
        steps = np.zeros_like(values)
        bounds = [0, *self._restarts, len(values)]
        for start, stop in pairwise(bounds):
            known = start + np.flatnonzero(~np.isnan(values[start:stop]))
            steps[known] = np.diff(values[known], prepend=0.0)
        return steps
