"""Routes of what was written and said in a session: paths, parameters and statuses."""

from collections.abc import Mapping
from typing import Final, Literal
from urllib.parse import urljoin

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from sonde.api.realtimekit.call import Call, read_query, read_uuid
from sonde.api.realtimekit.openapi import APP
from sonde.api.realtimekit.operation import describe
from sonde.api.realtimekit.schema import Answer
from sonde.api.realtimekit.talk_shapes import (
    ChatData,
    RequestedData,
    SummaryData,
    TranscriptData,
    TranscriptQuery,
)
from sonde.api.realtimekit.units import show_moment
from sonde.api.use_cases import UseCases
from sonde.model.people import Access
from sonde.model.summaries import SummaryStatus
from sonde.services.downloads import Link
from sonde.services.transcript_reading import TranscriptFormat

STATUSES: Final[Mapping[SummaryStatus, Literal["PENDING", "COMPLETED", "FAILED"]]] = {
    SummaryStatus.PENDING: "PENDING",
    SummaryStatus.COMPLETED: "COMPLETED",
    SummaryStatus.FAILED: "FAILED",
}


@get(f"{APP}/sessions/{{session_id:str}}/chat", opt=describe(answer=Answer[ChatData]), sync_to_thread=True)
def get_session_chat(
    request: Call,
    session_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Answer[ChatData]:
    """Say where the chat of a session can be fetched."""
    link = use_cases.chats.link(access, read_uuid(session_id, "session_id"))
    return Answer(
        data=ChatData(
            chat_download_url=_url(request, link), chat_download_url_expiry=show_moment(link.expires_at)
        )
    )


@get(
    f"{APP}/sessions/{{session_id:str}}/transcript",
    opt=describe(answer=Answer[TranscriptData], query=TranscriptQuery),
    sync_to_thread=True,
)
def get_session_transcripts(
    request: Call,
    session_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Answer[TranscriptData]:
    """Say where the transcript of a session can be fetched."""
    query = read_query(request, TranscriptQuery)
    named = read_uuid(session_id, "session_id")
    link = use_cases.transcripts.link(access, named, written=TranscriptFormat(query.format.lower()))
    return Answer(
        data=TranscriptData(
            session_id=named,
            transcript_download_url=_url(request, link),
            transcript_download_url_expiry=show_moment(link.expires_at),
        )
    )


@get(
    f"{APP}/sessions/{{session_id:str}}/summary",
    opt=describe(answer=Answer[SummaryData]),
    sync_to_thread=True,
)
def get_session_summary(
    request: Call,
    session_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Answer[SummaryData]:
    """Say where the summary of a session can be fetched."""
    named = read_uuid(session_id, "session_id")
    link = use_cases.summaries.link(access, named)
    return Answer(
        data=SummaryData(
            session_id=named,
            summary_download_url=_url(request, link),
            summary_download_url_expiry=show_moment(link.expires_at),
        )
    )


@post(
    f"{APP}/sessions/{{session_id:str}}/summary",
    opt=describe(answer=Answer[RequestedData]),
    status_code=200,
    sync_to_thread=True,
)
def generate_summary_of_transcripts(
    session_id: FromPath[str], use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Answer[RequestedData]:
    """Have the transcript of a session summarised, in the background."""
    summary = use_cases.summaries.request(access, read_uuid(session_id, "session_id"))
    return Answer(data=RequestedData(session_id=summary.session_id, status=STATUSES[summary.status]))


HANDLERS: Final = (
    get_session_chat,
    get_session_transcripts,
    get_session_summary,
    generate_summary_of_transcripts,
)


def _url(request: Call, link: Link) -> str:
    """A link, made whole by the address that the caller used where the server does not know its own."""
    return urljoin(str(request.base_url), link.url)
