"""A line of samples in columns: what its counters did between given times, all at once."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from sonde.webrtc.continuity import restarts_in
from sonde.webrtc.interval import NANOSECONDS
from sonde.webrtc.sample import StreamSample
from sonde.webrtc.simulcast import Line

Numbers = npt.NDArray[np.float64]

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
        line: in order of time.
        ends: where it is cut: each part holds what came after the end before, up to its own.

    Attributes:
        samples: of the line.
        counts: how many samples there are up to each end.
    """

    def __init__(self, line: Line, ends: Sequence[int]) -> None:
        self.samples = [sample for _, sample in line]
        times = np.array([at for at, _ in line], dtype=np.int64)
        self._times = times
        self._counts = np.searchsorted(times, np.array(ends, dtype=np.int64), side="right")
        self.counts: list[int] = self._counts.tolist()

    def until(self, end: int) -> StreamSample:
        """The latest sample up to the end of that number, or else the first one; before all ends, -1."""
        return self.samples[max(self.counts[end] - 1, 0)] if end >= 0 else self.samples[0]

    def told_until(self, end: int, names: Sequence[str]) -> StreamSample:
        """The same; where it does not tell one of the gauges, with what was told last in the part."""
        sample = self.until(end)
        part = self.samples[self.counts[end - 1] if end else 0 : self.counts[end]]
        told = {
            name: next((value for each in reversed(part) if (value := getattr(each, name)) is not None), None)
            for name in names
            if getattr(sample, name) is None
        }
        return msgspec.structs.replace(sample, **told) if told else sample

    def has_news(self, end: int) -> bool:
        """Whether there are samples in the part that ends there."""
        return self.counts[end] > (self.counts[end - 1] if end else 0)

    def column(self, name: str) -> Numbers:
        """The values of a number, NaN where it was not reported."""
        return np.array([getattr(sample, name) for sample in self.samples], dtype=np.float64)

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
        steps = self.column(RECENT[name])
        if np.isnan(steps).all():
            return None
        if RECENT[name] == "recent_bitrate":
            steps = steps / 8 * np.diff(self._times, prepend=self._times[:1]) / NANOSECONDS
        return np.nan_to_num(steps)

    def _counted(self, name: str) -> Numbers | None:
        """The steps of a counter by its values."""
        values = self.column(name)
        if np.isnan(values).all():
            return None
        if name in MAY_FALL:
            return self._steps(np.maximum(values, 0.0))
        steps = self._steps(values)
        return np.where(steps < 0, values, steps)

    @cached_property
    def _restarts(self) -> list[int]:
        return restarts_in(self.column)

    def _steps(self, values: Numbers) -> Numbers:
        """From each value that is known to the next one; after a restart from 0."""
        steps = np.zeros_like(values)
        bounds = [0, *self._restarts, len(values)]
        for start, stop in pairwise(bounds):
            known = start + np.flatnonzero(~np.isnan(values[start:stop]))
            steps[known] = np.diff(values[known], prepend=0.0)
        return steps
