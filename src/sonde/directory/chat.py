"""Messages of sessions."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from sonde.directory.call_tables import SessionRow, possible_id
from sonde.directory.talk_tables import ChatMessageRow
from sonde.model.chat import ChatMessage, MessageKind
from sonde.model.listing import Position

ASKED_AT_ONCE: Final = 500
"""Most ids in one statement, which may have so many parameters only."""


class ChatRepository:
    """Reads and writes messages. Whose a session is, is looked at by the caller."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, message: ChatMessage) -> None:
        """Add a message that is not known yet."""
        row = ChatMessageRow(
            session_id=message.session_id,
            id=message.message_id,
            peer_id=message.peer_id,
            participant_id=message.participant_id,
            name=message.name,
            kind=message.kind,
            link=message.link,
            file_name=message.file_name,
            file_size=message.file_size,
            sent_at=message.sent_at,
        )
        _fill(row, message)
        self._session.add(row)

    def known(self, session_id: str, message_ids: Collection[str]) -> set[str]:
        """Those of the ids that the session has a message of, or had one that was deleted."""
        ids, found = list(message_ids), set[str]()
        for first in range(0, len(ids), ASKED_AT_ONCE):
            query = select(ChatMessageRow.id).where(
                ChatMessageRow.session_id == session_id,
                ChatMessageRow.id.in_(ids[first : first + ASKED_AT_ONCE]),
            )
            found.update(self._session.scalars(query))
        return found

    def count(self, session_id: str) -> int:
        """How many messages the session has, the deleted ones too."""
        query = select(func.count()).where(ChatMessageRow.session_id == session_id)
        return self._session.scalar(query) or 0

    def has_any(self, session_id: str) -> bool:
        """Whether the session has a message to show."""
        return self._session.scalar(_shown(session_id).limit(1)) is not None

    def get(self, session_id: str, message_id: str) -> ChatMessage | None:
        """The session's message of that id, if there is one to show."""
        row = self._row(session_id, message_id)
        return _message(row) if row else None

    def page(self, session_id: str, *, limit: int, after: Position | None = None) -> list[ChatMessage]:
        """The session's messages behind a position, oldest first."""
        return self._page(_shown(session_id), limit=limit, after=after)

    def page_of_room(
        self,
        workspace_id: int,
        meeting_id: str,
        *,
        since: datetime | None,
        limit: int,
        after: Position | None = None,
    ) -> list[ChatMessage]:
        """What is to be read in a meeting, behind a position, oldest first.

        Args:
            workspace_id: whose.
            meeting_id: the meeting.
            since: of sessions that have ended, what was written from then on; None for nothing of it.
            limit: most messages.
            after: where the page before ended.
        """
        is_live = SessionRow.ended_at.is_(None)
        query = select(ChatMessageRow).join(SessionRow, SessionRow.id == ChatMessageRow.session_id)
        query = query.where(
            SessionRow.workspace_id == workspace_id,
            SessionRow.meeting_id == possible_id(meeting_id),
            ChatMessageRow.deleted_at.is_(None),
            is_live if since is None else or_(is_live, ChatMessageRow.sent_at >= since),
        )
        return self._page(query, limit=limit, after=after)

    def update(self, message: ChatMessage) -> None:
        """Replace what may change about a message: its text, and whether it is pinned."""
        row = self._row(message.session_id, message.message_id)
        if row is not None:
            _fill(row, message)
            self._session.flush()

    def delete(self, session_id: str, message_id: str, *, now: datetime) -> bool:
        """Forget what a message said. False when there is no such message."""
        row = self._row(session_id, message_id)
        if row is None:
            return False
        row.name = row.text = row.link = row.file_name = ""
        row.peer_id = row.participant_id = row.file_size = None
        row.deleted_at = now
        self._session.flush()
        return True

    def _page(
        self, query: Select[ChatMessageRow], *, limit: int, after: Position | None
    ) -> list[ChatMessage]:
        if after:
            moment, message_id = ChatMessageRow.sent_at, ChatMessageRow.id
            query = query.where(
                or_(moment > after.at, and_(moment == after.at, message_id > after.record_id))
            )
        query = query.order_by(ChatMessageRow.sent_at, ChatMessageRow.id).limit(limit)
        return [_message(row) for row in self._session.scalars(query)]

    def _row(self, session_id: str, message_id: str) -> ChatMessageRow | None:
        query = _shown(session_id).where(ChatMessageRow.id == possible_id(message_id))
        return self._session.scalars(query).one_or_none()


def _shown(session_id: str) -> Select[ChatMessageRow]:
    return select(ChatMessageRow).where(
        ChatMessageRow.session_id == session_id, ChatMessageRow.deleted_at.is_(None)
    )


def _fill(row: ChatMessageRow, message: ChatMessage) -> None:
    row.text = message.text
    row.is_pinned = message.is_pinned
    row.edited_at = message.edited_at


def _message(row: ChatMessageRow) -> ChatMessage:
    return ChatMessage(
        message_id=row.id,
        session_id=row.session_id,
        peer_id=row.peer_id,
        participant_id=row.participant_id,
        name=row.name,
        kind=MessageKind(row.kind),
        text=row.text,
        link=row.link,
        file_name=row.file_name,
        file_size=row.file_size,
        is_pinned=row.is_pinned,
        sent_at=row.sent_at,
        edited_at=row.edited_at,
    )
