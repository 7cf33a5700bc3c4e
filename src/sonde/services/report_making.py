"""What a peer reported becomes the body of its report: rows, what they come to, and what else is told."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from sonde.model.peer_reports import ClassReport, PeerMetadata, ReportBody, StreamClass, UsedPath
from sonde.model.samples import SampleSpan
from sonde.store import Store
from sonde.store.sample_rows import SampleColumns
from sonde.store.sample_tables import Tables, select_tables
from sonde.store.samples import select_events
from sonde.webrtc.device_changes import device_changes, device_choices
from sonde.webrtc.event import EventKind, PeerEvent
from sonde.webrtc.event_details import network_checks
from sonde.webrtc.recording import PeerRecording
from sonde.webrtc.report_rows import USED, ReportRow, stream_rows
from sonde.webrtc.report_totals import sum_up_rows
from sonde.webrtc.sample import Direction, Kind, StreamSample, TransportSample
from sonde.webrtc.sample_table import SampleTable
from sonde.webrtc.simulcast import layers_of

_STREAMS: Final = SampleColumns("stream_samples", StreamSample, USED)

_PATH: Final = TransportSample.__struct_fields__
_TRANSPORTS: Final = SampleColumns(
    "transport_samples",
    TransportSample,
    {"transport_id", *_PATH[_PATH.index("candidate_pair_id") :]},
)
"""The candidate pair, and not what the transport counts itself."""


CLASSES: Final = tuple(
    StreamClass(direction=direction, kind=kind, is_screen=is_screen)
    for direction in ("recv", "send")
    for kind in ("audio", "video")
    for is_screen in (False, True)
)


def make_body(store: Store, span: SampleSpan) -> ReportBody:
    """Make the body of a peer's report; one that has not reported has no streams.

    Raises:
        Limited: it reported more than fits into one answer.
        Unavailable: the store cannot be asked now.
    """
    return _body(*_read(store, span))


def body_of(recordings: Iterable[PeerRecording], events: list[PeerEvent]) -> ReportBody:
    """The same body, made of what was read already.

    Args:
        recordings: the connections of the peer.
        events: all of it, in order of time.
    """
    streams: Tables = {}
    transports: Tables = {}
    for call in recordings:
        # Of samples of the same time the one stays that the client numbered last.
        shots = sorted(call.snapshots, key=lambda shot: shot.number or 0)
        media = ((shot.at, each.stream_id, each) for shot in shots for each in shot.streams)
        paths = ((shot.at, each.transport_id, each) for shot in shots for each in shot.transports)
        streams[call.key] = _tables(media, _STREAMS.fields)
        transports[call.key] = _tables(paths, _TRANSPORTS.fields)
    return _body(streams, transports, events)


def _tables(
    samples: Iterable[tuple[int, str, StreamSample | TransportSample]], fields: Sequence[str]
) -> dict[str, SampleTable]:
    lines: dict[str, dict[int, StreamSample | TransportSample]] = defaultdict(dict)
    for at, name, sample in samples:
        lines[name][at] = sample
    return {name: SampleTable.of(line, fields) for name, line in sorted(lines.items())}


def _body(streams: Tables, transports: Tables, events: list[PeerEvent]) -> ReportBody:
    rows = sorted(
        (row for key, tables in streams.items() for row in rows_of(tables, transports.get(key, {}))),
        key=lambda row: (row.at, row.stream_id),
    )
    return ReportBody(
        metadata=PeerMetadata(
            events=events,
            device_changes=device_changes(events),
            device_choices=list(device_choices(events)),
            network_checks=list(network_checks(events)),
            descriptions=_descriptions(events),
            paths=[
                path
                for key, tables in transports.items()
                if tables
                for path in _paths(tables, streams.get(key, {}))
            ],
            tracks={row.track: row.kind for row in rows if row.track},
            encoders={
                row.kind: encoder
                for row in rows
                if row.direction == "send" and (encoder := row.codec_implementation or row.codec)
            },
        ),
        classes=list(_class_reports(rows)),
    )


def _read(store: Store, span: SampleSpan) -> tuple[Tables, Tables, list[PeerEvent]]:
    """All that a peer reported; three questions at once, for the answer takes most of its time here."""
    with ThreadPoolExecutor(3) as threads:
        streams = threads.submit(select_tables, store, span, _STREAMS)
        transports = threads.submit(select_tables, store, span, _TRANSPORTS)
        events = threads.submit(select_events, store, span)
    return streams.result(), transports.result(), [event for _, event in events.result()]


def rows_of(streams: Mapping[str, SampleTable], transports: Mapping[str, SampleTable]) -> Iterator[ReportRow]:
    """The rows of all streams of a connection."""
    layers = layers_of({stream_id: table.traits for stream_id, table in streams.items()})
    for stream_id, names in layers.items():
        yield from stream_rows(stream_id, {name: streams[name] for name in names}, transports)


def _descriptions(events: Iterable[PeerEvent]) -> list[PeerEvent]:
    kinds = (EventKind.LOCAL_DESCRIPTION, EventKind.REMOTE_DESCRIPTION)
    latest = {event.kind: event for event in events if event.kind in kinds and event.detail}
    return [latest[kind] for kind in kinds if kind in latest]


def _class_reports(rows: Iterable[ReportRow]) -> Iterator[tuple[StreamClass, ClassReport]]:
    of_class: dict[tuple[Direction, Kind, bool], list[ReportRow]] = defaultdict(list)
    for row in rows:
        of_class[row.direction, row.kind, row.source == "screen"].append(row)
    for each in CLASSES:
        found = of_class[each.direction, each.kind, each.is_screen]
        yield each, ClassReport(rows=found, totals=sum_up_rows(found) if found else None)


def _paths(transports: Mapping[str, SampleTable], streams: Mapping[str, SampleTable]) -> Iterator[UsedPath]:
    """The transports of a connection's last samples, with the directions of their streams.

    A stream that names no transport may be on any.
    """
    media = {
        (transport_id or None, table.traits.direction)
        for table in streams.values()
        for transport_id in table.distinct("transport_id")
    }
    latest = max(table.at[-1] for table in transports.values())
    for name, table in transports.items():
        sample = TransportSample(**table.sample(-1))
        if table.at[-1] == latest and _has_pair(sample):
            found = {direction for transport_id, direction in media if transport_id in (name, None)}
            yield UsedPath(sample=sample, directions=frozenset(found))


def _has_pair(sample: TransportSample) -> bool:
    known = (sample.candidate_pair_id, sample.nominated, sample.current_round_trip_time)
    return any(each is not None for each in known)
