"""Files of client statistics: kept in pieces as tier 0, then read into samples like any report."""

import asyncio
from collections.abc import Iterable
from io import BytesIO
from typing import Final

import msgspec

from sonde.model.errors import Conflict, Invalid
from sonde.model.imports import (
    IMPORTED,
    PIECE_MAX,
    PIECES_MAX,
    ImportedPeer,
    ImportRequest,
    ImportResult,
)
from sonde.model.people import Access
from sonde.model.reports import Report
from sonde.model.sightings import Sighting
from sonde.services.accounts import require_admin
from sonde.services.clock import Clock, utc_now
from sonde.services.evaluations import Evaluations
from sonde.services.report_reading import digest_of, read_file
from sonde.services.report_times import moment_of, times_of
from sonde.services.reports import nanoseconds, pack_report
from sonde.services.sessions import Sessions
from sonde.services.sighting_checks import checked_uuid
from sonde.spool import Spool
from sonde.store import Store
from sonde.store.conclusions import PeerKey
from sonde.store.reports import LAYOUT, insert_reports, insert_rows, select_payloads
from sonde.store.sample_rows import samples_in
from sonde.webrtc.reading import read_recording
from sonde.webrtc.recording import MalformedRecording, PeerRecording, Recording

PIECE: Final = "piece of a file"
MANIFEST: Final = "file"
"""Dialects of the payloads that a file makes: its pieces, and behind them what it is."""


class Imports:
    """Takes files of any kind that `sonde analyze` reads.

    Args:
        spool: where pieces wait for the store.
        store: where pieces and samples are kept.
        sessions: takes note of the peers.
        evaluations: works them out.
    """

    def __init__(
        self,
        spool: Spool,
        store: Store,
        *,
        sessions: Sessions,
        evaluations: Evaluations,
        now: Clock = utc_now,
    ) -> None:
        self._spool = spool
        self._store = store
        self._sessions = sessions
        self._evaluations = evaluations
        self._now = now

    async def keep(self, access: Access, file_id: str, number: int, piece: bytes) -> None:
        """Keep one piece of a file, on the disk when this returns; the same piece again changes nothing.

        Raises:
            Denied: not an administrator.
            Invalid: the id is no UUID, or the piece is too large, empty or one too many.
            Unavailable: it cannot be kept now, and should come again.
        """
        require_admin(access)
        if not 0 <= number < PIECES_MAX:
            raise Invalid(f"A file has at most {PIECES_MAX} pieces, counted from 0.", field="number")
        if not 0 < len(piece) <= PIECE_MAX:
            raise Invalid(f"A piece has 1 to {PIECE_MAX} bytes.")
        report = self._payload(access, checked_uuid(file_id, field="file_id"), number, piece, dialect=PIECE)
        await asyncio.shield(asyncio.wrap_future(self._spool.append([pack_report(report)])))

    def read(self, access: Access, file_id: str, wanted: ImportRequest) -> ImportResult:
        """Read a file whose pieces are all there; again, and nothing is doubled.

        Raises:
            Denied: not an administrator.
            Invalid: it is no file of client statistics.
            Conflict: a piece is not stored yet.
            Unavailable: the store or the directory cannot be used now.
        """
        require_admin(access)
        file_id = checked_uuid(file_id, field="file_id")
        workspace_id = access.workspace.workspace_id
        recording = read_pieces(self._store, workspace_id, file_id, wanted.pieces)
        manifest = self._payload(
            access, file_id, wanted.pieces, msgspec.json.encode(wanted), dialect=MANIFEST
        )
        manifest = msgspec.structs.replace(
            manifest,
            snapshots=sum(len(peer.snapshots) for peer in recording.peers),
            skipped=recording.notes.skipped,
            unknown=recording.notes.unknown,
        )
        peers, reports = [], [manifest]
        for report, peer in read_file(
            recording, workspace_id=workspace_id, file_id=file_id, received_at=manifest.received_at
        ):
            session_id = self._place(report, peer, wanted, recording)
            peers.append(
                ImportedPeer(
                    peer_id=report.peer_id,
                    label=peer.label,
                    session_id=session_id,
                    samples=sum(map(samples_in, report.streams)),
                )
            )
            reports.append(report)
        insert_rows(self._store, reports, token=f"{file_id}/{manifest.received_at}")
        insert_reports(self._store, [manifest], token=f"{file_id}/{manifest.received_at}/file")
        self._conclude(workspace_id, peers)
        notes = recording.notes
        return ImportResult(
            format=recording.format, peers=tuple(peers), skipped=notes.skipped, unknown=notes.unknown
        )

    def _place(
        self, report: Report, peer: PeerRecording, wanted: ImportRequest, recording: Recording
    ) -> str | None:
        """The session of one connection of a file; None when nothing in it has a time."""
        alone = msgspec.structs.replace(recording, peers=(peer,), events=())
        times = sorted(times_of(alone))
        if not times:
            return None
        sighting = Sighting(
            workspace_id=report.workspace_id,
            peer_id=report.peer_id,
            first_at=moment_of(times[0]),
            last_at=moment_of(times[-1]),
            meeting=wanted.meeting or wanted.name,
            has_left=True,
            name=peer.label[:255],
            user_agent=recording.user_agent[:1000],
            sdk=recording.format[:64],
        )
        return self._sessions.saw([sighting])[0].session_id

    def _conclude(self, workspace_id: int, peers: Iterable[ImportedPeer]) -> None:
        by_session = {peer.session_id or peer.peer_id: peer.peer_id for peer in peers}
        for peer_id in by_session.values():
            self._evaluations.conclude_again(PeerKey(workspace_id, peer_id))

    def _payload(self, access: Access, file_id: str, number: int, payload: bytes, *, dialect: str) -> Report:
        return Report(
            workspace_id=access.workspace.workspace_id,
            peer_id=file_id,
            number=number,
            digest=digest_of(payload),
            received_at=nanoseconds(self._now()),
            source_id=IMPORTED,
            dialect=dialect,
            payload=payload,
            layout=LAYOUT,
        )


def read_pieces(store: Store, workspace_id: int, file_id: str, pieces: int) -> Recording:
    """What a file in tier 0 says.

    Raises:
        Conflict: a piece is not stored yet.
        Invalid: it is no file of client statistics.
        Unavailable: the store failed.
    """
    found = select_payloads(store, workspace_id, file_id, dialect=PIECE)
    if any(number not in found for number in range(pieces)):
        raise Conflict("Not all pieces of the file are stored yet.", hint="Ask again in a second.")
    whole = b"".join(found[number] for number in range(pieces))
    try:
        return read_recording(BytesIO(whole))
    except MalformedRecording as error:
        raise Invalid(f"The file cannot be read: {error}.") from error
