"""What becomes of reports when they leave the spool."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import structlog

from sonde.model.errors import SondeError, Unavailable
from sonde.model.reports import Report
from sonde.model.sightings import SeenPeer, Sighting
from sonde.services.flusher import Flusher
from sonde.services.live_changes import Change, LiveChanges
from sonde.services.report_reading import merged
from sonde.services.reports import unpack_report
from sonde.spool import Spool
from sonde.store import Store
from sonde.store.reports import insert_reports

See: TypeAlias = Callable[[Sequence[Sighting]], list[SeenPeer]]
"""Takes note of peers that were seen, and says where each belongs."""

_log = structlog.get_logger()


def flush_reports(
    spool: Spool, store: Store, *, see: See, changes: LiveChanges, set_aside: Path
) -> Flusher[Report]:
    """What takes the reports of clients to the store, and their peers into sessions."""

    def insert(reports: Sequence[Report], token: str) -> None:
        # Whose samples can be read has a session, and is in the books.
        sightings = merged(report.sighting for report in reports if report.sighting)
        seen = _place(see, sightings)
        insert_reports(store, reports, token=token)
        changes.announce([_change(sighting, seen.get(sighting.peer_id)) for sighting in sightings])

    return Flusher(spool, decode=unpack_report, insert=insert, set_aside=set_aside)


def _place(see: See, sightings: Sequence[Sighting]) -> dict[str, SeenPeer]:
    """Where peers belong, by their ids. One without a place is left out: its samples are kept all the same.

    Raises:
        Unavailable: the directory cannot be used now.
    """
    try:
        return {seen.peer_id: seen for seen in see(sightings)}
    except Unavailable:
        raise
    except SondeError as error:
        if len(sightings) > 1:
            return {key: seen for each in sightings for key, seen in _place(see, [each]).items()}
        _log.warning("peer.not_placed", workspace_id=sightings[0].workspace_id, reason=error.message)
        return {}


def _change(sighting: Sighting, seen: SeenPeer | None) -> Change:
    return Change(
        workspace_id=sighting.workspace_id,
        peer_id=sighting.peer_id,
        session_id=seen.session_id if seen else None,
        last_at=sighting.last_at,
        has_left=sighting.has_left,
    )
