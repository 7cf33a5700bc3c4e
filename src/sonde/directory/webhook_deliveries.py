"""What is on its way to webhooks, and what became of it."""

from datetime import datetime

import msgspec
from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from sonde.directory.call_tables import possible_id
from sonde.directory.webhook_tables import WebhookDeliveryRow
from sonde.model.webhooks import Attempt, Delivery, DeliveryState, EventKind


class DeliveryRepository:
    """Reads and writes deliveries."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, delivery: Delivery) -> None:
        """Add a delivery; its number is given to it."""
        row = WebhookDeliveryRow(
            delivery_id=delivery.delivery_id,
            webhook_id=delivery.webhook_id,
            workspace_id=delivery.workspace_id,
            event=delivery.event,
            session_id=delivery.session_id,
            body=delivery.body,
            created_at=delivery.created_at,
        )
        _fill(row, delivery)
        self._session.add(row)

    def page(
        self,
        workspace_id: int,
        webhook_id: str,
        *,
        limit: int,
        below: int | None = None,
        state: DeliveryState | None = None,
    ) -> list[Delivery]:
        """A webhook's deliveries, the newest first, with numbers below one, or from the newest on."""
        query = _of(workspace_id, webhook_id)
        if below is not None:
            query = query.where(WebhookDeliveryRow.id < below)
        if state is not None:
            query = query.where(WebhookDeliveryRow.state == state)
        query = query.order_by(WebhookDeliveryRow.id.desc()).limit(limit)
        return [_delivery(row) for row in self._session.scalars(query)]

    def get(self, workspace_id: int, webhook_id: str, delivery_id: str) -> Delivery | None:
        """The webhook's delivery of that id, if there is one."""
        row = self._row(_of(workspace_id, webhook_id), delivery_id)
        return _delivery(row) if row else None

    def hold(self, workspace_id: int, webhook_id: str, delivery_id: str) -> Delivery | None:
        """The same; nobody else changes it until the transaction ends."""
        query = _of(workspace_id, webhook_id).with_for_update()
        row = self._row(query.execution_options(populate_existing=True), delivery_id)
        return _delivery(row) if row else None

    def hold_next(self, workspace_id: int, webhook_id: str, *, now: datetime) -> Delivery | None:
        """The oldest of a webhook's deliveries that are due and that nobody else holds."""
        query = _of(workspace_id, webhook_id).where(WebhookDeliveryRow.next_at <= now)
        query = query.order_by(WebhookDeliveryRow.id).limit(1).with_for_update(skip_locked=True)
        row = self._session.scalars(query).one_or_none()
        return _delivery(row) if row else None

    def update(self, delivery: Delivery) -> None:
        """Replace what became of a delivery, if it is still there."""
        row = self._session.get(WebhookDeliveryRow, delivery.number)
        if row is not None:
            _fill(row, delivery)
            self._session.flush()

    def forget(self, *, before: datetime) -> None:
        """Remove the deliveries of all workspaces that were made before a moment."""
        self._session.execute(delete(WebhookDeliveryRow).where(WebhookDeliveryRow.created_at < before))

    def _row(self, query: Select[WebhookDeliveryRow], delivery_id: str) -> WebhookDeliveryRow | None:
        query = query.where(WebhookDeliveryRow.delivery_id == possible_id(delivery_id))
        return self._session.scalars(query).one_or_none()


def _of(workspace_id: int, webhook_id: str) -> Select[WebhookDeliveryRow]:
    return select(WebhookDeliveryRow).where(
        WebhookDeliveryRow.workspace_id == workspace_id,
        WebhookDeliveryRow.webhook_id == possible_id(webhook_id),
    )


def _fill(row: WebhookDeliveryRow, delivery: Delivery) -> None:
    row.state = delivery.state
    row.next_at = delivery.next_at
    row.give_up_at = delivery.give_up_at
    row.attempt_count = delivery.attempt_count
    row.attempts = [msgspec.to_builtins(each) for each in delivery.attempts]


def _delivery(row: WebhookDeliveryRow) -> Delivery:
    return Delivery(
        number=row.id,
        delivery_id=row.delivery_id,
        webhook_id=row.webhook_id,
        workspace_id=row.workspace_id,
        event=EventKind(row.event),
        session_id=row.session_id,
        body=row.body,
        state=DeliveryState(row.state),
        created_at=row.created_at,
        next_at=row.next_at,
        give_up_at=row.give_up_at,
        attempt_count=row.attempt_count,
        attempts=msgspec.convert(row.attempts, tuple[Attempt, ...]),
    )
