"""Client keys: what browsers report with."""

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody
from msgspec import Meta

from sonde.api.body import decode_json
from sonde.api.native.call import Call, require_json
from sonde.api.native.operation import describe
from sonde.api.native.paging import Page, page_by_id
from sonde.api.native.query import PageQuery, Query, read_id, read_query
from sonde.api.use_cases import UseCases
from sonde.model.people import Access
from sonde.model.sightings import ClientKey


class ClientKeyBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a key shall be like.

    Attributes:
        label: what it is for.
    """

    label: Annotated[str, Meta(min_length=1, max_length=255)]


class ClientKeyItem(msgspec.Struct, frozen=True, kw_only=True):
    """A key with which any number of browsers may report to the workspace, and do nothing else.

    Attributes:
        key_id: its number.
        prefix: the beginning of its secret.
        label: what it is for.
        created_by: who made it.
        created_at: when it was made.
        revoked_at: when it was ended; null while it works.
    """

    key_id: int
    prefix: str
    label: str
    created_by: str
    created_at: datetime
    revoked_at: datetime | None


class NewClientKey(ClientKeyItem, frozen=True, kw_only=True):
    """A new key. Its secret is shown this once.

    Attributes:
        secret: what browsers report with.
    """

    secret: str


_body = msgspec.json.Decoder(ClientKeyBody)


@get(
    "/client-keys",
    opt=describe(tag="Client keys", summary="List client keys", query=PageQuery, answer=Page[ClientKeyItem]),
    sync_to_thread=True,
)
def list_client_keys(
    request: Call, use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Page[ClientKeyItem]:
    """The client keys of the workspace by number, the ended ones too."""
    query = read_query(request, PageQuery)
    shown = [ClientKeyItem(**_fields(key)) for key in use_cases.reporting.list_keys(access)]
    return page_by_id(shown, query, key=lambda each: each.key_id)


@post(
    "/client-keys",
    opt=describe(
        tag="Client keys",
        summary="Make a client key",
        body=ClientKeyBody,
        answer=NewClientKey,
        status=201,
        body_example={"label": "web app"},
    ),
    sync_to_thread=True,
)
def create_client_key(
    request: Call, body: RawBody, use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Response[NewClientKey]:
    """Make a client key. Whoever has it can report to the workspace; it opens nothing else."""
    read_query(request, Query)
    require_json(request)
    made = use_cases.reporting.create_key(access, decode_json(body, _body).label)
    return Response(NewClientKey(secret=made.secret, **_fields(made.key)), status_code=201)


@delete(
    "/client-keys/{key_id:str}",
    opt=describe(tag="Client keys", summary="End a client key", status=204),
    status_code=204,
    sync_to_thread=True,
)
def revoke_client_key(
    request: Call,
    key_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> None:
    """End a client key; where it was used just now, within ten seconds."""
    read_query(request, Query)
    use_cases.reporting.revoke_key(access, read_id(key_id, "key_id"))


HANDLERS: Final = (list_client_keys, create_client_key, revoke_client_key)


def _fields(key: ClientKey) -> dict[str, Any]:
    return msgspec.structs.asdict(key)
