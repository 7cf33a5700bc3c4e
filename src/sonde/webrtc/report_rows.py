"""A stream in rows, as RealtimeKit's peer reports show it: what counters did from one row to the next.

Unlike an interval, the first row holds what the counters said so far, so that the rows of a stream add up to
its counters; a counter that falls began again and counts from 0. Rows are as far apart as the samples of the
vendor's own client, because its score counts events by sample; samples in between are added up.
"""

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any, Final

import msgspec
import numpy as np

from sonde.quality.realtimekit import (
    FlagArray,
    PictureFlags,
    flag_picture,
    score_received_audio,
    score_sent_audio,
    score_video,
)
from sonde.webrtc.interval import NANOSECONDS
from sonde.webrtc.line_columns import LOOKED_AT, RECENT
from sonde.webrtc.sample import Direction, Kind, Source
from sonde.webrtc.sample_table import Numbers, SampleTable
from sonde.webrtc.stream_columns import StreamColumns

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

_OF_NETWORK: Final = (
    *("packets_sent", "packets_received", "packets_lost", "remote_packets_lost", "jitter", "remote_jitter"),
    *("round_trip_time", "total_round_trip_time", "round_trip_time_measurements"),
)
"""What loss, jitter and round trips are worked out of."""

_AS_IN_THE_SAMPLE: Final = (
    *("direction", "kind", "ssrc", "mid", "track", "remote_peer", "remote_stream"),
    *("frame_width", "frame_height", "frames_per_second", "quality_limitation_reason"),
    *("codec", "codec_implementation"),
)

USED: Final = frozenset(
    {
        *("stream_id", "source", "active", "encoding_index", "transport_id"),
        *("header_bytes_sent", "header_bytes_received", "total_samples_received"),
        *_AS_IN_THE_SAMPLE,
        *_OF_NETWORK,
        *OF_THE_LARGEST.values(),
        *RECENT.values(),
        *(name for names in COUNTERS.values() for name in names.values()),
    }
)
"""All that is read of a sample."""


# As with samples; as an array because thousands are kept of a call, whose names would take most of the room.
class ReportRow(msgspec.Struct, frozen=True, gc=False, array_like=True):
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
    flags: PictureFlags[bool] | None = None
    score: float = 1.0


_FIELDS: Final = ReportRow.__struct_fields__
_FLAGS: Final = PictureFlags.__struct_fields__


def stream_rows(
    stream_id: str, layers: Mapping[str, SampleTable], paths: Mapping[str, SampleTable]
) -> list[ReportRow]:
    """The rows of one stream.

    Args:
        stream_id: names it.
        layers: the samples of each simulcast layer; of other streams, the one table.
        paths: those of the transports, for clients that do not say the round trips of RTCP.
    """
    times = np.unique(np.concatenate([table.at for table in layers.values()]))
    stream = StreamColumns(layers, row_ends(times.tolist()))
    source = stream.latest("source")
    network = _network(stream, paths)
    counted = _counted(stream)
    columns = {
        **{name: stream.picked(name) for name in _AS_IN_THE_SAMPLE},
        **{name: _listed(values, whole=name not in _SECONDS) for name, values in counted.items()},
        **{name: _listed(values, whole=name == "packets_lost") for name, values in network.items()},
        **_scores(stream, counted, network, is_screen=source == "screen"),
        "at": stream.ends,
        "duration": [None, *(np.diff(stream.ends) / NANOSECONDS).tolist()],
    }
    constant = {"stream_id": stream_id, "source": source}
    rows = zip(*(columns.get(name) or repeat(constant.get(name)) for name in _FIELDS), strict=False)
    return [ReportRow(*values) for values in rows]


def row_ends(times: Sequence[int]) -> list[int]:
    """At which of the rising times rows end: the first one, the last one, and as `STEP` has it between."""
    ends: list[int] = []
    for at in times:
        if not ends or at - ends[-1] >= STEP - EARLY:
            ends.append(at)
    if times and ends[-1] != times[-1]:
        ends.append(times[-1])
    return ends


def _counted(stream: StreamColumns) -> dict[str, Numbers]:
    """The fields that count something, without those that nobody reported."""
    counters = COUNTERS[stream.direction, stream.kind]
    found = {name: stream.rises(theirs) for name, theirs in counters.items()}
    found |= {name: stream.rises_of_the_largest(theirs) for name, theirs in OF_THE_LARGEST.items()}
    return {
        name: np.round(values, 9) if name in _SECONDS else values
        for name, values in found.items()
        if values is not None
    }


def _listed(values: Numbers, *, whole: bool) -> list[float | int | None]:
    """Numbers as they are shown: counts as integers, NaN as None."""
    unknown = np.isnan(values)
    rounded = np.rint(np.where(unknown, 0.0, values)).astype(np.int64) if whole else values
    shown: list[float | int | None] = rounded.tolist()
    for index in np.flatnonzero(unknown).tolist():
        shown[index] = None
    return shown


def _network(stream: StreamColumns, paths: Mapping[str, SampleTable]) -> dict[str, Numbers]:
    """Loss, jitter and round trip, by the receiver's report of a stream sent."""
    sent = stream.direction == "send"
    lost = stream.rises("remote_packets_lost" if sent else "packets_lost")
    found = {"jitter": stream.told("remote_jitter" if sent else "jitter")}
    if sent:
        found["round_trip_time"] = _round_trips(stream, paths)
    if lost is not None:
        passed = stream.rises(LOOKED_AT)
        if passed is None:
            passed = stream.rises("packets_sent" if sent else "packets_received")
        of = (0.0 if passed is None else passed) + (0.0 if sent else lost)
        with np.errstate(divide="ignore", invalid="ignore"):
            found["loss_ratio"] = np.where(of > 0, np.minimum(lost / of, 1.0), 0.0)
        found["packets_lost"] = lost
    return found


def _round_trips(stream: StreamColumns, paths: Mapping[str, SampleTable]) -> Numbers:
    """Of RTCP's latest report, or of the mean of those of the row, or else to the next hop."""
    latest = stream.told("round_trip_time")
    total, measurements = (
        stream.rises(name) for name in ("total_round_trip_time", "round_trip_time_measurements")
    )
    if total is not None and measurements is not None:
        with np.errstate(divide="ignore", invalid="ignore"):
            latest = np.where(np.isnan(latest) & (measurements > 0), total / measurements, latest)
    if not np.isnan(latest).any():
        return latest
    return np.where(np.isnan(latest), _path_times(stream, paths), latest)


def _path_times(stream: StreamColumns, paths: Mapping[str, SampleTable]) -> Numbers:
    """The latest round trips by each end of the transport that the stream was on; NaN where none is known."""
    known = {name: table.until(stream.ends, "current_round_trip_time") for name, table in paths.items()}
    transports = stream.picked("transport_id")
    return np.array(
        [
            np.nan if (times := known.get(name or "")) is None else times[part]
            for part, name in enumerate(transports)
        ]
    )


def _scores(
    stream: StreamColumns, counted: Mapping[str, Numbers], network: Mapping[str, Numbers], *, is_screen: bool
) -> dict[str, list[Any]]:
    """The score of each row, and the flags of pictures."""
    loss_ratio, jitter = network.get("loss_ratio"), network["jitter"]
    if stream.kind == "video":
        flags = flag_picture(
            width=np.array(stream.picked("frame_width"), dtype=np.float64),
            frame_rate=np.array(stream.picked("frames_per_second"), dtype=np.float64),
            frames=counted.get("frames"),
            is_screen=is_screen,
        )
        score = score_video(flags, loss_ratio=loss_ratio, jitter=jitter)
        return {"flags": _each_picture(flags, len(stream.ends)), "score": np.asarray(score).tolist()}
    if stream.direction == "send":
        score = score_sent_audio(loss_ratio=loss_ratio, jitter=jitter)
    else:
        events = counted.get("concealment_events")
        score = score_received_audio(loss_ratio=loss_ratio, jitter=jitter, concealment_events=events)
    return {"score": np.asarray(score).tolist()}


def _each_picture(flags: PictureFlags[FlagArray], count: int) -> list[PictureFlags[bool]]:
    """Flags in arrays as the flags of each row."""
    columns = (np.broadcast_to(getattr(flags, name), count).tolist() for name in _FLAGS)
    return [PictureFlags(**dict(zip(_FLAGS, values, strict=True))) for values in zip(*columns, strict=True)]
