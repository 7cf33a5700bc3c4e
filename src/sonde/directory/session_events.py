"""What happened to sessions and has not been told yet, written in the transaction in which it happened."""

import msgspec
from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from sonde.directory.webhook_tables import SessionEventRow, WebhookRow
from sonde.model.webhooks import EventKind, SessionEvent


class SessionEventRepository:
    """Keeps events until somebody takes them. Of a workspace that nobody asked about none are kept."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, event: SessionEvent) -> None:
        """Keep an event, if its workspace has a webhook."""
        if not self._session.scalar(select(exists().where(WebhookRow.workspace_id == event.workspace_id))):
            return
        self._session.add(SessionEventRow(**msgspec.structs.asdict(event)))
        self._session.flush()

    def waits(self) -> bool:
        """Whether there are any."""
        return bool(self._session.scalar(select(exists().select_from(SessionEventRow))))

    def take(self, *, limit: int) -> list[SessionEvent]:
        """Remove the oldest events that no other transaction is about to take, in order."""
        query = select(SessionEventRow).order_by(SessionEventRow.id).limit(limit)
        rows = list(self._session.scalars(query.with_for_update(skip_locked=True)))
        if rows:
            self._session.execute(
                delete(SessionEventRow).where(SessionEventRow.id.in_([row.id for row in rows]))
            )
        return [
            SessionEvent(
                kind=EventKind(row.kind),
                workspace_id=row.workspace_id,
                session_id=row.session_id,
                peer_id=row.peer_id,
                at=row.at,
                details=row.details,
            )
            for row in rows
        ]
