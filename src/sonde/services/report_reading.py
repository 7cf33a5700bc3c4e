"""What is known of a payload before it is acknowledged, and the rows that it becomes behind that."""

from collections import Counter
from collections.abc import Iterator
from hashlib import blake2b
from typing import Final

import msgspec

from sonde.model.errors import Invalid
from sonde.model.peers import peer_id_of
from sonde.model.reports import Report
from sonde.model.sightings import Place
from sonde.services.report_sightings import sighting_of
from sonde.services.report_times import KEPT_BY_PHONES, plausible, snapshots_in
from sonde.store.reports import LAYOUT, ReportRows
from sonde.webrtc.dialects import callstats, telnyx, videosdk
from sonde.webrtc.dialects.collector import Batch, batch_decoder, read_runs, read_times
from sonde.webrtc.recording import PeerRecording, Recording

OBJECT_TICKS_MAX: Final = 60_000
"""Most statistics objects in one batch, each counted once for every tick: 50 minutes of 20."""


def take_report(batch: Batch, payload: bytes, place: Place) -> Report:
    """What must be known of a batch before it is acknowledged: who was there, and when.

    Its statistics are read on the way to the store (`read_payload`), many batches one after the other, which
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
        snapshots=snapshots_in(recording),
        skipped=dict(skipped),
        sighting=sighting_of(batch, recording, place),
    )


def read_payload(report: Report) -> Report:
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
        snapshots=snapshots_in(recording),
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
