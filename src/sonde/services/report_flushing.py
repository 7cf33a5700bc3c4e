"""What becomes of reports when they leave the spool."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

import msgspec
import structlog

from sonde.model.errors import Denied, NotFound, SondeError, Unavailable
from sonde.model.reports import Report
from sonde.model.sightings import SeenPeer, Sighting
from sonde.services.flusher import Flusher
from sonde.services.live_changes import Change, LiveChanges
from sonde.services.report_sightings import merged
from sonde.services.reports import unpack_report
from sonde.spool import Spool
from sonde.store import Store
from sonde.store.reports import insert_reports
from sonde.store.sample_rows import samples_in

INTERVAL: Final = 1.0
"""Seconds between two flushes: samples can be read a second and a half after they came, at the latest."""

SAMPLES_AT_ONCE: Final = 50_000
"""Samples of one insert, which take some 4 kB each while it goes on; one report may have a few more."""

See: TypeAlias = Callable[[Sequence[Sighting]], list[SeenPeer]]
"""Takes note of peers that were seen, and says where each belongs."""

_Claim: TypeAlias = tuple[int, str, str | None]
"""Workspace and peer of which a report speaks, and the participant whose token it came with."""

_log = structlog.get_logger()


def flush_reports(
    spool: Spool, store: Store, *, see: See, changes: LiveChanges, set_aside: Path
) -> Flusher[Report]:
    """What takes the reports of clients to the store, and their peers into sessions."""

    def insert(reports: Sequence[Report], token: str) -> None:
        # Whose samples can be read has a session, and is in the books.
        sightings = merged(report.sighting for report in reports if report.sighting)
        placed = _place(see, sightings)
        permitted = [_permitted(report, placed) for report in reports]
        for number, some in enumerate(_portions(permitted)):
            insert_reports(store, some, token=f"{token}/{number}")
        changes.announce([_change(each, placed.seen.get(each.peer_id)) for each in placed.sightings])

    return Flusher(spool, decode=unpack_report, insert=insert, set_aside=set_aside, interval=INTERVAL)


def _portions(reports: Sequence[Report]) -> Iterator[list[Report]]:
    """Reports whose samples fit into memory together: a few kilobytes can stand for a thousand ticks."""
    some, samples = list[Report](), 0
    for report in reports:
        has = sum(samples_in(row) for row in (*report.streams, *report.transports))
        if some and samples + has > SAMPLES_AT_ONCE:
            yield some
            some, samples = [], 0
        some.append(report)
        samples += has
    if some:
        yield some


class _Placed(NamedTuple):
    """The sightings that may be, where their peers belong, and why the others may not be."""

    sightings: list[Sighting]
    seen: dict[str, SeenPeer]
    refusals: dict[_Claim, str]


def _place(see: See, sightings: Sequence[Sighting]) -> _Placed:
    """Where peers belong. One without a place that is nobody else's keeps its samples all the same.

    Raises:
        Unavailable: the directory cannot be used now.
    """
    try:
        return _Placed(list(sightings), {seen.peer_id: seen for seen in see(sightings)}, {})
    except Unavailable:
        raise
    except SondeError as error:
        if len(sightings) > 1:
            return _joined([_place(see, [each]) for each in sightings])
        (sighting,) = sightings
        _log.warning("peer.not_placed", workspace_id=sighting.workspace_id, reason=error.message)
        if isinstance(error, (Denied, NotFound)):
            return _Placed([], {}, {_claim(sighting): error.message})
        return _Placed([sighting], {}, {})


def _joined(parts: Sequence[_Placed]) -> _Placed:
    return _Placed(
        [each for part in parts for each in part.sightings],
        {key: seen for part in parts for key, seen in part.seen.items()},
        {claim: reason for part in parts for claim, reason in part.refusals.items()},
    )


def _claim(sighting: Sighting) -> _Claim:
    return sighting.workspace_id, sighting.peer_id, sighting.participant_id


def _permitted(report: Report, placed: _Placed) -> Report:
    """The report, or only the note in the books that it came from somebody whose peer it is not."""
    reason = placed.refusals.get(_claim(report.sighting)) if report.sighting else None
    if reason is None:
        return report
    return msgspec.structs.replace(
        report,
        peer_id="",
        snapshots=0,
        refusal=reason,
        payload=b"",
        streams=[],
        transports=[],
        events=[],
        upload=None,
    )


def _change(sighting: Sighting, seen: SeenPeer | None) -> Change:
    return Change(
        workspace_id=sighting.workspace_id,
        peer_id=sighting.peer_id,
        session_id=seen.session_id if seen else None,
        last_at=sighting.last_at,
        has_left=sighting.has_left,
    )
