"""Chats and transcripts of ended sessions, until it is told that they can be fetched."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session as Database

from sonde.directory.chat import ChatRepository
from sonde.directory.talk_tables import UntoldTalkRow
from sonde.directory.transcripts import TranscriptRepository
from sonde.model.sessions import Session
from sonde.model.webhooks import EventKind, UntoldTalk


class UntoldTalkRepository:
    """Keeps what is not told yet. Whoever writes here holds the session's meeting."""

    def __init__(self, session: Database) -> None:
        self._session = session
        self._chat = ChatRepository(session)
        self._transcripts = TranscriptRepository(session)

    def add(self, session: Session, kind: EventKind, *, now: datetime) -> None:
        """Keep that something of a session is to be told, which changed last now."""
        row = self._session.get(UntoldTalkRow, (session.session_id, kind))
        if row is None:
            row = UntoldTalkRow(session_id=session.session_id, kind=kind, workspace_id=session.workspace_id)
            self._session.add(row)
        row.changed_at = now
        self._session.flush()

    def add_all(self, session: Session) -> None:
        """Keep that all there is of a session that ends is to be told."""
        for kind in self.kinds(session.session_id):
            self.add(session, kind, now=session.updated_at)

    def kinds(self, session_id: str) -> list[EventKind]:
        """Of what a session has, that which can be told: a chat, a transcript, both or neither."""
        kinds = [EventKind.CHAT] if self._chat.has_any(session_id) else []
        return [*kinds, EventKind.TRANSCRIPT] if self._transcripts.has_final(session_id) else kinds

    def settled(self, *, until: datetime, limit: int) -> list[UntoldTalk]:
        """What has not changed since a moment, in all workspaces, that which waited longest first."""
        query = select(UntoldTalkRow).where(UntoldTalkRow.changed_at <= until)
        query = query.order_by(UntoldTalkRow.changed_at, UntoldTalkRow.session_id, UntoldTalkRow.kind)
        return [
            UntoldTalk(
                kind=EventKind(row.kind),
                workspace_id=row.workspace_id,
                session_id=row.session_id,
                changed_at=row.changed_at,
            )
            for row in self._session.scalars(query.limit(limit))
        ]

    def take(self, talk: UntoldTalk) -> bool:
        """Remove what is about to be told. False when somebody else has, or when it has changed since."""
        statement = delete(UntoldTalkRow).where(
            UntoldTalkRow.session_id == talk.session_id,
            UntoldTalkRow.kind == talk.kind,
            UntoldTalkRow.changed_at == talk.changed_at,
        )
        return self._session.scalar(statement.returning(UntoldTalkRow.kind)) is not None
