"""A stream in rows, as RealtimeKit's peer reports show it: what counters did from one row to the next.

Unlike an interval, the first row holds what the counters said so far, so that the rows of a stream add up to
its counters; a counter that falls began again and counts from 0. Rows are as far apart as the samples of the
vendor's own client, because its score counts events by sample; samples in between are added up.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from sonde.quality.realtimekit import (
    PictureFlags,
    flag_picture,
    score_received_audio,
    score_sent_audio,
    score_video,
)
from sonde.webrtc.continuity import goes_on
from sonde.webrtc.interval import NANOSECONDS
from sonde.webrtc.sample import Direction, Kind, Source, StreamSample
from sonde.webrtc.simulcast import Line, largest

STEP: Final = 7 * NANOSECONDS
"""From one sample of the vendor's client to the next."""

EARLY: Final = NANOSECONDS // 2
"""By how much a sample may come too early and still make a row."""

Numbers = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]

_PACKETS_SENT: Final = {"packets": "packets_sent", "bytes": "bytes_sent"}
_PACKETS_RECEIVED: Final = {
    "packets": "packets_received",
    "bytes": "bytes_received",
    "jitter_buffer_delay": "jitter_buffer_delay",
    "jitter_buffer_emitted_count": "jitter_buffer_emitted_count",
}

COUNTERS: Final[Mapping[tuple[Direction, Kind], Mapping[str, str]]] = {
    ("send", "audio"): _PACKETS_SENT,
    ("recv", "audio"): {**_PACKETS_RECEIVED, "concealment_events": "concealment_events"},
    ("send", "video"): {
        **_PACKETS_SENT,
        "frames": "frames_encoded",
        "key_frames": "key_frames_encoded",
        "fir_count": "fir_count",
        "pli_count": "pli_count",
    },
    ("recv", "video"): {
        **_PACKETS_RECEIVED,
        "frames": "frames_decoded",
        "key_frames": "key_frames_decoded",
        "frames_dropped": "frames_dropped",
        "fir_count": "fir_count",
    },
}
"""Fields of a row that are sums over the samples and layers of one counter."""

OF_THE_LARGEST: Final[Mapping[str, str]] = {
    "limited_by_none": "quality_limitation_duration_none",
    "limited_by_cpu": "quality_limitation_duration_cpu",
    "limited_by_bandwidth": "quality_limitation_duration_bandwidth",
    "limited_by_other": "quality_limitation_duration_other",
    "resolution_changes": "quality_limitation_resolution_changes",
}
"""The same of the layer alone that stands for all: layers are limited at the same time."""

_SECONDS: Final = frozenset({"jitter_buffer_delay", *(name for name in OF_THE_LARGEST if "limited" in name)})

USED: Final = frozenset(
    {
        *("stream_id", "direction", "kind", "source", "ssrc", "mid", "track", "active", "encoding_index"),
        *("remote_peer", "remote_stream", "transport_id", "packets_lost", "jitter", "remote_packets_lost"),
        *("remote_jitter", "round_trip_time", "total_round_trip_time", "round_trip_time_measurements"),
        *("frame_width", "frame_height", "frames_per_second", "quality_limitation_reason"),
        *(
            "codec",
            "codec_implementation",
            "header_bytes_sent",
            "header_bytes_received",
            "total_samples_received",
        ),
        *OF_THE_LARGEST.values(),
        *(name for names in COUNTERS.values() for name in names.values()),
    }
)
"""All that is read of a sample."""


class ReportRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a stream did since the row before; None was not reported.

    Attributes:
        stream_id: of the stream; of simulcast, that of its lowest layer.
        at: nanoseconds since the epoch.
        duration: seconds since the row before; None for the first one.
        packets, bytes: sent or received, layers together, as is all that follows up to `fir_count`.
        packets_lost: not below 0; of a stream sent, as the other side reported.
        loss_ratio: lost of received and lost, or of sent; 0 where nothing passed.
        jitter, round_trip_time: seconds, at the end.
        jitter_buffer_delay: seconds that all samples or frames which left the buffer spent in it together.
        frames, key_frames: decoded or encoded.
        limited_by_none, limited_by_cpu, limited_by_bandwidth, limited_by_other: seconds.
        codec, codec_implementation: name of the encoding, and of the encoder or decoder.
        flags: of pictures.
        score: 0 to 1, see `sonde.quality.realtimekit`.
    """

    stream_id: str
    direction: Direction
    kind: Kind
    source: Source | None
    at: int
    duration: float | None
    ssrc: int | None
    mid: str | None
    track: str | None
    remote_peer: str | None
    remote_stream: str | None
    packets: int | None = None
    bytes: int | None = None
    jitter_buffer_delay: float | None = None
    jitter_buffer_emitted_count: int | None = None
    concealment_events: int | None = None
    frames: int | None = None
    key_frames: int | None = None
    frames_dropped: int | None = None
    pli_count: int | None = None
    fir_count: int | None = None
    packets_lost: int | None = None
    loss_ratio: float | None = None
    jitter: float | None = None
    round_trip_time: float | None = None
    frame_width: int | None = None
    frame_height: int | None = None
    frames_per_second: float | None = None
    quality_limitation_reason: str | None = None
    limited_by_none: float | None = None
    limited_by_cpu: float | None = None
    limited_by_bandwidth: float | None = None
    limited_by_other: float | None = None
    resolution_changes: int | None = None
    codec: str | None = None
    codec_implementation: str | None = None
    flags: PictureFlags | None = None
    score: float = 1.0


class PathTimes(msgspec.Struct, frozen=True, kw_only=True):
    """Round trips of a transport to its next hop: when each was known, and seconds."""

    at: list[int]
    seconds: list[float]

    def until(self, at: int) -> float | None:
        """The latest one by then; None when there is none."""
        index = bisect_right(self.at, at)
        return self.seconds[index - 1] if index else None


def stream_rows(
    stream_id: str, layers: Mapping[str, Line], paths: Mapping[str, PathTimes]
) -> list[ReportRow]:
    """The rows of one stream.

    Args:
        stream_id: names it.
        layers: the samples of each simulcast layer in order of time; of other streams, the one line.
        paths: round trips by transport, for clients that do not say those of RTCP.
    """
    known = [_Layer(line) for _, line in sorted(layers.items())]
    ends = row_ends(sorted({at for line in layers.values() for at, _ in line}))
    totals = [{name: layer.rises(name, ends) for name in layer.counters} for layer in known]
    source = _latest(known, "source")
    rows = []
    for index, (before, end) in enumerate(pairwise([-1, *ends])):
        layer = _largest(known, before, end)
        sums = _sums(totals, index)
        of_one = {name: totals[layer][theirs] for name, theirs in OF_THE_LARGEST.items()}
        sample = known[layer].until(end)
        measured = {
            **{name: sums.get(theirs) for name, theirs in COUNTERS[sample.direction, sample.kind].items()},
            **{name: None if rises is None else rises[index] for name, rises in of_one.items()},
        }
        path = paths.get(sample.transport_id or "")
        rows.append(
            _row(
                sample,
                _rounded(measured),
                stream_id=stream_id,
                source=source,
                at=end,
                duration=None if before < 0 else (end - before) / NANOSECONDS,
                **_network(sample, sums, path.until(end) if path else None),
            )
        )
    return rows


def row_ends(times: Sequence[int]) -> list[int]:
    """At which of the rising times rows end: the first one, the last one, and as `STEP` has it between."""
    ends: list[int] = []
    for at in times:
        if not ends or at - ends[-1] >= STEP - EARLY:
            ends.append(at)
    if times and ends[-1] != times[-1]:
        ends.append(times[-1])
    return ends


class _Layer:
    """The samples of one stream without layers, in columns."""

    counters: Final = (
        *sorted({name for names in COUNTERS.values() for name in names.values()}),
        *OF_THE_LARGEST.values(),
        *("packets_lost", "remote_packets_lost", "total_round_trip_time", "round_trip_time_measurements"),
    )

    def __init__(self, line: Line) -> None:
        self._at: Times = np.array([at for at, _ in line], dtype=np.int64)
        self.samples = [sample for _, sample in line]
        self._restarts = [
            index
            for index, (earlier, later) in enumerate(pairwise(self.samples), start=1)
            if not goes_on(earlier, later)
        ]

    def count_until(self, at: int) -> int:
        """How many samples there are until then."""
        return int(np.searchsorted(self._at, at, side="right"))

    def until(self, at: int) -> StreamSample:
        """The latest sample by then, or else the first one."""
        return self.samples[max(self.count_until(at) - 1, 0)]

    def rises(self, name: str, ends: Sequence[int]) -> Numbers | None:
        """By how much a counter rose in each row; None when it was never reported."""
        values = np.array([getattr(sample, name) for sample in self.samples], dtype=np.float64)
        if np.isnan(values).all():
            return None
        if name.endswith("packets_lost"):
            steps = self._steps(np.maximum(values, 0.0))
        else:
            steps = self._steps(values)
            steps = np.where(steps < 0, values, steps)
        risen = np.concatenate([[0.0], np.cumsum(steps)])
        at_ends = risen[np.searchsorted(self._at, np.array(ends, dtype=np.int64), side="right")]
        return np.maximum(np.diff(at_ends, prepend=0.0), 0.0)

    def _steps(self, values: Numbers) -> Numbers:
        """From each value that is known to the next one; after a restart from 0."""
        steps = np.zeros_like(values)
        for part in np.split(np.arange(len(values)), self._restarts):
            known = part[~np.isnan(values[part])]
            steps[known] = np.diff(values[known], prepend=0.0)
        return steps


def _largest(layers: Sequence[_Layer], before: int, end: int) -> int:
    """Which layer stands for all in a row."""
    there = [layer for layer in layers if layer.count_until(end) > layer.count_until(before)]
    pairs = [(layer.until(before), layer.until(end)) for layer in there]
    return layers.index(there[pairs.index(largest(pairs))])


def _sums(totals: Sequence[Mapping[str, Numbers | None]], index: int) -> dict[str, float]:
    """What all layers together counted in a row, as far as it was reported."""
    sums: dict[str, float] = {}
    for rises in totals:
        for name, each in rises.items():
            if each is not None:
                sums[name] = sums.get(name, 0.0) + float(each[index])
    return sums


def _rounded(measured: Mapping[str, float | None]) -> dict[str, Any]:
    """Counts as integers, and seconds as fine as they are kept."""
    return {
        name: None if value is None else round(float(value), 9) if name in _SECONDS else round(float(value))
        for name, value in measured.items()
    }


def _network(sample: StreamSample, sums: Mapping[str, float], path: float | None) -> dict[str, Any]:
    """Loss, jitter and round trip, by the receiver's report of a stream sent."""
    if sample.direction == "recv":
        lost = sums.get("packets_lost")
        passed = sums.get("packets_received", 0.0) + (lost or 0.0)
        jitter, round_trip_time = sample.jitter, None
    else:
        lost, passed = sums.get("remote_packets_lost"), sums.get("packets_sent", 0.0)
        jitter, round_trip_time = sample.remote_jitter, _round_trip(sample, sums, path)
    ratio = None if lost is None else min(lost / passed, 1.0) if passed else 0.0
    return {
        "packets_lost": None if lost is None else round(lost),
        "loss_ratio": ratio,
        "jitter": jitter,
        "round_trip_time": round_trip_time,
    }


def _round_trip(sample: StreamSample, sums: Mapping[str, float], path: float | None) -> float | None:
    """Of RTCP's latest report, or of the mean of those of the row, or else to the next hop."""
    if sample.round_trip_time is not None:
        return sample.round_trip_time
    total, measurements = (
        sums.get(name) for name in ("total_round_trip_time", "round_trip_time_measurements")
    )
    return total / measurements if total is not None and measurements else path


def _row(sample: StreamSample, measured: Mapping[str, Any], **known: Any) -> ReportRow:
    gauges = {name: getattr(sample, name) for name in _AS_IN_THE_SAMPLE}
    row = ReportRow(**gauges, **measured, **known)
    if row.kind == "audio":
        return msgspec.structs.replace(row, score=_score_audio(row))
    flags = flag_picture(
        width=row.frame_width,
        frame_rate=row.frames_per_second,
        frames=row.frames,
        is_screen=row.source == "screen",
    )
    score = score_video(flags, loss_ratio=row.loss_ratio, jitter=row.jitter)
    return msgspec.structs.replace(row, flags=flags, score=score)


def _score_audio(row: ReportRow) -> float:
    if row.direction == "send":
        return score_sent_audio(loss_ratio=row.loss_ratio, jitter=row.jitter)
    return score_received_audio(
        loss_ratio=row.loss_ratio, jitter=row.jitter, concealment_events=row.concealment_events
    )


def _latest(layers: Sequence[_Layer], name: str) -> Any:
    values: Iterator[Any] = (
        value
        for layer in layers
        for sample in reversed(layer.samples)
        if (value := getattr(sample, name)) is not None
    )
    return next(values, None)


_AS_IN_THE_SAMPLE: Final = (
    *("direction", "kind", "ssrc", "mid", "track", "remote_peer", "remote_stream"),
    *("frame_width", "frame_height", "frames_per_second", "quality_limitation_reason"),
    *("codec", "codec_implementation"),
)
