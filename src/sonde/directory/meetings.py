"""Meetings of a workspace, and the people enrolled in them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

import msgspec
from sqlalchemy import Row, Select, bindparam, or_, select
from sqlalchemy.orm import Session

from sonde.directory.call_tables import MeetingRow, ParticipantRow, possible_id
from sonde.directory.containing import Containing
from sonde.directory.duplicates import refusing_duplicates
from sonde.directory.keyset import before
from sonde.directory.numbered import count_through
from sonde.model.listing import MeetingFilter, NumberedPage, PageNumber, Position
from sonde.model.peers import Participant
from sonde.model.sessions import Meeting, MeetingOptions, MeetingSettings, MeetingStatus, ViewType

_table: Final = MeetingRow.__table__
_SOME: Final = select(_table).where(
    # Compared in a way that no index helps with, or SQLite would read all of the workspace's.
    _table.c.workspace_id + 0 == bindparam("workspace_id"),
    _table.c.id.in_(bindparam("ids", expanding=True)),
)


class MeetingRepository:
    """Reads and writes meetings."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self,
        workspace_id: int,
        settings: MeetingSettings,
        *,
        now: datetime,
        options: MeetingOptions | None = None,
    ) -> Meeting:
        """Add a meeting.

        Raises:
            Conflict: the workspace has one of that custom id.
        """
        row = MeetingRow(id=str(uuid4()), workspace_id=workspace_id, created_at=now)
        with refusing_duplicates(self._session, _taken(settings), field="custom_id"):
            _fill(row, settings, options or MeetingOptions(), now=now)
            self._session.add(row)
        return _meeting(row)

    def get(self, workspace_id: int, meeting_id: str) -> Meeting | None:
        """The workspace's meeting of that id, if there is one."""
        row = self._row(workspace_id, meeting_id)
        return _meeting(row) if row else None

    def some(self, workspace_id: int, meeting_ids: Collection[str]) -> dict[str, Meeting]:
        """Those of the given meetings that the workspace has, by id."""
        found = self._session.execute(_SOME, {"workspace_id": workspace_id, "ids": meeting_ids})
        return {row.id: _meeting(row) for row in found}

    def named(self, workspace_id: int, name: str) -> Meeting | None:
        """The workspace's meeting of that id or, if there is none, of that custom id."""
        query = select(MeetingRow).where(
            MeetingRow.workspace_id == workspace_id,
            or_(MeetingRow.id == name, MeetingRow.custom_id == name),
        )
        found = {row.id: row for row in self._session.scalars(query)}
        row = found.get(name) or next(iter(found.values()), None)
        return _meeting(row) if row else None

    def hold(self, workspace_id: int, meeting_id: str) -> Meeting | None:
        """As `get`; nobody else changes its sessions and peers before the transaction ends."""
        row = self._row(workspace_id, meeting_id, for_update=True)
        return _meeting(row) if row else None

    def page(
        self, workspace_id: int, *, limit: int, after: Position | None = None, search: str = ""
    ) -> list[Meeting]:
        """Meetings whose id or custom id is `search` or whose title has it, the newest first."""
        query = _wanted(workspace_id, MeetingFilter(search=search))
        if after:
            query = query.where(before(MeetingRow.created_at, MeetingRow.id, after))
        return [_meeting(row) for row in self._session.scalars(query.limit(limit))]

    def numbered(self, workspace_id: int, wanted: MeetingFilter, page: PageNumber) -> NumberedPage[Meeting]:
        """One page of the meetings that are wanted, the newest first."""
        return count_through(self._session, _wanted(workspace_id, wanted), page, _meeting)

    def has_rooms(self, workspace_id: int, meeting_id: str) -> bool:
        """Whether other meetings are breakout rooms of this one."""
        query = select(MeetingRow.id).where(
            MeetingRow.workspace_id == workspace_id, MeetingRow.parent_meeting_id == meeting_id
        )
        return self._session.scalar(query.limit(1)) is not None

    def update(
        self,
        workspace_id: int,
        meeting_id: str,
        settings: MeetingSettings,
        *,
        now: datetime,
        options: MeetingOptions | None = None,
    ) -> Meeting | None:
        """Replace a meeting's settings, and its options if there are any to put in their place.

        Returns:
            None when the workspace has no such meeting.

        Raises:
            Conflict: the workspace has another one of that custom id.
        """
        row = self._row(workspace_id, meeting_id)
        if row is None:
            return None
        with refusing_duplicates(self._session, _taken(settings), field="custom_id"):
            _fill(row, settings, options, now=now)
        return _meeting(row)

    def _row(self, workspace_id: int, meeting_id: str, *, for_update: bool = False) -> MeetingRow | None:
        query = select(MeetingRow).where(
            MeetingRow.workspace_id == workspace_id, MeetingRow.id == possible_id(meeting_id)
        )
        if for_update:
            # What was read before the lock was given may be old by now.
            query = query.with_for_update().execution_options(populate_existing=True)
        return self._session.scalars(query).one_or_none()


class ParticipantRepository:
    """Reads and writes the people enrolled in meetings."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, participant: Participant) -> Participant:
        """Add a participant.

        Raises:
            Conflict: the meeting has one of that custom id, or there is one of that id.
        """
        row = ParticipantRow(
            id=participant.participant_id,
            workspace_id=participant.workspace_id,
            meeting_id=participant.meeting_id,
            custom_id=participant.custom_id,
            created_at=participant.created_at,
        )
        with refusing_duplicates(
            self._session,
            f"The meeting has a participant {participant.custom_id} already.",
            field="custom_id",
        ):
            _fill_participant(row, participant)
            self._session.add(row)
        return participant_of(row)

    def get(self, workspace_id: int, participant_id: str) -> Participant | None:
        """The workspace's participant of that id, if there is one that was not removed."""
        row = self._row(workspace_id, participant_id)
        return participant_of(row) if row and row.removed_at is None else None

    def by_custom_id(self, workspace_id: int, meeting_id: str, custom_id: str) -> Participant | None:
        """The meeting's participant of that custom id, if there ever was one."""
        query = select(ParticipantRow).where(
            ParticipantRow.workspace_id == workspace_id,
            ParticipantRow.meeting_id == meeting_id,
            ParticipantRow.custom_id == custom_id,
        )
        row = self._session.scalars(query).one_or_none()
        return participant_of(row) if row else None

    def page(
        self, workspace_id: int, meeting_id: str, *, limit: int, after: Position | None = None
    ) -> list[Participant]:
        """Participants of a meeting, the newest first."""
        query = _enrolled(workspace_id, meeting_id)
        if after:
            query = query.where(before(ParticipantRow.created_at, ParticipantRow.id, after))
        return [participant_of(row) for row in self._session.scalars(query.limit(limit))]

    def numbered(self, workspace_id: int, meeting_id: str, page: PageNumber) -> NumberedPage[Participant]:
        """One page of the participants of a meeting, the newest first."""
        return count_through(self._session, _enrolled(workspace_id, meeting_id), page, participant_of)

    def update(self, participant: Participant) -> None:
        """Replace what is kept of a participant, if there is one."""
        row = self._row(participant.workspace_id, participant.participant_id)
        if row is not None:
            _fill_participant(row, participant)
            self._session.flush()

    def _row(self, workspace_id: int, participant_id: str) -> ParticipantRow | None:
        query = select(ParticipantRow).where(
            ParticipantRow.workspace_id == workspace_id, ParticipantRow.id == possible_id(participant_id)
        )
        return self._session.scalars(query).one_or_none()


def _enrolled(workspace_id: int, meeting_id: str) -> Select[ParticipantRow]:
    query = select(ParticipantRow).where(
        ParticipantRow.workspace_id == workspace_id,
        ParticipantRow.meeting_id == meeting_id,
        ParticipantRow.removed_at.is_(None),
    )
    return query.order_by(ParticipantRow.created_at.desc(), ParticipantRow.id.desc())


def participant_of(row: ParticipantRow) -> Participant:
    """The participant that a row holds."""
    return Participant(
        participant_id=row.id,
        workspace_id=row.workspace_id,
        meeting_id=row.meeting_id,
        custom_id=row.custom_id,
        name=row.name,
        preset=row.preset,
        view_type=ViewType(row.view_type),
        picture=row.picture,
        created_at=row.created_at,
        updated_at=row.updated_at,
        removed_at=row.removed_at,
    )


def _fill_participant(row: ParticipantRow, participant: Participant) -> None:
    row.name = participant.name
    row.preset = participant.preset
    row.view_type = participant.view_type
    row.picture = participant.picture
    row.updated_at = participant.updated_at
    row.removed_at = participant.removed_at


def _wanted(workspace_id: int, wanted: MeetingFilter) -> Select[MeetingRow]:
    query = select(MeetingRow).where(MeetingRow.workspace_id == workspace_id)
    if wanted.search:
        query = query.where(
            or_(
                MeetingRow.id == wanted.search,
                MeetingRow.custom_id == wanted.search,
                Containing(MeetingRow.title, wanted.search),
            )
        )
    if wanted.since is not None:
        query = query.where(MeetingRow.created_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(MeetingRow.created_at < wanted.until)
    if wanted.status is not None:
        query = query.where(MeetingRow.status == wanted.status)
    return query.order_by(MeetingRow.created_at.desc(), MeetingRow.id.desc())


def _taken(settings: MeetingSettings) -> str:
    return f"There is a meeting with the custom id {settings.custom_id} already."


def _fill(
    row: MeetingRow, settings: MeetingSettings, options: MeetingOptions | None, *, now: datetime
) -> None:
    if options is not None:
        row.options = msgspec.to_builtins(options)
    row.custom_id = settings.custom_id
    row.title = settings.title
    row.preferred_region = settings.preferred_region
    row.keep_alive = settings.keep_alive
    row.status = settings.status
    row.parent_meeting_id = settings.parent_meeting_id
    row.updated_at = now


def _meeting(row: MeetingRow | Row[*tuple[Any, ...]]) -> Meeting:
    return Meeting(
        meeting_id=row.id,
        workspace_id=row.workspace_id,
        settings=MeetingSettings(
            title=row.title,
            custom_id=row.custom_id,
            preferred_region=row.preferred_region,
            keep_alive=row.keep_alive,
            status=MeetingStatus(row.status),
            parent_meeting_id=row.parent_meeting_id,
        ),
        options=msgspec.convert(row.options, MeetingOptions),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
