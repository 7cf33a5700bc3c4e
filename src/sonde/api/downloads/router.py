"""`GET /downloads/...`: a file for whoever has its signed address. No token is asked for."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from sonde.api.downloads.addressing import read_grant, read_number
from sonde.api.downloads.chat_csv import write_chat_csv
from sonde.api.downloads.transcript_files import WRITERS, write_transcript
from sonde.api.use_cases import UseCases
from sonde.model.summaries import TextFormat
from sonde.services.downloads import PREFIX, Content, Grant

LINES_AT_ONCE: Final = 200
"""Lines that are sent in one piece."""

MEDIA_TYPES: Final[Mapping[Content, str]] = {
    Content.CHAT_CSV: "text/csv",
    Content.TRANSCRIPT_CSV: "text/csv",
    Content.TRANSCRIPT_JSON: "application/json",
    Content.TRANSCRIPT_SRT: "application/x-subrip",
    Content.TRANSCRIPT_VTT: "text/vtt",
}
SUMMARY_TYPES: Final[Mapping[TextFormat, str]] = {
    TextFormat.MARKDOWN: "text/markdown",
    TextFormat.PLAIN_TEXT: "text/plain",
}


@get("/{workspace_id:str}/{session_id:str}/{file_name:str}", sync_to_thread=True)
def download_file(
    request: Request[Any, Any, Any],
    workspace_id: FromPath[str],
    session_id: FromPath[str],
    file_name: FromPath[str],
    use_cases: NamedDependency[UseCases],
) -> Response[Any]:
    """A file of a session, as long as its address has not expired."""
    grant = read_grant(workspace_id, session_id, file_name)
    expires, signature = (request.query_params.get(name, "") for name in ("expires", "signature"))
    use_cases.downloads.check(grant, expires=read_number(expires), signature=signature)
    if grant.content is Content.SUMMARY:
        summary = use_cases.summaries.fetch(grant)
        return Response(
            summary.text, media_type=SUMMARY_TYPES[summary.wishes.text_format], headers=_headers(grant)
        )
    return Stream(
        _pieces(_write(use_cases, grant)), media_type=MEDIA_TYPES[grant.content], headers=_headers(grant)
    )


def create_downloads() -> Router:
    """Build the endpoint."""
    return Router(PREFIX, route_handlers=[download_file])


def _write(use_cases: UseCases, grant: Grant) -> Iterator[str]:
    if grant.content in WRITERS:
        return write_transcript(use_cases.transcripts.fetch(grant), grant.content)
    return write_chat_csv(*use_cases.chats.fetch(grant))


def _headers(grant: Grant) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{grant.content}"'}


def _pieces(lines: Iterator[str]) -> Iterator[Any]:
    """The lines, several at once."""
    while piece := "".join(islice(lines, LINES_AT_ONCE)):
        yield piece
