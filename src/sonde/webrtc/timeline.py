"""Samples in any order, with repeats, made lines of time: one for each stream and each transport."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

import msgspec

from sonde.webrtc.sample import Snapshot, StreamSample, TransportSample

CLOSEST = 50_000_000
"""Browsers answer from a cache for about this long (ns): two answers within it are one measurement."""

GAP_AT_LEAST = 6_000_000_000
"""Nanoseconds up to which an interval is no gap: clients may turn from one second to five, and be late."""

SampleT = TypeVar("SampleT", StreamSample, TransportSample)


class Moment(msgspec.Struct, frozen=True):
    """One stream at one time, nanoseconds since the epoch: the samples of its layers by `stream_id`."""

    at: int
    layers: dict[str, StreamSample]


def stream_lines(snapshots: Sequence[Snapshot]) -> dict[str, list[tuple[int, StreamSample]]]:
    """Times and samples of every stream by its id, in order of time, each time once."""
    return _lines((shot.at, stream.stream_id, stream) for shot in snapshots for stream in shot.streams)


def transport_lines(snapshots: Sequence[Snapshot]) -> dict[str, list[tuple[int, TransportSample]]]:
    """Times and samples of every transport by its id, in order of time, each time once."""
    return _lines((shot.at, path.transport_id, path) for shot in snapshots for path in shot.transports)


def moments(lines: Mapping[str, Sequence[tuple[int, StreamSample]]]) -> list[Moment]:
    """The lines of the layers of one stream as one line, each moment at least `CLOSEST` after the last."""
    by_time: dict[int, dict[str, StreamSample]] = {}
    for stream_id in sorted(lines):
        for at, sample in lines[stream_id]:
            by_time.setdefault(at, {})[stream_id] = sample
    return [Moment(at, by_time[at]) for at in apart(sorted(by_time))]


def apart(times: Iterable[int]) -> list[int]:
    """Rising times without those that come within `CLOSEST` after one that stays."""
    kept: list[int] = []
    for at in times:
        if not kept or at - kept[-1] >= CLOSEST:
            kept.append(at)
    return kept


def shortest_gap(times: Sequence[int]) -> int:
    """How long (ns) an interval must be to count as a gap: more than two usual ones, and than 6 s."""
    lengths = sorted(after - before for before, after in pairwise(times))
    usual = lengths[(len(lengths) - 1) // 2] if lengths else 0
    return max(2 * usual, GAP_AT_LEAST)


def _lines(samples: Iterable[tuple[int, str, SampleT]]) -> dict[str, list[tuple[int, SampleT]]]:
    by_id: dict[str, dict[int, SampleT]] = {}
    for at, name, sample in samples:
        line = by_id.setdefault(name, {})
        line[at] = _one_of(line[at], sample) if at in line else sample
    return {name: sorted(line.items(), key=_time) for name, line in sorted(by_id.items())}


def _one_of(first: SampleT, second: SampleT) -> SampleT:
    """Of two samples of one time always the same one, whichever came first."""
    return first if first == second else max(first, second, key=msgspec.json.encode)


def _time(entry: tuple[int, SampleT]) -> int:
    return entry[0]
