"""A stream in rows, as RealtimeKit's peer reports show it: what counters did from one row to the next.

Unlike an interval, the first row holds what the counters said so far, so that the rows of a stream add up to
its counters; a counter that falls began again and counts from 0. Rows are as far apart as the samples of the
vendor's own client, because its score counts events by sample; samples in between are added up.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from operator import attrgetter
from typing import Any, Final

import msgspec
import numpy as np

from sonde.quality.realtimekit import (
    PictureFlags,
    flag_picture,
    score_received_audio,
    score_sent_audio,
    score_video,
)
from sonde.webrtc.interval import NANOSECONDS
from sonde.webrtc.line_columns import LOOKED_AT, RECENT, LineColumns
from sonde.webrtc.sample import Direction, Kind, Source, StreamSample
from sonde.webrtc.simulcast import Line, largest

STEP: Final = 7 * NANOSECONDS
"""From one sample of the vendor's client to the next."""

EARLY: Final = NANOSECONDS // 2
"""By how much a sample may come too early and still make a row."""

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

_GAUGES: Final[Mapping[Direction, tuple[str, ...]]] = {
    "send": ("remote_jitter", "round_trip_time"),
    "recv": ("jitter",),
}
"""Of the network, what some clients tell once for each report of the other side, and not in each sample."""

_OF_NETWORK: Final = frozenset(
    {
        *("packets_sent", "packets_received", "packets_lost", "remote_packets_lost"),
        *("total_round_trip_time", "round_trip_time_measurements"),
    }
)
"""Counters that loss and round trips are worked out of."""

_AS_IN_THE_SAMPLE: Final = (
    *("direction", "kind", "ssrc", "mid", "track", "remote_peer", "remote_stream"),
    *("frame_width", "frame_height", "frames_per_second", "quality_limitation_reason"),
    *("codec", "codec_implementation"),
)
_gauges: Final = attrgetter(*_AS_IN_THE_SAMPLE)

USED: Final = frozenset(
    {
        *("stream_id", "source", "active", "encoding_index", "transport_id"),
        *("jitter", "remote_jitter", "round_trip_time"),
        *("header_bytes_sent", "header_bytes_received", "total_samples_received"),
        *_AS_IN_THE_SAMPLE,
        *_OF_NETWORK,
        *OF_THE_LARGEST.values(),
        *RECENT.values(),
        *(name for names in COUNTERS.values() for name in names.values()),
    }
)
"""All that is read of a sample."""


# As with samples.
class ReportRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
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
    ends = row_ends(sorted({at for line in layers.values() for at, _ in line}))
    known = [LineColumns(line, ends) for _, line in sorted(layers.items())]
    standing = [_largest(known, index) for index in range(len(ends))]
    sums = _sums(known)
    counted = _by_row(_counted(known, standing, sums), len(ends))
    passed = _by_row({name: sums[name] for name in (*_OF_NETWORK, LOOKED_AT) if name in sums}, len(ends))
    source = _latest(known, "source")
    gauges = _GAUGES[known[0].samples[0].direction]
    rows = []
    for index, (before, end) in enumerate(pairwise([-1, *ends])):
        sample = known[standing[index]].told_until(index, gauges)
        path = paths.get(sample.transport_id or "")
        measured = {
            **counted[index],
            **_network(sample, passed[index], path.until(end) if path else None),
            **dict(zip(_AS_IN_THE_SAMPLE, _gauges(sample), strict=True)),
        }
        duration = None if before < 0 else (end - before) / NANOSECONDS
        rows.append(_row(measured, stream_id=stream_id, source=source, at=end, duration=duration))
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


def _largest(layers: Sequence[LineColumns], row: int) -> int:
    """Which layer stands for all in a row."""
    if len(layers) == 1:
        return 0
    there = [layer for layer in layers if layer.has_news(row)]
    pairs = [(layer.until(row - 1), layer.until(row)) for layer in there]
    return layers.index(there[pairs.index(largest(pairs))])


def _sums(layers: Sequence[LineColumns]) -> dict[str, list[float]]:
    """What all layers together counted in each row, without counters that nobody reported."""
    first = layers[0].samples[0]
    sums: dict[str, list[float]] = {}
    for name in {*COUNTERS[first.direction, first.kind].values(), *_OF_NETWORK, LOOKED_AT}:
        rises = [each for layer in layers if (each := layer.rises(name)) is not None]
        if rises:
            sums[name] = np.sum(rises, axis=0).tolist()
    return sums


def _counted(
    layers: Sequence[LineColumns], standing: Sequence[int], sums: Mapping[str, list[float]]
) -> dict[str, list[float | None]]:
    """The fields of rows that count something, without those that nobody reported."""
    first = layers[0].samples[0]
    found: dict[str, Sequence[float | None] | None] = {
        name: sums.get(theirs) for name, theirs in COUNTERS[first.direction, first.kind].items()
    }
    found |= {name: _of_the_standing(layers, standing, theirs) for name, theirs in OF_THE_LARGEST.items()}
    return {name: _rounded(name, values) for name, values in found.items() if values is not None}


def _of_the_standing(
    layers: Sequence[LineColumns], standing: Sequence[int], name: str
) -> list[float | None] | None:
    """What the layer that stands for all counted in each row."""
    rises = [None if each is None else each.tolist() for each in (layer.rises(name) for layer in layers)]
    if not any(rises):
        return None
    return [
        None if (of_layer := rises[layer]) is None else of_layer[row] for row, layer in enumerate(standing)
    ]


def _by_row(columns: Mapping[str, Sequence[Any]], count: int) -> list[dict[str, Any]]:
    """Columns of some rows as the rows."""
    names = tuple(columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)] or [
        {} for _ in range(count)
    ]


def _rounded(name: str, values: Sequence[float | None]) -> list[float | None]:
    """Counts as integers, and seconds as fine as they are kept."""
    digits = 9 if name in _SECONDS else None
    return [None if value is None else round(value, digits) for value in values]


def _network(sample: StreamSample, sums: Mapping[str, float], path: float | None) -> dict[str, Any]:
    """Loss, jitter and round trip, by the receiver's report of a stream sent."""
    if sample.direction == "recv":
        lost = sums.get("packets_lost")
        passed = sums.get(LOOKED_AT, sums.get("packets_received", 0.0)) + (lost or 0.0)
        jitter, round_trip_time = sample.jitter, None
    else:
        lost = sums.get("remote_packets_lost")
        passed = sums.get(LOOKED_AT, sums.get("packets_sent", 0.0))
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


def _row(measured: Mapping[str, Any], **known: Any) -> ReportRow:
    """A row with its score, and with the flags of a picture."""
    loss_ratio, jitter = measured["loss_ratio"], measured["jitter"]
    if measured["kind"] == "video":
        flags = flag_picture(
            width=measured["frame_width"],
            frame_rate=measured["frames_per_second"],
            frames=measured.get("frames"),
            is_screen=known["source"] == "screen",
        )
        score = score_video(flags, loss_ratio=loss_ratio, jitter=jitter)
        return ReportRow(flags=flags, score=score, **measured, **known)
    if measured["direction"] == "send":
        score = score_sent_audio(loss_ratio=loss_ratio, jitter=jitter)
    else:
        score = score_received_audio(
            loss_ratio=loss_ratio, jitter=jitter, concealment_events=measured.get("concealment_events")
        )
    return ReportRow(score=score, **measured, **known)


def _latest(layers: Sequence[LineColumns], name: str) -> Any:
    values: Iterator[Any] = (
        value
        for layer in layers
        for sample in reversed(layer.samples)
        if (value := getattr(sample, name)) is not None
    )
    return next(values, None)
