"""Webhooks of a workspace."""

from datetime import datetime

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from sonde.directory.call_tables import possible_id
from sonde.directory.webhook_tables import WebhookDeliveryRow, WebhookRow
from sonde.model.webhooks import EventKind, Webhook, WebhookSettings


class WebhookRepository:
    """Reads and writes webhooks."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, webhook: Webhook) -> None:
        """Add a webhook."""
        row = WebhookRow(
            id=webhook.webhook_id, workspace_id=webhook.workspace_id, created_at=webhook.created_at
        )
        _fill(row, webhook)
        self._session.add(row)
        self._session.flush()

    def all(self, workspace_id: int) -> list[Webhook]:
        """The workspace's webhooks, the one that was made first before the others."""
        query = select(WebhookRow).where(WebhookRow.workspace_id == workspace_id)
        return [
            _webhook(row)
            for row in self._session.scalars(query.order_by(WebhookRow.created_at, WebhookRow.id))
        ]

    def get(self, workspace_id: int, webhook_id: str) -> Webhook | None:
        """The workspace's webhook of that id, if there is one."""
        row = self._row(workspace_id, webhook_id)
        return _webhook(row) if row else None

    def hold(self, workspace_id: int, webhook_id: str) -> Webhook | None:
        """The same; nobody else changes it until the transaction ends."""
        row = self._row(workspace_id, webhook_id, holding=True)
        return _webhook(row) if row else None

    def update(self, webhook: Webhook) -> None:
        """Replace what is kept of a webhook, if there is one."""
        row = self._row(webhook.workspace_id, webhook.webhook_id)
        if row is not None:
            _fill(row, webhook)
            self._session.flush()

    def remove(self, workspace_id: int, webhook_id: str) -> bool:
        """Remove a webhook with its log. False when the workspace has no such webhook."""
        statement = delete(WebhookRow).where(
            WebhookRow.workspace_id == workspace_id, WebhookRow.id == possible_id(webhook_id)
        )
        return self._session.scalar(statement.returning(WebhookRow.id)) is not None

    def due(self, *, now: datetime, limit: int) -> list[Webhook]:
        """Webhooks of all workspaces for which something is due, the one that waited longest first."""
        due = (
            select(WebhookDeliveryRow.webhook_id, func.min(WebhookDeliveryRow.next_at).label("since"))
            .where(WebhookDeliveryRow.next_at <= now)
            .group_by(WebhookDeliveryRow.webhook_id)
            .subquery()
        )
        query = (
            select(WebhookRow)
            .join(due, due.c.webhook_id == WebhookRow.id)
            .where(WebhookRow.enabled, or_(WebhookRow.rests_until.is_(None), WebhookRow.rests_until <= now))
            .order_by(due.c.since, WebhookRow.id)
            .limit(limit)
        )
        return [_webhook(row) for row in self._session.scalars(query)]

    def _row(self, workspace_id: int, webhook_id: str, *, holding: bool = False) -> WebhookRow | None:
        query = select(WebhookRow).where(
            WebhookRow.workspace_id == workspace_id, WebhookRow.id == possible_id(webhook_id)
        )
        if holding:
            query = query.with_for_update().execution_options(populate_existing=True)
        return self._session.scalars(query).one_or_none()


def _fill(row: WebhookRow, webhook: Webhook) -> None:
    row.name = webhook.settings.name
    row.url = webhook.settings.url
    row.events = list(webhook.settings.events)
    row.enabled = webhook.settings.enabled
    row.failures = webhook.failures
    row.rests_until = webhook.rests_until
    row.updated_at = webhook.updated_at


def _webhook(row: WebhookRow) -> Webhook:
    return Webhook(
        webhook_id=row.id,
        workspace_id=row.workspace_id,
        settings=WebhookSettings(
            name=row.name,
            url=row.url,
            events=tuple(EventKind(each) for each in row.events),
            enabled=row.enabled,
        ),
        failures=row.failures,
        rests_until=row.rests_until,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
