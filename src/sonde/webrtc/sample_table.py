"""Samples of one stream or transport in columns, for whoever needs few of their fields."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from sonde.webrtc.sample import StreamSample, TransportSample
from sonde.webrtc.simulcast import VideoTraits

Numbers = npt.NDArray[np.float64]


class SampleTable:
    """Samples of one stream or transport, in order of time and each time once.

    Args:
        at: when each was, nanoseconds since the epoch; at least one.
        columns: the values of each field; fields that no sample reported may be left out.
    """

    def __init__(self, at: Sequence[int], columns: Mapping[str, Sequence[Any]]) -> None:
        self.at = np.array(at, dtype=np.int64)
        self._columns = columns
        self._numbers: dict[str, Numbers] = {}
        self._unknown = np.full(len(at), np.nan)

    @classmethod
    def of(
        cls, samples: Mapping[int, StreamSample | TransportSample], fields: Iterable[str]
    ) -> "SampleTable":
        """A table of some fields of samples by their times."""
        times = sorted(samples)
        columns = {name: [getattr(samples[at], name) for at in times] for name in fields}
        return cls(times, {name: each for name, each in columns.items() if each.count(None) < len(each)})

    def __len__(self) -> int:
        return len(self.at)

    def numbers(self, name: str) -> Numbers:
        """The values of a number, NaN where it was not reported."""
        if name not in self._columns:
            return self._unknown
        if name not in self._numbers:
            self._numbers[name] = np.array(self._columns[name], dtype=np.float64)
        return self._numbers[name]

    def is_known(self, name: str) -> bool:
        """Whether any sample reported a number."""
        return name in self._columns and not bool(np.isnan(self.numbers(name)).all())

    def picked(self, name: str, indices: Sequence[int]) -> list[Any]:
        """The values of a field in some samples, None where it was not reported."""
        column = self._columns.get(name)
        return [None] * len(indices) if column is None else [column[index] for index in indices]

    def until(self, times: Sequence[int], name: str) -> Numbers:
        """A number as it was known last by each of some times; NaN where it was not known yet."""
        values = self.numbers(name)
        known = np.flatnonzero(~np.isnan(values))
        places = np.searchsorted(self.at[known], np.array(times, dtype=np.int64), side="right")
        return np.concatenate([[np.nan], values[known]])[places]

    def distinct(self, name: str) -> set[Any]:
        """All values of a field, None among them where it was not always reported."""
        return set(self._columns.get(name, (None,)))

    def first(self, name: str) -> Any:
        """The first value that was reported, or None."""
        return next((value for value in self._columns.get(name, ()) if value is not None), None)

    def last(self, name: str) -> Any:
        """The last value that was reported, or None."""
        return next((value for value in reversed(self._columns.get(name, ())) if value is not None), None)

    def sample(self, index: int) -> dict[str, Any]:
        """What one sample reported, by field."""
        values = {name: column[index] for name, column in self._columns.items()}
        return {name: value for name, value in values.items() if value is not None}

    @property
    def traits(self) -> VideoTraits:
        """What tells which video a stream belongs to."""
        return VideoTraits(
            direction=self._columns["direction"][0],
            kind=self._columns["kind"][0],
            mid=self.first("mid"),
            track=self.first("track"),
            encoding_index=self._columns.get("encoding_index", (None,))[0],
            at=int(self.at[0]),
        )
