"""Sessions of a workspace."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import Row, bindparam, or_, select
from sqlalchemy.orm import Session as Database
from sqlalchemy.orm import aliased

from sonde.directory.call_tables import PeerRow, SessionRow, possible_id
from sonde.directory.keyset import before
from sonde.directory.session_conditions import of_all
from sonde.directory.session_events import SessionEventRepository
from sonde.directory.session_lists import SessionList
from sonde.directory.untold_talk import UntoldTalkRepository
from sonde.model.listing import PageNumber, Position, SessionFilter, SessionListing
from sonde.model.sessions import EndReason, Session, Totals
from sonde.model.webhooks import EventKind, SessionEvent

SECOND: Final = timedelta(seconds=1)

# Made once and of columns alone: objects of rows, and making the statements, take as long as all the rest.
_table: Final = SessionRow.__table__
_NAMED: Final = _table.c.id.in_(bindparam("ids", expanding=True))
_ROWS: Final = select(*(each for each in _table.c if each.name != "totals")).where(_NAMED)
_TOTALS: Final = select(_table.c.id, _table.c.totals).where(_NAMED, _table.c.ended_at.is_not(None))


class SessionRepository:
    """Reads and writes sessions. When one begins and ends is decided by the caller.

    That it did becomes an event here, whoever decided it.
    """

    def __init__(self, session: Database) -> None:
        self._session = session
        self._events = SessionEventRepository(session)
        self._untold = UntoldTalkRepository(session)

    def add(self, session: Session) -> None:
        """Add a session."""
        row = SessionRow(
            id=session.session_id,
            workspace_id=session.workspace_id,
            meeting_id=session.meeting_id,
            parent_session_id=session.parent_session_id,
            created_at=session.created_at,
        )
        _fill(row, session, totals=None)
        self._session.add(row)
        self._session.flush()
        self._tell(session, EventKind.STARTED, session.started_at)

    def get(self, workspace_id: int, session_id: str) -> Session | None:
        """The workspace's session of that id, if there is one."""
        row = self._row(workspace_id, session_id)
        return session_of(row) if row else None

    def around(self, meeting_id: str, *, since: datetime, until: datetime) -> list[Session]:
        """A meeting's sessions that began by `until` and went on after `since`, the newest first."""
        query = select(SessionRow).where(
            SessionRow.meeting_id == meeting_id,
            SessionRow.started_at <= until,
            or_(SessionRow.ended_at.is_(None), SessionRow.ended_at > since),
        )
        query = query.order_by(SessionRow.started_at.desc(), SessionRow.id.desc())
        return [session_of(row) for row in self._session.scalars(query)]

    def page(
        self, workspace_id: int, wanted: SessionFilter, *, limit: int, after: Position | None = None
    ) -> list[Session]:
        """The workspace's sessions, the one that began last first."""
        query = select(SessionRow).where(*of_all(workspace_id, SessionListing(wanted=wanted)))
        if after:
            query = query.where(before(SessionRow.started_at, SessionRow.id, after))
        query = query.order_by(SessionRow.started_at.desc(), SessionRow.id.desc()).limit(limit)
        return [session_of(row) for row in self._session.scalars(query)]

    def numbered(
        self, workspace_id: int, listing: SessionListing, page: PageNumber, *, now: datetime
    ) -> tuple[list[Session], int]:
        """One page of the workspace's sessions, and how many there are on all.

        Args:
            workspace_id: whose.
            listing: which, and in which order.
            page: which of the pages.
            now: until when those count who are there and do not report.
        """
        wanted, total = SessionList(self._session, workspace_id, listing, now=now).page(page)
        # Ids and their order are in an index; whole rows are read of those alone that are shown.
        found = {row.id: session_of(row) for row in self._session.execute(_ROWS, {"ids": wanted})}
        return [found[session_id] for session_id in wanted], total

    def totals(self, session_ids: Collection[str]) -> dict[str, Totals]:
        """What ended sessions add up to, by id."""
        found = self._session.execute(_TOTALS, {"ids": session_ids})
        return {session_id: msgspec.convert(totals, Totals) for session_id, totals in found}

    def update(self, session: Session, *, totals: Totals | None) -> None:
        """Replace what is kept of a session; what it adds up to is kept of an ended one."""
        row = self._row(session.workspace_id, session.session_id)
        if row is None:
            return
        ended_before = row.ended_at
        _fill(row, session, totals=totals)
        self._session.flush()
        if ended_before is None and session.ended_at is not None:
            self._tell(session, EventKind.ENDED, session.ended_at)
            self._untold.add_all(session)
        elif ended_before is not None and session.ended_at is None:
            self._tell(session, EventKind.STARTED, session.started_at)

    def deserted(self) -> list[Session]:
        """Live sessions of all workspaces in which nobody is, nor in their breakout rooms."""
        room = aliased(SessionRow)
        query = select(SessionRow).where(
            SessionRow.ended_at.is_(None),
            ~select(PeerRow.id)
            .where(PeerRow.session_id == SessionRow.id, PeerRow.left_at.is_(None))
            .exists(),
            ~select(room.id).where(room.parent_session_id == SessionRow.id, room.ended_at.is_(None)).exists(),
        )
        # Put in order here: asked to, SQLite would walk through all sessions in that order.
        live = [session_of(row) for row in self._session.scalars(query)]
        return sorted(live, key=lambda session: session.session_id)

    def rooms_of(self, session_id: str) -> list[Session]:
        """The breakout rooms of a session, in the order in which they began."""
        query = select(SessionRow).where(SessionRow.parent_session_id == session_id)
        query = query.order_by(SessionRow.started_at, SessionRow.id)
        return [session_of(row) for row in self._session.scalars(query)]

    def _tell(self, session: Session, kind: EventKind, at: datetime) -> None:
        event = SessionEvent(
            kind=kind, workspace_id=session.workspace_id, session_id=session.session_id, at=at
        )
        self._events.add(event)

    def _row(self, workspace_id: int, session_id: str) -> SessionRow | None:
        query = select(SessionRow).where(
            SessionRow.workspace_id == workspace_id, SessionRow.id == possible_id(session_id)
        )
        # What was read before its meeting was held may be old by now.
        return self._session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def session_of(row: SessionRow | Row[*tuple[Any, ...]]) -> Session:
    """The session that a row holds."""
    return Session(
        session_id=row.id,
        workspace_id=row.workspace_id,
        meeting_id=row.meeting_id,
        parent_session_id=row.parent_session_id,
        started_at=row.started_at,
        ended_at=row.ended_at,
        end_reason=EndReason(row.end_reason) if row.end_reason else None,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _fill(row: SessionRow, session: Session, *, totals: Totals | None) -> None:
    row.started_at = session.started_at
    row.ended_at = session.ended_at
    row.end_reason = session.end_reason
    row.totals = None if totals is None else msgspec.to_builtins(totals)
    row.participants = None if totals is None else totals.participants
    row.participant_minutes = None if totals is None else totals.participant_minutes
    row.seconds = None if session.ended_at is None else (session.ended_at - session.started_at) // SECOND + 1
    row.updated_at = session.updated_at
