"""Peer reports: a participant's connection from beginning to end, in rows and with what they come to."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final

import msgspec

from sonde.directory import Directory
from sonde.model.errors import NotFound
from sonde.model.peers import Peer
from sonde.model.people import Access
from sonde.model.samples import SampleSpan
from sonde.services.clock import Clock, utc_now
from sonde.services.reports import nanoseconds
from sonde.store import Store
from sonde.store.sample_rows import SampleColumns
from sonde.store.sample_tables import Tables, select_tables
from sonde.store.samples import select_events
from sonde.webrtc.device_changes import DeviceChange, DeviceChoice, device_changes, device_choices
from sonde.webrtc.event import EventKind, PeerEvent
from sonde.webrtc.event_details import NetworkCheck, network_checks
from sonde.webrtc.report_rows import USED, ReportRow, stream_rows
from sonde.webrtc.report_totals import RowTotals, sum_up_rows
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


class StreamClass(msgspec.Struct, frozen=True, kw_only=True):
    """All streams of one direction and kind, of a screen or not."""

    direction: Direction
    kind: Kind
    is_screen: bool


class ClassReport(msgspec.Struct, frozen=True, kw_only=True):
    """The streams of a class.

    Attributes:
        rows: of all its streams, in order of time.
        totals: what they come to; None where there are none.
    """

    rows: list[ReportRow]
    totals: RowTotals | None


class UsedPath(msgspec.Struct, frozen=True, kw_only=True):
    """The candidate pair of a transport by its latest sample, and which directions it had media of."""

    sample: TransportSample
    directions: frozenset[Direction]


class PeerMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a connection beside its quality.

    Attributes:
        events: in order of time, as is all that is read of them.
        device_changes, device_choices: which devices there were, and which were used.
        network_checks: what was known of the network before the call.
        descriptions: the latest local and remote session description.
        paths: by connection and transport, of those that had a candidate pair.
        tracks: kind of each stream by the id of its track.
        encoders: by kind, the name of the last encoder that was used to send, or else of its encoding.
    """

    events: list[PeerEvent]
    device_changes: list[DeviceChange]
    device_choices: list[DeviceChoice]
    network_checks: list[NetworkCheck]
    descriptions: list[PeerEvent]
    paths: list[UsedPath]
    tracks: dict[str, Kind]
    encoders: dict[Kind, str]


class PeerReport(msgspec.Struct, frozen=True, kw_only=True):
    """One connection.

    Attributes:
        peer: whose.
        until: when it left, or until when it is known to have been there.
        metadata: beside its quality.
        classes: every class, with or without streams.
    """

    peer: Peer
    until: datetime
    metadata: PeerMetadata
    classes: list[tuple[StreamClass, ClassReport]]


CLASSES: Final = tuple(
    StreamClass(direction=direction, kind=kind, is_screen=is_screen)
    for direction in ("recv", "send")
    for kind in ("audio", "video")
    for is_screen in (False, True)
)


class PeerReports:
    """Reports of peers, made of what they reported whenever somebody asks."""

    def __init__(self, directory: Directory, store: Store, now: Clock = utc_now) -> None:
        self._directory = directory
        self._store = store
        self._now = now

    def report(self, access: Access, peer_id: str) -> PeerReport:
        """One of the workspace's peers; one that has not reported has no streams.

        Raises:
            NotFound: the workspace has no such peer.
            Limited: it reported more than fits into one answer.
            Unavailable: the store cannot be asked now.
        """
        workspace_id = access.workspace.workspace_id
        with self._directory.read() as tx:
            peer = tx.peers.get(workspace_id, peer_id)
        if peer is None:
            raise NotFound(f"There is no peer {peer_id} in this workspace.")
        span = SampleSpan(workspace_id=workspace_id, peer_id=peer_id)
        streams, transports, events = self._read(span)
        rows = sorted(
            (row for key, tables in streams.items() for row in rows_of(tables, transports.get(key, {}))),
            key=lambda row: (row.at, row.stream_id),
        )
        return PeerReport(
            peer=peer,
            until=peer.until(self._now()),
            metadata=PeerMetadata(
                events=events,
                device_changes=device_changes(events),
                device_choices=list(device_choices(events)),
                network_checks=list(network_checks(events)) or _told_network(peer),
                descriptions=_descriptions(events),
                paths=[
                    path
                    for key, tables in transports.items()
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

    def _read(self, span: SampleSpan) -> tuple[Tables, Tables, list[PeerEvent]]:
        """All that a peer reported; three questions at once, for the answer takes most of its time here."""
        with ThreadPoolExecutor(3) as threads:
            streams = threads.submit(select_tables, self._store, span, _STREAMS)
            transports = threads.submit(select_tables, self._store, span, _TRANSPORTS)
            events = threads.submit(select_events, self._store, span)
        return streams.result(), transports.result(), [event for _, event in events.result()]


def rows_of(streams: Mapping[str, SampleTable], transports: Mapping[str, SampleTable]) -> Iterator[ReportRow]:
    """The rows of all streams of a connection."""
    layers = layers_of({stream_id: table.traits for stream_id, table in streams.items()})
    for stream_id, names in layers.items():
        yield from stream_rows(stream_id, {name: streams[name] for name in names}, transports)


def _told_network(peer: Peer) -> list[NetworkCheck]:
    """What our collector says of the network with its first batch; it checks nothing before a call."""
    network = peer.device.network
    return [NetworkCheck(at=nanoseconds(peer.created_at), effective_type=network)] if network else []


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
