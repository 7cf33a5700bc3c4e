"""From the rows of streams, and what they come to, to the quality part of a peer report. Pure."""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final, NamedTuple, TypeAlias

from sonde.api.realtimekit import report_shapes as shapes
from sonde.api.realtimekit.units import milliseconds, percent, show_instant
from sonde.model.peer_reports import ClassReport, PeerReport, StreamClass
from sonde.webrtc.report_rows import ReportRow
from sonde.webrtc.report_totals import Reached, RowTotals, Spread

Row: TypeAlias = type[shapes.ConsumerRow] | type[shapes.AudioProducerRow]

OURS: Final[Mapping[str, str]] = {
    "bytes_received": "bytes",
    "bytes_sent": "bytes",
    "packets_received": "packets",
    "packets_sent": "packets",
    "frames_decoded": "frames",
    "frames_encoded": "frames",
    "key_frames_decoded": "key_frames",
    "key_frames_encoded": "key_frames",
    "consumer_id": "stream_id",
    "peer_id": "remote_peer",
    "rtt": "round_trip_time",
    "mos_quality": "score",
    "quality_limitation_resolution_changes": "resolution_changes",
}
"""Our names of those fields of rows that we call otherwise."""

LIMITATIONS: Final = ("none", "cpu", "bandwidth", "other")


SPECIAL: Final = frozenset({"timestamp", "quality_limitation_reason", "quality_limitation_durations"})
"""Fields of rows that are shown otherwise than we keep them."""

_limited: Final = attrgetter(*(f"limited_by_{reason}" for reason in LIMITATIONS))


class Shape(NamedTuple):
    """How a class of streams is shown: its name, its rows and what they come to.

    Attributes:
        plain: the fields of its rows that are not special.
        read: gives our values of them, all at once, for a report has thousands of rows.
    """

    name: str
    row: Row
    cumulative: type[Any]
    plain: tuple[str, ...]
    read: Callable[[ReportRow], tuple[Any, ...]]


def shape_of(name: str, row: Row, cumulative: type[Any]) -> Shape:
    """The shape with what follows from its rows."""
    ours = {
        **OURS,
        "producer_id": "stream_id" if issubclass(row, shapes.AudioProducerRow) else "remote_stream",
    }
    plain = tuple(field for field in row.__struct_fields__ if field not in SPECIAL)
    return Shape(name, row, cumulative, plain, attrgetter(*(ours.get(field, field) for field in plain)))


SHAPES: Final[Mapping[tuple[str, str], Shape]] = {
    ("recv", "audio"): shape_of("audio_consumer", shapes.AudioConsumerRow, shapes.AudioConsumerCumulative),
    ("recv", "video"): shape_of("video_consumer", shapes.VideoConsumerRow, shapes.VideoConsumerCumulative),
    ("send", "audio"): shape_of("audio_producer", shapes.AudioProducerRow, shapes.AudioProducerCumulative),
    ("send", "video"): shape_of("video_producer", shapes.VideoProducerRow, shapes.VideoProducerCumulative),
}


def show_quality(report: PeerReport) -> shapes.Quality:
    """The quality part."""
    parts: dict[str, Any] = {}
    # Streams have rows of the same times, and spelling a time takes longer than all else of a row.
    times = {row.at for _, found in report.classes for row in found.rows}
    spelled = {at: show_instant(at) for at in times}
    for each, found in report.classes:
        shape = SHAPES[each.direction, each.kind]
        name = f"screenshare_{shape.name}" if each.is_screen else shape.name
        parts[name] = _rows(found.rows, shape, spelled) if found.rows else []
        parts[f"{name}_cumulative"] = _cumulative(each, found, shape.cumulative)
    return shapes.Quality(**parts)


def _rows(rows: Sequence[ReportRow], shape: Shape, spelled: Mapping[int, str]) -> list[Any]:
    """Rows as the vendor has them, made column by column; with each of their times as it is spelled."""
    columns: dict[str, Sequence[Any]] = dict(
        zip(shape.plain, zip(*map(shape.read, rows), strict=True), strict=True)
    )
    columns["timestamp"] = [spelled[row.at] for row in rows]
    if shape.row is shapes.VideoProducerRow:
        reasons = [row.quality_limitation_reason for row in rows]
        columns["quality_limitation_reason"] = [each if each in LIMITATIONS else None for each in reasons]
        columns["quality_limitation_durations"] = [shapes.LimitationDurations(*_limited(row)) for row in rows]
    ordered = (columns[field] for field in shape.row.__struct_fields__)
    return [shape.row(*values) for values in zip(*ordered, strict=True)]


def _cumulative(each: StreamClass, found: ClassReport, shape: type[Any]) -> Any:
    totals = found.totals
    if totals is None:
        return shape()
    said: dict[str, Any] = {
        "packet_loss": _packet_loss(totals.loss_ratio),
        "jitter_buffer_delay": _latency(totals.jitter_buffer_delay),
        "rtt": _latency(totals.round_trip_time),
        "quality_mos": _percentiles(totals.score),
        "frame_width": _percentiles(totals.frame_width),
        "frame_per_second": _percentiles(totals.frames_per_second),
        "key_frames_decoded_fraction": totals.key_frames,
        "key_frames_encoded_fraction": totals.key_frames,
        "high_negative_feedback_fraction": totals.many_requests,
        "issues": _consumer_issues(totals) if each.direction == "recv" else _producer_issues(totals),
    }
    return shape(**{name: said[name] for name in shape.__struct_fields__})


def _packet_loss(found: Reached | None) -> shapes.PacketLoss | None:
    if found is None:
        return None
    shares = found.shares
    return shapes.PacketLoss(
        avg=percent(found.mean), of_5=shares[0.05], of_10=shares[0.1], of_25=shares[0.25], of_50=shares[0.5]
    )


def _latency(found: Reached | None) -> shapes.Latency | None:
    if found is None:
        return None
    shares = found.shares
    return shapes.Latency(
        avg=milliseconds(found.mean), of_100=shares[0.1], of_250=shares[0.25], of_500=shares[0.5]
    )


def _percentiles(found: Spread | None) -> shapes.Percentiles | None:
    if found is None:
        return None
    return shapes.Percentiles(
        avg=found.mean, p50=found.percentiles[50], p75=found.percentiles[75], p90=found.percentiles[90]
    )


def _consumer_issues(totals: RowTotals) -> shapes.ConsumerIssues:
    return shapes.ConsumerIssues(
        lag_fraction=totals.lagging,
        no_video_fraction=totals.stuck,
        poor_resolution_fraction=totals.low_resolution,
    )


def _producer_issues(totals: RowTotals) -> shapes.ProducerIssues:
    limited = totals.limited
    return shapes.ProducerIssues(
        no_video_fraction=totals.stuck,
        poor_resolution_fraction=totals.low_resolution,
        bandwidth_quality_limitation_fraction=None if limited is None else limited.get("bandwidth", 0.0),
        cpu_quality_limitation_fraction=None if limited is None else limited.get("cpu", 0.0),
        quality_limitation_fraction=totals.limited_at_all,
    )
