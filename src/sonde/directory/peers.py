"""Peers of a workspace."""

from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Row, and_, bindparam, case, extract, func, or_, select, update
from sqlalchemy.orm import Session

from sonde.directory.call_tables import PeerRow, SessionRow, possible_id
from sonde.directory.duplicates import refusing_duplicates
from sonde.directory.meetings import participant_of
from sonde.directory.records import PeerNews, SilentPeer
from sonde.directory.session_events import SessionEventRepository
from sonde.model.listing import PeerFilter
from sonde.model.peers import Device, LeaveReason, Peer, Place
from sonde.model.presence import Presence
from sonde.model.sessions import ViewType
from sonde.model.webhooks import EventKind, SessionEvent

HELD_AT_ONCE: Final = 500
"""Most peers in one statement, which may have so many parameters only."""

_ADVANCE: Final = (
    update(PeerRow)
    .where(PeerRow.workspace_id == bindparam("of"), PeerRow.id == bindparam("peer"))
    .values(
        last_seen_at=case(
            (PeerRow.last_seen_at < bindparam("seen"), bindparam("seen")), else_=PeerRow.last_seen_at
        ),
        heard_at=bindparam("heard"),
    )
)


class PeerRepository:
    """Reads and writes peers. Their coming and leaving becomes an event here, whoever decided it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._events = SessionEventRepository(session)

    def add(self, peer: Peer) -> None:
        """Add a peer.

        Raises:
            Conflict: the workspace has one of that id.
        """
        row = PeerRow(
            workspace_id=peer.workspace_id,
            id=peer.peer_id,
            session_id=peer.session_id,
            participant_id=peer.participant.participant_id,
        )
        with refusing_duplicates(self._session, f"There is a peer {peer.peer_id} already.", field="peer_id"):
            _fill(row, peer)
            self._session.add(row)
        self._tell(peer, EventKind.JOINED, peer.joined_at)
        if peer.left_at is not None:
            self._tell(peer, EventKind.LEFT, peer.left_at)

    def get(self, workspace_id: int, peer_id: str) -> Peer | None:
        """The workspace's peer of that id, if there is one."""
        row = self._session.get(PeerRow, (workspace_id, possible_id(peer_id)), populate_existing=True)
        return _peer(row) if row else None

    def meeting_of(self, workspace_id: int, peer_id: str) -> str | None:
        """The meeting that a peer of the workspace is in; None when there is no such peer."""
        query = (
            select(SessionRow.meeting_id)
            .join(PeerRow, PeerRow.session_id == SessionRow.id)
            .where(PeerRow.workspace_id == workspace_id, PeerRow.id == possible_id(peer_id))
        )
        return self._session.scalar(query)

    def session_of(self, workspace_id: int, peer_id: str) -> str | None:
        """The session of a peer of the workspace; None when there is no such peer."""
        query = select(PeerRow.session_id)
        return self._session.scalar(
            query.where(PeerRow.workspace_id == workspace_id, PeerRow.id == possible_id(peer_id))
        )

    def ids_of_session(self, workspace_id: int, session_id: str) -> list[str]:
        """The ids of a session's peers, in their own order."""
        query = select(PeerRow.id).where(
            PeerRow.workspace_id == workspace_id, PeerRow.session_id == session_id
        )
        # Put in order here: asked to, SQLite would walk through all of the workspace's peers in that order.
        return sorted(self._session.scalars(query))

    def of_session(
        self, workspace_id: int, session_id: str, *, participant_id: str | None = None
    ) -> list[Peer]:
        """A session's peers, or those of one participant in it, in the order in which they came."""
        query = select(PeerRow).where(PeerRow.workspace_id == workspace_id, PeerRow.session_id == session_id)
        if participant_id is not None:
            query = query.where(PeerRow.participant_id == participant_id)
        return [_peer(row) for row in self._session.scalars(query.order_by(PeerRow.created_at, PeerRow.id))]

    def in_sessions(self, session_ids: Collection[str]) -> dict[str, list[Peer]]:
        """The peers of each of the given sessions, in the order in which they came."""
        query = select(PeerRow).where(PeerRow.session_id.in_(session_ids))
        found: dict[str, list[Peer]] = {session_id: [] for session_id in session_ids}
        for row in self._session.scalars(query.order_by(PeerRow.created_at, PeerRow.id)):
            found[row.session_id].append(_peer(row))
        return found

    def of_sessions(self, session_ids: Collection[str], wanted: PeerFilter) -> dict[str, list[str]]:
        """The ids of each session's peers that run what is wanted; sessions without one are left out."""
        query = select(PeerRow.session_id, PeerRow.id).where(
            PeerRow.session_id.in_(session_ids), *of_program(wanted)
        )
        found: dict[str, list[str]] = {}
        for session_id, peer_id in self._session.execute(query):
            found.setdefault(session_id, []).append(peer_id)
        return found

    def present(self, session_id: str) -> list[Peer]:
        """A session's peers that have not left."""
        query = select(PeerRow).where(PeerRow.session_id == session_id, PeerRow.left_at.is_(None))
        return [_peer(row) for row in self._session.scalars(query.order_by(PeerRow.id))]

    def presences(self, session_ids: Collection[str], *, now: datetime) -> dict[str, list[Presence]]:
        """When who was in each of the given sessions."""
        if not session_ids:
            return {}
        query = select(
            PeerRow.session_id,
            PeerRow.participant_id,
            PeerRow.view_type,
            PeerRow.created_at,
            PeerRow.connected_at,
            PeerRow.last_seen_at,
            PeerRow.has_reported,
            PeerRow.left_at,
        ).where(PeerRow.session_id.in_(session_ids))
        found: dict[str, list[Presence]] = {session_id: [] for session_id in session_ids}
        for row in self._session.execute(query):
            found[row.session_id].append(_presence(row, now))
        return found

    def update(self, peer: Peer) -> None:
        """Replace what is kept of a peer, if there is one."""
        row = self._session.get(PeerRow, (peer.workspace_id, peer.peer_id))
        if row is None:
            return
        left_before = row.left_at
        _fill(row, peer)
        self._session.flush()
        if left_before is None and peer.left_at is not None:
            self._tell(peer, EventKind.LEFT, peer.left_at)
        elif left_before is not None and peer.left_at is None:
            self._tell(peer, EventKind.JOINED, peer.joined_at)

    def advance(self, news: Collection[PeerNews], *, heard: datetime) -> set[tuple[int, str]]:
        """Note that peers which report are still there.

        Returns:
            Workspace and id of those that were; the others have left, or never were.
        """
        there = self._hold(news)
        rows = [
            {"of": each.workspace_id, "peer": each.peer_id, "seen": each.last_seen_at, "heard": heard}
            for each in news
            if (each.workspace_id, each.peer_id) in there
        ]
        if rows:
            self._session.connection().execute(_ADVANCE, rows)
        return there

    def is_anybody_in(self, session_id: str, *, lag: timedelta | None = None) -> bool:
        """Whether a session has peers that have not left.

        Args:
            session_id: of the session.
            lag: count only those whose latest sample was younger, by whole seconds, when it came; and those
                that only the application spoke of.
        """
        query = select(PeerRow.id).where(PeerRow.session_id == session_id, PeerRow.left_at.is_(None))
        if lag is not None:
            age = extract("epoch", PeerRow.heard_at) - extract("epoch", PeerRow.last_seen_at)
            query = query.where(or_(~PeerRow.has_reported, age < lag.total_seconds()))
        return self._session.scalar(query.limit(1)) is not None

    def was_anybody_in(self, session_id: str, since: datetime) -> bool:
        """Whether a session has peers that sent samples, or left, at a moment or later."""
        known_until = func.coalesce(PeerRow.left_at, PeerRow.last_seen_at)
        query = select(PeerRow.id).where(PeerRow.session_id == session_id, known_until >= since)
        return self._session.scalar(query.limit(1)) is not None

    def last_left(self, session_id: str) -> datetime | None:
        """When the last of those who left a session did so; None when nobody has."""
        return self._session.scalar(select(func.max(PeerRow.left_at)).where(PeerRow.session_id == session_id))

    def silent(self, *, reporting_since: datetime, announced_since: datetime) -> list[SilentPeer]:
        """Peers of all workspaces that have not left and that were not heard of since.

        Args:
            reporting_since: for those that sent reports.
            announced_since: for those that only the application spoke of.
        """
        query = (
            select(PeerRow, SessionRow.meeting_id)
            .join(SessionRow, SessionRow.id == PeerRow.session_id)
            .where(
                PeerRow.left_at.is_(None),
                # What follows says as much, but only by this one the index of those present is used.
                PeerRow.heard_at < max(reporting_since, announced_since),
                or_(
                    and_(PeerRow.has_reported, PeerRow.heard_at < reporting_since),
                    and_(~PeerRow.has_reported, PeerRow.heard_at < announced_since),
                ),
            )
            .order_by(PeerRow.workspace_id, SessionRow.meeting_id, PeerRow.id)
        )
        return [
            SilentPeer(
                workspace_id=row.workspace_id,
                peer_id=row.id,
                session_id=row.session_id,
                meeting_id=meeting_id,
                has_reported=row.has_reported,
                created_at=row.created_at,
                last_seen_at=row.last_seen_at,
                heard_at=row.heard_at,
            )
            for row, meeting_id in self._session.execute(query)
        ]

    def _tell(self, peer: Peer, kind: EventKind, at: datetime) -> None:
        event = SessionEvent(
            kind=kind,
            workspace_id=peer.workspace_id,
            session_id=peer.session_id,
            peer_id=peer.peer_id,
            at=at,
        )
        self._events.add(event)

    def _hold(self, news: Collection[PeerNews]) -> set[tuple[int, str]]:
        """Those of them that report and have not left. They stay so until the transaction ends."""
        held: set[tuple[int, str]] = set()
        # All take the locks in this order, so that no two wait for each other.
        ordered = sorted((each.workspace_id, each.peer_id) for each in news)
        for workspace_id, of_workspace in groupby(ordered, key=lambda each: each[0]):
            peer_ids = [peer_id for _, peer_id in of_workspace]
            for first in range(0, len(peer_ids), HELD_AT_ONCE):
                query = select(PeerRow.id).where(
                    PeerRow.workspace_id == workspace_id,
                    PeerRow.id.in_(peer_ids[first : first + HELD_AT_ONCE]),
                    PeerRow.has_reported,
                    PeerRow.left_at.is_(None),
                )
                query = query.order_by(PeerRow.id).with_for_update()
                held.update((workspace_id, peer_id) for peer_id in self._session.scalars(query))
        return held


def of_program(wanted: PeerFilter) -> list[ColumnElement[bool]]:
    """What is asked of the program that reports for a peer."""
    asked = {"sdk": wanted.sdk, "sdk_version": wanted.sdk_version}
    return [PeerRow.device[name].as_string() == text for name, text in asked.items() if text]


def _presence(row: Row[*tuple[Any, ...]], now: datetime) -> Presence:
    return Presence(
        participant_id=row.participant_id,
        view_type=ViewType(row.view_type),
        joined_at=row.connected_at or row.created_at,
        until=row.left_at or (row.last_seen_at if row.has_reported else now),
        is_there=row.left_at is None,
    )


def _fill(row: PeerRow, peer: Peer) -> None:
    row.view_type = peer.view_type
    row.device = msgspec.to_builtins(peer.device)
    row.place = msgspec.to_builtins(peer.place)
    row.labels = dict(peer.labels)
    row.created_at = peer.created_at
    row.connected_at = peer.connected_at
    row.last_seen_at = peer.last_seen_at
    row.heard_at = peer.heard_at
    row.has_reported = peer.has_reported
    row.left_at = peer.left_at
    row.leave_reason = peer.leave_reason


def _peer(row: PeerRow) -> Peer:
    return Peer(
        peer_id=row.id,
        workspace_id=row.workspace_id,
        session_id=row.session_id,
        participant=participant_of(row.participant),
        view_type=ViewType(row.view_type),
        device=msgspec.convert(row.device, Device),
        place=msgspec.convert(row.place, Place),
        labels=row.labels,
        created_at=row.created_at,
        connected_at=row.connected_at,
        last_seen_at=row.last_seen_at,
        heard_at=row.heard_at,
        has_reported=row.has_reported,
        left_at=row.left_at,
        leave_reason=LeaveReason(row.leave_reason) if row.leave_reason else None,
    )
