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

See: TypeAlias = Callable[[Sighting], SeenPeer]
"""Takes note of a sighted peer, and says where it belongs."""

_log = structlog.get_logger()


def flush_reports(
    spool: Spool, store: Store, *, see: See, changes: LiveChanges, set_aside: Path
) -> Flusher[Report]:
    """What takes the reports of clients to the store, and their peers into sessions."""

    def insert(reports: Sequence[Report], token: str) -> None:
        insert_reports(store, reports, token=token)
        sightings = merged(report.sighting for report in reports if report.sighting)
        changes.announce([_change(sighting, _place(see, sighting)) for sighting in sightings])

    return Flusher(spool, decode=unpack_report, insert=insert, set_aside=set_aside)


def _place(see: See, sighting: Sighting) -> SeenPeer | None:
    """Where a peer belongs; None when it cannot have a place, which must not keep its samples out.

    Raises:
        Unavailable: the directory cannot be used now.
    """
    try:
        return see(sighting)
    except Unavailable:
        raise
    except SondeError as error:
        _log.warning("peer.not_placed", workspace_id=sighting.workspace_id, reason=error.message)
        return None


def _change(sighting: Sighting, seen: SeenPeer | None) -> Change:
    return Change(
        workspace_id=sighting.workspace_id,
        peer_id=sighting.peer_id,
        session_id=seen and seen.session_id,
        last_at=sighting.last_at,
        has_left=sighting.has_left,
    )
