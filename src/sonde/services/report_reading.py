"""What a payload says, as rows for the store and as a sighting of its peer."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Final

import msgspec

from sonde.model.errors import Invalid
from sonde.model.peers import peer_id_of
from sonde.model.reports import Report
from sonde.model.sightings import Machine, ReportingClient, Sighting
from sonde.services.sighting_checks import checked_sighting
from sonde.store.reports import LAYOUT, ReportRows
from sonde.webrtc.dialects import callstats, telnyx, videosdk
from sonde.webrtc.dialects.collector import Batch, batch_decoder, read_runs, read_times
from sonde.webrtc.event import EventKind, PeerEvent
from sonde.webrtc.recording import PeerRecording, Recording
from sonde.webrtc.runs import within

CLOCK_ERROR_MAX: Final = 86_400 * 10**9
"""Nanoseconds by which a client's time may differ from ours: its clock, and how long it kept a batch."""

KEPT_BY_PHONES: Final = 30 * 86_400 * 10**9
"""Nanoseconds that a telephone may keep a call report before it sends it."""

OBJECT_TICKS_MAX: Final = 60_000
"""Most statistics objects in one batch, each counted once for every tick: 50 minutes of 20."""

CLOCK_REASON: Final = "time is more than a day from the server's"

_FIELDS: Final = {
    "custom_id": "participant.id",
    "name": "participant.name",
    "sdk": "collector.name",
    "sdk_version": "collector.version",
    "network": "device.network",
}
"""How a batch calls what a sighting calls otherwise."""

_GOODBYES: Final = frozenset({EventKind.CLOSED, EventKind.LEFT, EventKind.PAGE_UNLOADED})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a payload came from.

    Attributes:
        client: whose key or token it came with.
        address: of the sender.
        received_at: nanoseconds since the epoch.
    """

    client: ReportingClient
    address: str
    received_at: int


def take_report(batch: Batch, payload: bytes, place: Place) -> Report:
    """What must be known of a batch before it is acknowledged: who was there, and when.

    Its statistics are read on the way to the store (`read_again`), many batches one after the other, which
    takes half as long as one between two requests.

    Args:
        batch: decoded from the payload.
        payload: as it came, unpacked.
        place: where it came from.

    Raises:
        Invalid: it is too large, or names somebody or something in a way that cannot be used.
    """
    _require_size(batch)
    report = Report(
        workspace_id=place.client.workspace_id,
        peer_id=peer_id_of(batch.peer),
        number=min((each.first for each in batch.connections), default=0),
        digest=digest_of(payload),
        received_at=place.received_at,
        source_id=place.client.source_id,
        dialect="",
        payload=payload,
    )
    recording, skipped = plausible(read_times(batch), place.received_at)
    return msgspec.structs.replace(
        report,
        dialect=recording.format,
        snapshots=_snapshots(recording),
        skipped=dict(skipped),
        sighting=_checked(_sighting(batch, recording, place, report.peer_id)),
    )


def read_again(report: Report) -> Report:
    """A report with the rows that today's dialect makes of its payload: of one that has none yet, or others.

    Raises:
        Invalid: it cannot be read any more.
    """
    if not report.payload:
        return msgspec.structs.replace(report, layout=LAYOUT)
    try:
        if report.dialect.startswith(telnyx.NAME):
            upload = telnyx.read_upload(msgspec.json.decode(report.payload)).recording
            return with_rows(report, *plausible(upload, report.received_at, oldest=KEPT_BY_PHONES))
        if report.dialect.startswith(callstats.NAME):
            message = callstats.read_message(msgspec.json.decode(report.payload)).recording
            return with_rows(report, *plausible(message, report.received_at))
        if report.dialect.startswith(videosdk.NAME):
            post = videosdk.read_post(msgspec.json.decode(report.payload)).recording
            return with_rows(report, *plausible(post, report.received_at))
        batch = batch_decoder.decode(report.payload)
    except msgspec.MsgspecError as error:
        raise Invalid(f"A payload that was taken cannot be read again: {error}.") from error
    return with_rows(report, *plausible(read_runs(batch), report.received_at))


def digest_of(payload: bytes) -> bytes:
    """Names a payload by its content."""
    return blake2b(payload, digest_size=16).digest()


def _require_size(batch: Batch) -> None:
    if sum(len(each.at) * len(each.stats) for each in batch.connections) > OBJECT_TICKS_MAX:
        raise Invalid(
            f"A batch must have at most {OBJECT_TICKS_MAX} objects, each counted once for every tick.",
            field="connections",
        )


def plausible(
    recording: Recording, received_at: int, *, oldest: int = CLOCK_ERROR_MAX
) -> tuple[Recording, Counter[str]]:
    """What is not far from our own time, and how much was left out and why.

    Args:
        recording: what a payload says.
        received_at: when it came, nanoseconds since the epoch.
        oldest: how long before that it may speak of, nanoseconds.
    """
    skipped = Counter(recording.notes.skipped)
    earliest, latest = received_at - oldest, received_at + CLOCK_ERROR_MAX
    times = sorted(times_of(recording))
    if not times or earliest <= times[0] <= times[-1] <= latest:
        return recording, skipped

    def kept_events(events: tuple[PeerEvent, ...]) -> tuple[PeerEvent, ...]:
        return tuple(event for event in events if earliest <= event.at <= latest)

    def kept(peer: PeerRecording) -> PeerRecording:
        runs = (within(run, earliest, latest) for run in peer.runs)
        return msgspec.structs.replace(
            peer,
            snapshots=tuple(each for each in peer.snapshots if earliest <= each.at <= latest),
            runs=tuple(run for run in runs if run.at),
            events=kept_events(peer.events),
        )

    found = msgspec.structs.replace(
        recording, peers=tuple(map(kept, recording.peers)), events=kept_events(recording.events)
    )
    skipped[CLOCK_REASON] += len(times) - sum(1 for _ in times_of(found))
    return found, skipped


def with_rows(report: Report, recording: Recording, skipped: Counter[str]) -> Report:
    """A report with the rows that a recording makes."""
    rows = ReportRows(
        workspace_id=report.workspace_id,
        peer_id=report.peer_id,
        received_at=report.received_at,
        dialect=recording.format,
    )
    events = [rows.event("", event) for event in recording.events]
    events += [rows.event(peer.key, event) for peer in recording.peers for event in peer.events]
    return msgspec.structs.replace(
        report,
        dialect=recording.format,
        snapshots=_snapshots(recording),
        skipped=dict(skipped),
        unknown=recording.notes.unknown,
        layout=LAYOUT,
        streams=[row for peer in recording.peers for row in rows.streams(peer)],
        transports=[row for peer in recording.peers for row in rows.transports(peer)],
        events=events,
    )


def read_file(
    recording: Recording, *, workspace_id: int, file_id: str, received_at: int
) -> Iterator[tuple[Report, PeerRecording]]:
    """The rows of each connection in a file, which is a peer of its own, and the connection.

    What concerns no single connection goes to the first one.

    Args:
        recording: what the file says.
        workspace_id: whose it is.
        file_id: UUID of the file; the ids of its peers are made from it.
        received_at: nanoseconds since the epoch.
    """
    for index, peer in enumerate(recording.peers):
        report = Report(
            workspace_id=workspace_id,
            peer_id=peer_id_of(f"{file_id}/{peer.key}"),
            number=0,
            digest=b"",
            received_at=received_at,
            source_id="",
            dialect=recording.format,
        )
        alone = msgspec.structs.replace(
            recording, peers=(peer,), events=recording.events if index == 0 else ()
        )
        yield with_rows(report, alone, Counter()), peer


def _sighting(batch: Batch, recording: Recording, place: Place, peer_id: str) -> Sighting | None:
    """What the batch says of its peer; None when nothing in it has a time."""
    times = sorted(times_of(recording))
    if not times:
        return None
    client = place.client
    return Sighting(
        workspace_id=client.workspace_id,
        peer_id=peer_id,
        first_at=moment_of(times[0]),
        last_at=moment_of(times[-1]),
        # Without any name the call is a room of its own.
        meeting=client.meeting_id or batch.meeting or peer_id,
        connected_at=_connected_at(recording),
        has_left=any(each.kind in _GOODBYES and each.at == times[-1] for each in _events(recording)),
        participant_id=client.participant_id,
        custom_id=batch.participant.id or None,
        name=batch.participant.name,
        user_agent=batch.user_agent,
        sdk=batch.collector.name,
        sdk_version=batch.collector.version,
        machine=Machine(
            cpus=batch.device.cpus, is_mobile=batch.device.mobile, network=batch.device.network or ""
        ),
        address=place.address,
        labels=batch.labels,
    )


def _checked(sighting: Sighting | None) -> Sighting | None:
    """A sighting that `Sessions.saw` will take.

    Raises:
        Invalid: it would not; `field` is the name in the batch.
    """
    if sighting is None:
        return None
    try:
        return checked_sighting(sighting, now=sighting.last_at)
    except Invalid as error:
        field = _FIELDS.get(error.field, error.field)
        raise Invalid(error.message.replace(error.field, field, 1), hint=error.hint, field=field) from error


def _connected_at(recording: Recording) -> datetime | None:
    times = [
        event.at
        for event in _events(recording)
        if event.kind is EventKind.CONNECTION_STATE and event.value == "connected"
    ]
    return moment_of(min(times)) if times else None


def _events(recording: Recording) -> Iterator[PeerEvent]:
    yield from recording.events
    for peer in recording.peers:
        yield from peer.events


def times_of(recording: Recording) -> Iterator[int]:
    """When all that is in a recording was, nanoseconds since the epoch."""
    for peer in recording.peers:
        yield from _snapshot_times(peer)
    yield from (event.at for event in _events(recording))


def _snapshots(recording: Recording) -> int:
    return sum(1 for peer in recording.peers for _ in _snapshot_times(peer))


def _snapshot_times(peer: PeerRecording) -> Iterator[int]:
    yield from (snapshot.at for snapshot in peer.snapshots)
    for run in peer.runs:
        yield from run.at


def moment_of(nanoseconds: int) -> datetime:
    """An instant, in whole microseconds."""
    return _EPOCH + timedelta(microseconds=nanoseconds // 1000)


def merged(sightings: Iterable[Sighting]) -> list[Sighting]:
    """One sighting for each peer, of what several say; what different tokens say is not mixed."""
    found: dict[tuple[int, str, str | None], Sighting] = {}
    for new in sightings:
        key = (new.workspace_id, new.peer_id, new.participant_id)
        found[key] = _joined(found[key], new) if key in found else new
    return list(found.values())


def _joined(one: Sighting, other: Sighting) -> Sighting:
    older, newer = sorted((one, other), key=lambda each: each.last_at)
    connected = [each.connected_at for each in (one, other) if each.connected_at is not None]
    # Some clients name their kit and their machine once, when they join.
    kit = newer if newer.sdk else older
    return msgspec.structs.replace(
        newer,
        sdk=kit.sdk,
        sdk_version=kit.sdk_version,
        machine=kit.machine,
        first_at=min(one.first_at, other.first_at),
        connected_at=min(connected, default=None),
        has_left=newer.has_left,
        labels={**older.labels, **newer.labels},
    )
