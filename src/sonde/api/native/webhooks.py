"""Webhooks: where a workspace's events go."""

from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec
from litestar import Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody
from msgspec import Meta

from sonde.api.body import decode_json
from sonde.api.native.call import Call, require_json
from sonde.api.native.operation import describe
from sonde.api.native.paging import Page
from sonde.api.native.query import Query, read_query, read_uuid
from sonde.api.use_cases import UseCases
from sonde.model.people import Access
from sonde.model.webhooks import EventKind, Webhook, WebhookSettings
from sonde.services.webhook_targets import URL_LENGTH

TAG: Final = "Webhooks"


class WebhookBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a webhook shall be like.

    Attributes:
        name: shown to people.
        url: where events are posted: http or https, to a public address unless the server's setting
            `webhook_networks` allows others.
        events: which ones. Those of recordings and livestreams can be named and never come.
        enabled: whether events are written for it and sent; what waits while it is off is sent afterwards.
    """

    name: Annotated[str, Meta(min_length=1, max_length=255)]
    url: Annotated[str, Meta(min_length=1, max_length=URL_LENGTH)]
    events: Annotated[tuple[EventKind, ...], Meta(min_length=1, max_length=len(EventKind))]
    enabled: bool = True


class WebhookItem(msgspec.Struct, frozen=True, kw_only=True):
    """Where a workspace's events go.

    Attributes:
        webhook_id: UUID.
        name: shown to people.
        url: where events are posted.
        events: which ones.
        enabled: whether events are written for it and sent.
        failures: attempts that failed since the last one that reached a working receiver.
        rests_until: nothing is sent before, because of them; null when it does not rest.
        created_at: when it was made.
        updated_at: when people last changed it.
    """

    webhook_id: str
    name: str
    url: str
    events: tuple[EventKind, ...]
    enabled: bool
    failures: int
    rests_until: datetime | None
    created_at: datetime
    updated_at: datetime


_BODY: Final = {
    "name": "billing",
    "url": "https://hooks.example/sonde",
    "events": ["meeting.started", "meeting.ended"],
}
_ITEM: Final = msgspec.to_builtins(
    WebhookItem(
        webhook_id="0b0c1d86-1c7e-4c8f-9a53-4b3b6f0a7c11",
        name="billing",
        url="https://hooks.example/sonde",
        events=(EventKind.STARTED, EventKind.ENDED),
        enabled=True,
        failures=0,
        rests_until=None,
        created_at=datetime(2026, 7, 29, 8, tzinfo=UTC),
        updated_at=datetime(2026, 7, 29, 8, tzinfo=UTC),
    )
)

_body = msgspec.json.Decoder(WebhookBody)


@get(
    "/webhooks",
    opt=describe(
        tag=TAG, summary="List webhooks", answer=Page[WebhookItem], example={"items": [_ITEM], "next": None}
    ),
    sync_to_thread=True,
)
def list_webhooks(
    request: Call, use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Page[WebhookItem]:
    """The webhooks of the workspace, for its administrators; all on one page, the oldest first."""
    read_query(request, Query)
    return Page(items=[_item(each) for each in use_cases.webhooks.all(access)])


@post(
    "/webhooks",
    opt=describe(
        tag=TAG,
        summary="Make a webhook",
        body=WebhookBody,
        answer=WebhookItem,
        example=_ITEM,
        status=201,
        errors=(409,),
        body_example=_BODY,
    ),
    sync_to_thread=True,
)
def create_webhook(
    request: Call, body: RawBody, use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Response[WebhookItem]:
    """Make a webhook. It is told what happens from now on."""
    read_query(request, Query)
    require_json(request)
    made = use_cases.webhooks.create(access, _settings(decode_json(body, _body)))
    return Response(_item(made), status_code=201)


@get(
    "/webhooks/{webhook_id:str}",
    opt=describe(tag=TAG, summary="Get a webhook", answer=WebhookItem, example=_ITEM),
    sync_to_thread=True,
)
def get_webhook(
    request: Call,
    webhook_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> WebhookItem:
    """One webhook of the workspace."""
    read_query(request, Query)
    return _item(use_cases.webhooks.get(access, read_uuid(webhook_id, "webhook_id")))


@put(
    "/webhooks/{webhook_id:str}",
    opt=describe(
        tag=TAG,
        summary="Change a webhook",
        body=WebhookBody,
        answer=WebhookItem,
        example=_ITEM,
        body_example=_BODY,
    ),
    sync_to_thread=True,
)
def update_webhook(
    request: Call,
    webhook_id: FromPath[str],
    body: RawBody,
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> WebhookItem:
    """Replace all that can be chosen about a webhook. What waits for it goes to its new address."""
    read_query(request, Query)
    require_json(request)
    settings = _settings(decode_json(body, _body))
    return _item(use_cases.webhooks.update(access, read_uuid(webhook_id, "webhook_id"), settings))


@delete(
    "/webhooks/{webhook_id:str}",
    opt=describe(tag=TAG, summary="Remove a webhook", status=204),
    status_code=204,
    sync_to_thread=True,
)
def remove_webhook(
    request: Call,
    webhook_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> None:
    """Remove a webhook, all that waits for it, and its log."""
    read_query(request, Query)
    use_cases.webhooks.remove(access, read_uuid(webhook_id, "webhook_id"))


HANDLERS: Final = (list_webhooks, create_webhook, get_webhook, update_webhook, remove_webhook)


def _settings(body: WebhookBody) -> WebhookSettings:
    return WebhookSettings(name=body.name, url=body.url, events=body.events, enabled=body.enabled)


def _item(webhook: Webhook) -> WebhookItem:
    return WebhookItem(
        webhook_id=webhook.webhook_id,
        name=webhook.settings.name,
        url=webhook.settings.url,
        events=webhook.settings.events,
        enabled=webhook.settings.enabled,
        failures=webhook.failures,
        rests_until=webhook.rests_until,
        created_at=webhook.created_at,
        updated_at=webhook.updated_at,
    )
