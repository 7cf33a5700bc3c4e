"""Tokens of call reports: what Telnyx SDKs upload with."""

from datetime import UTC, datetime, timedelta
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
from sonde.model.sightings import CallReportToken
from sonde.services.call_report_tokens import TTL_DEFAULT, TTL_MAX

SECOND: Final = timedelta(seconds=1)


class CallReportTokenBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a token shall be like.

    Attributes:
        email: of the member of the workspace whose reports they will be.
        label: what it is for.
        ttl: how long it works, seconds.
    """

    email: Annotated[str, Meta(min_length=3, max_length=254)]
    label: Annotated[str, Meta(min_length=1, max_length=255)]
    ttl: Annotated[int, Meta(ge=1, le=TTL_MAX // SECOND)] = TTL_DEFAULT // SECOND


class CallReportTokenItem(msgspec.Struct, frozen=True, kw_only=True):
    """A token with which Telnyx SDKs upload the call reports of one person, and do nothing else.

    Attributes:
        token_id: its number.
        prefix: the beginning of its secret.
        email: of the person it was made for.
        label: what it is for.
        created_by: who made it.
        created_at: when it was made.
        expires_at: when it works no more.
        revoked_at: when it was ended before that; null while it was not.
    """

    token_id: int
    prefix: str
    email: str
    label: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class NewCallReportToken(CallReportTokenItem, frozen=True, kw_only=True):
    """A new token. Its secret is shown this once.

    Attributes:
        secret: what SDKs send as `x-call-report-id`.
    """

    secret: str


_ITEM: Final = msgspec.to_builtins(
    CallReportTokenItem(
        token_id=3,
        prefix="snd_callreport_Q2xhc3Nl",
        email="ada@example.com",
        label="softphone",
        created_by="Ada (ada@example.com)",
        created_at=datetime(2026, 7, 29, 8, tzinfo=UTC),
        expires_at=datetime(2027, 7, 29, 8, tzinfo=UTC),
        revoked_at=None,
    )
)

_body = msgspec.json.Decoder(CallReportTokenBody)


@get(
    "/call-report-tokens",
    opt=describe(
        tag="Call report tokens",
        summary="List call report tokens",
        query=PageQuery,
        answer=Page[CallReportTokenItem],
        example={"items": [_ITEM], "next": None},
    ),
    sync_to_thread=True,
)
def list_call_report_tokens(
    request: Call, use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Page[CallReportTokenItem]:
    """The call report tokens of the workspace by number, the ended ones too."""
    query = read_query(request, PageQuery)
    shown = [CallReportTokenItem(**_fields(token)) for token in use_cases.call_report_tokens.all(access)]
    return page_by_id(shown, query, key=lambda each: each.token_id)


@post(
    "/call-report-tokens",
    opt=describe(
        tag="Call report tokens",
        summary="Make a call report token",
        body=CallReportTokenBody,
        answer=NewCallReportToken,
        example={**_ITEM, "secret": "snd_callreport_Q2xhc3Nl..."},
        status=201,
        body_example={"email": "ada@example.com", "label": "softphone"},
        errors=(404,),
    ),
    sync_to_thread=True,
)
def create_call_report_token(
    request: Call, body: RawBody, use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Response[NewCallReportToken]:
    """Make a token. Whoever has it can upload call reports to the workspace; it opens nothing else."""
    read_query(request, Query)
    require_json(request)
    wanted = decode_json(body, _body)
    made = use_cases.call_report_tokens.create(
        access, wanted.email, label=wanted.label, ttl=wanted.ttl * SECOND
    )
    return Response(NewCallReportToken(secret=made.secret, **_fields(made.token)), status_code=201)


@delete(
    "/call-report-tokens/{token_id:str}",
    opt=describe(tag="Call report tokens", summary="End a call report token", status=204),
    status_code=204,
    sync_to_thread=True,
)
def revoke_call_report_token(
    request: Call,
    token_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> None:
    """End a call report token, now."""
    read_query(request, Query)
    use_cases.call_report_tokens.revoke(access, read_id(token_id, "token_id"))


HANDLERS: Final = (list_call_report_tokens, create_call_report_token, revoke_call_report_token)


def _fields(token: CallReportToken) -> dict[str, Any]:
    return msgspec.structs.asdict(token)
