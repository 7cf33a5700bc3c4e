"""Routes of webhooks: where an app's events go."""

from typing import Annotated, Any, Final

import msgspec
from litestar import Response, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody
from msgspec import UNSET, Meta, UnsetType

from sonde.api.realtimekit.body import read_body
from sonde.api.realtimekit.call import Call, read_uuid
from sonde.api.realtimekit.openapi import APP
from sonde.api.realtimekit.operation import describe
from sonde.api.realtimekit.schema import Answer, about
from sonde.api.realtimekit.units import show_moment
from sonde.api.use_cases import UseCases
from sonde.model.people import Access
from sonde.model.webhooks import EventKind, Webhook, WebhookSettings

WEBHOOK: Final = f"{APP}/webhooks/{{webhook_id:str}}"

Name = Annotated[str, Meta(min_length=1, max_length=255)]
Url = Annotated[str, Meta(min_length=1, max_length=2048)]
Events = Annotated[
    tuple[EventKind, ...],
    Meta(
        min_length=1,
        max_length=len(EventKind),
        description="Those of recordings and livestreams can be named and never come.",
    ),
]


class WebhookBody(msgspec.Struct, frozen=True, kw_only=True):
    """A whole webhook."""

    name: Name
    url: Url
    events: Events
    enabled: bool = True


class WebhookChange(msgspec.Struct, frozen=True, kw_only=True):
    """What shall be different about a webhook."""

    name: Name | UnsetType = UNSET
    url: Url | UnsetType = UNSET
    events: Events | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class WebhookItem(msgspec.Struct, frozen=True, kw_only=True):
    """One webhook."""

    id: str
    name: str
    url: Annotated[str, about("Where events are posted.")]
    events: tuple[EventKind, ...]
    enabled: bool
    created_at: str
    updated_at: str


_body: Final = msgspec.json.Decoder(WebhookBody)
_change: Final = msgspec.json.Decoder(WebhookChange)


@get(f"{APP}/webhooks", opt=describe(answer=Answer[list[WebhookItem]]), sync_to_thread=True)
def list_webhooks(
    use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Answer[list[WebhookItem]]:
    """List the webhooks of the app, the oldest first, for its administrators."""
    return Answer(data=[_shown(each) for each in use_cases.webhooks.all(access)])


@post(
    f"{APP}/webhooks",
    opt=describe(answer=Answer[WebhookItem], body=WebhookBody, status=201),
    sync_to_thread=True,
)
def create_webhook(
    request: Call,
    body: RawBody,
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Response[Answer[WebhookItem]]:
    """Make a webhook; it is told what happens from now on."""
    made = use_cases.webhooks.create(access, _settings(read_body(request, body, _body)))
    return Response(Answer(data=_shown(made)), status_code=201)


@get(f"{APP}/webhooks/all", opt=describe(answer=Answer[list[EventKind]]), sync_to_thread=False)
def list_webhook_events(access: NamedDependency[Access]) -> Answer[list[EventKind]]:  # noqa: ARG001 - it refuses strangers
    """List the events that a webhook can name."""
    return Answer(data=list(EventKind))


@get(WEBHOOK, opt=describe(answer=Answer[WebhookItem]), sync_to_thread=True)
def get_webhook(
    webhook_id: FromPath[str], use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Answer[WebhookItem]:
    """Show a webhook, to the app's administrators."""
    return Answer(data=_shown(use_cases.webhooks.get(access, read_uuid(webhook_id, "webhook_id"))))


@patch(WEBHOOK, opt=describe(answer=Answer[WebhookItem], body=WebhookChange), sync_to_thread=True)
def edit_webhook(
    request: Call,
    webhook_id: FromPath[str],
    body: RawBody,
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Answer[WebhookItem]:
    """Change what is named of a webhook; what waits for it goes to its new address."""
    wanted = read_body(request, body, _change)
    webhook_id = read_uuid(webhook_id, "webhook_id")
    known = use_cases.webhooks.get(access, webhook_id).settings
    changed = use_cases.webhooks.update(access, webhook_id, msgspec.structs.replace(known, **_named(wanted)))
    return Answer(data=_shown(changed))


@put(WEBHOOK, opt=describe(answer=Answer[WebhookItem], body=WebhookBody), sync_to_thread=True)
def replace_webhook(
    request: Call,
    webhook_id: FromPath[str],
    body: RawBody,
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Answer[WebhookItem]:
    """Say everything about a webhook anew; what waits for it goes to its new address."""
    settings = _settings(read_body(request, body, _body))
    changed = use_cases.webhooks.update(access, read_uuid(webhook_id, "webhook_id"), settings)
    return Answer(data=_shown(changed))


@delete(WEBHOOK, opt=describe(answer=Answer[WebhookItem]), status_code=200, sync_to_thread=True)
def delete_webhook(
    webhook_id: FromPath[str], use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Answer[WebhookItem]:
    """Remove a webhook, all that waits for it, and its log; shows what it was."""
    webhook_id = read_uuid(webhook_id, "webhook_id")
    known = use_cases.webhooks.get(access, webhook_id)
    use_cases.webhooks.remove(access, webhook_id)
    return Answer(data=_shown(known))


HANDLERS: Final = (
    list_webhooks,
    create_webhook,
    list_webhook_events,
    get_webhook,
    edit_webhook,
    replace_webhook,
    delete_webhook,
)


def _settings(body: WebhookBody) -> WebhookSettings:
    return WebhookSettings(**msgspec.structs.asdict(body))


def _named(change: WebhookChange) -> dict[str, Any]:
    """The members that were sent."""
    return {name: value for name, value in msgspec.structs.asdict(change).items() if value is not UNSET}


def _shown(webhook: Webhook) -> WebhookItem:
    return WebhookItem(
        id=webhook.webhook_id,
        **msgspec.structs.asdict(webhook.settings),
        created_at=show_moment(webhook.created_at),
        updated_at=show_moment(webhook.updated_at),
    )
