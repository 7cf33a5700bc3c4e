"""Summaries of sessions: asked for, watched, and fetched."""

from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody
from msgspec import Meta

from sonde.api.body import decode_json
from sonde.api.native.call import Call, require_json
from sonde.api.native.links import LinkItem, example_link, show_link
from sonde.api.native.operation import describe
from sonde.api.native.query import Query, read_query, read_uuid
from sonde.api.use_cases import UseCases
from sonde.model.people import Access
from sonde.model.summaries import (
    WORD_LIMIT_DEFAULT,
    WORD_LIMIT_RANGE,
    Summary,
    SummaryStatus,
    SummaryType,
    SummaryWishes,
    TextFormat,
)

_FEWEST, _MOST = WORD_LIMIT_RANGE


class SummaryBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a summary shall be like.

    Attributes:
        word_limit: most words it may have.
        text_format: how it is written.
        summary_type: what kind of conversation it was; decides which sections there are.
    """

    word_limit: Annotated[int, Meta(ge=_FEWEST, le=_MOST)] = WORD_LIMIT_DEFAULT
    text_format: TextFormat = TextFormat.MARKDOWN
    summary_type: SummaryType = SummaryType.GENERAL


class SummaryItem(msgspec.Struct, frozen=True, kw_only=True):
    """The summary of a session, whatever became of it.

    Attributes:
        session_id: UUID of the session.
        status: `pending` until it is `completed` or has `failed`.
        word_limit: most words it may have.
        text_format: how it is written.
        summary_type: what kind of conversation it is for.
        requested_at: when it was asked for.
        finished_at: when it was completed or failed; null while it is pending.
        made_by: `extract`, or the name of the model that wrote it; empty while it is pending.
        text: the summary; empty unless it is completed.
        problem: why it failed; empty otherwise.
    """

    session_id: str
    status: SummaryStatus
    word_limit: int
    text_format: TextFormat
    summary_type: SummaryType
    requested_at: datetime
    finished_at: datetime | None
    made_by: str
    text: str
    problem: str


_PENDING: Final = SummaryItem(
    session_id="6f9619ff-8b86-4011-b42d-00c04fc964ff",
    status=SummaryStatus.PENDING,
    word_limit=WORD_LIMIT_DEFAULT,
    text_format=TextFormat.MARKDOWN,
    summary_type=SummaryType.GENERAL,
    requested_at=datetime(2026, 7, 29, 8, 20, tzinfo=UTC),
    finished_at=None,
    made_by="",
    text="",
    problem="",
)
_COMPLETED: Final = msgspec.structs.replace(
    _PENDING,
    status=SummaryStatus.COMPLETED,
    finished_at=datetime(2026, 7, 29, 8, 20, 2, tzinfo=UTC),
    made_by="extract",
    text="# Meeting summary\n\n## Decisions\n\n- **Ada**: We decided to ship on Friday.\n",
)
_body = msgspec.json.Decoder(SummaryBody)


@get(
    "/sessions/{session_id:str}/summary",
    opt=describe(
        tag="Summaries",
        summary="Show the summary of a session",
        answer=SummaryItem,
        example=msgspec.to_builtins(_COMPLETED),
    ),
    sync_to_thread=True,
)
def get_summary(
    request: Call,
    session_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> SummaryItem:
    """The summary of a session as far as it is."""
    read_query(request, Query)
    return _shown(use_cases.summaries.get(access, read_uuid(session_id, "session_id")))


@post(
    "/sessions/{session_id:str}/summary",
    opt=describe(
        tag="Summaries",
        summary="Ask for the summary of a session",
        body=SummaryBody,
        answer=SummaryItem,
        example=msgspec.to_builtins(_PENDING),
        status=202,
        body_example={"word_limit": 300, "summary_type": "team_meeting"},
    ),
    status_code=202,
    sync_to_thread=True,
)
def request_summary(
    request: Call,
    session_id: FromPath[str],
    body: RawBody,
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> SummaryItem:
    """Have a summary of the transcript made, in place of the one there may be.

    It is made in the background, also when the server is restarted meanwhile; `status` tells how far it is.
    """
    read_query(request, Query)
    require_json(request)
    wishes = SummaryWishes(**msgspec.structs.asdict(decode_json(body, _body)))
    return _shown(use_cases.summaries.request(access, read_uuid(session_id, "session_id"), wishes))


@get(
    "/sessions/{session_id:str}/summary/download",
    opt=describe(
        tag="Summaries",
        summary="Get the address of a session's summary",
        answer=LinkItem,
        example=example_link("summary.txt"),
    ),
    sync_to_thread=True,
)
def get_summary_download(
    request: Call,
    session_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> LinkItem:
    """Where the completed summary can be fetched as text."""
    read_query(request, Query)
    return show_link(request, use_cases.summaries.link(access, read_uuid(session_id, "session_id")))


HANDLERS: Final = (get_summary, request_summary, get_summary_download)


def _shown(summary: Summary) -> SummaryItem:
    return SummaryItem(
        session_id=summary.session_id,
        status=summary.status,
        requested_at=summary.requested_at,
        finished_at=summary.finished_at,
        made_by=summary.made_by,
        text=summary.text,
        problem=summary.problem,
        **msgspec.structs.asdict(summary.wishes),
    )
