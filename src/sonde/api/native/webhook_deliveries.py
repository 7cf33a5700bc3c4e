"""The log of webhooks: what was sent, what was answered, and how to send it once more."""

from datetime import UTC, datetime
from typing import Final

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from sonde.api.native.call import Call
from sonde.api.native.operation import describe
from sonde.api.native.paging import AfterId, Page, read_cursor, write_cursor
from sonde.api.native.query import PageQuery, Query, read_query, read_uuid
from sonde.api.native.units import Seconds
from sonde.api.use_cases import UseCases
from sonde.model.people import Access
from sonde.model.webhooks import Attempt, Delivery, DeliveryState, EventKind

TAG: Final = "Webhooks"


class DeliveryQuery(PageQuery, frozen=True, kw_only=True):
    """Which deliveries.

    Attributes:
        state: only those that are `pending`, `delivered` or `failed`.
    """

    state: DeliveryState | None = None


class AttemptItem(msgspec.Struct, frozen=True, kw_only=True):
    """One try to deliver.

    Attributes:
        at: when it began.
        seconds: how long it took.
        status: of the answer; null without one.
        error: why there was no answer; empty with one.
        answer: the beginning of the answer's body, at most 1024 bytes.
    """

    at: datetime
    seconds: Seconds
    status: int | None
    error: str
    answer: str


class DeliveryItem(msgspec.Struct, frozen=True, kw_only=True):
    """One event on its way to one webhook.

    Attributes:
        delivery_id: UUID, sent as `rtk-uuid`; the same in each attempt and each replay.
        event: what happened.
        session_id: to which session.
        state: `pending` until it is `delivered` or `failed`.
        created_at: when it was made.
        next_at: when it is tried next; null when it is done.
        attempt_count: how often it was tried.
        attempts: the last 20 of them, the earliest first.
        body: what is signed and sent, as text.
    """

    delivery_id: str
    event: EventKind
    session_id: str
    state: DeliveryState
    created_at: datetime
    next_at: datetime | None
    attempt_count: int
    attempts: list[AttemptItem]
    body: str


_EXAMPLE: Final = msgspec.to_builtins(
    DeliveryItem(
        delivery_id="8e7f3c34-5f0a-4f0e-8f44-3a3a4b1f7d52",
        event=EventKind.STARTED,
        session_id="6f9619ff-8b86-4011-b42d-00c04fc964ff",
        state=DeliveryState.DELIVERED,
        created_at=datetime(2026, 7, 29, 8, tzinfo=UTC),
        next_at=None,
        attempt_count=1,
        attempts=[
            AttemptItem(
                at=datetime(2026, 7, 29, 8, 0, 1, tzinfo=UTC),
                seconds=0.084,
                status=200,
                error="",
                answer="ok",
            )
        ],
        body='{"event":"meeting.started","meeting":{...}}',
    )
)


@get(
    "/webhooks/{webhook_id:str}/deliveries",
    opt=describe(
        tag=TAG,
        summary="List deliveries",
        query=DeliveryQuery,
        answer=Page[DeliveryItem],
        example={"items": [_EXAMPLE], "next": None},
    ),
    sync_to_thread=True,
)
def list_deliveries(
    request: Call,
    webhook_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Page[DeliveryItem]:
    """What was sent to a webhook in the last 30 days, and what waits for it; the newest first."""
    query = read_query(request, DeliveryQuery)
    below = None if query.cursor is None else read_cursor(query.cursor, AfterId).id
    found = use_cases.webhooks.deliveries(
        access,
        read_uuid(webhook_id, "webhook_id"),
        limit=query.limit + 1,
        below=below,
        state=query.state,
    )
    shown = found[: query.limit]
    has_more = len(found) > len(shown)
    return Page(
        items=[_item(each) for each in shown],
        next=write_cursor(AfterId(id=shown[-1].number)) if has_more else None,
    )


@get(
    "/webhooks/{webhook_id:str}/deliveries/{delivery_id:str}",
    opt=describe(tag=TAG, summary="Get a delivery", answer=DeliveryItem, example=_EXAMPLE),
    sync_to_thread=True,
)
def get_delivery(
    request: Call,
    webhook_id: FromPath[str],
    delivery_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> DeliveryItem:
    """One delivery of a webhook."""
    read_query(request, Query)
    return _item(
        use_cases.webhooks.delivery(
            access, read_uuid(webhook_id, "webhook_id"), read_uuid(delivery_id, "delivery_id")
        )
    )


@post(
    "/webhooks/{webhook_id:str}/deliveries/{delivery_id:str}/replay",
    opt=describe(tag=TAG, summary="Send a delivery once more", answer=DeliveryItem, example=_EXAMPLE),
    status_code=200,
    sync_to_thread=True,
)
def replay_delivery(
    request: Call,
    webhook_id: FromPath[str],
    delivery_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> DeliveryItem:
    """Send a delivery once more, whatever became of it: the same bytes under the same id."""
    read_query(request, Query)
    return _item(
        use_cases.webhooks.replay(
            access, read_uuid(webhook_id, "webhook_id"), read_uuid(delivery_id, "delivery_id")
        )
    )


HANDLERS: Final = (list_deliveries, get_delivery, replay_delivery)


def _item(delivery: Delivery) -> DeliveryItem:
    return DeliveryItem(
        delivery_id=delivery.delivery_id,
        event=delivery.event,
        session_id=delivery.session_id,
        state=delivery.state,
        created_at=delivery.created_at,
        next_at=delivery.next_at,
        attempt_count=delivery.attempt_count,
        attempts=[_attempt(each) for each in delivery.attempts],
        body=delivery.body.decode(),
    )


def _attempt(attempt: Attempt) -> AttemptItem:
    return AttemptItem(
        at=attempt.at,
        seconds=attempt.seconds,
        status=attempt.status,
        error=attempt.error,
        answer=attempt.answer,
    )
