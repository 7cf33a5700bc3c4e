"""Transcripts of sessions: segments as an engine sends them, files, and the whole in four formats."""

from typing import Annotated, Final, Literal

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody
from msgspec import Meta

from sonde.api.body import decode_json
from sonde.api.native.call import Call, require_json
from sonde.api.native.formats import Format
from sonde.api.native.links import LinkItem, example_link, show_link
from sonde.api.native.operation import describe
from sonde.api.native.paging import Page, read_cursor, write_cursor
from sonde.api.native.query import PageQuery, Query, read_query, read_uuid
from sonde.api.native.transcript_shapes import (
    ITEM,
    SegmentItem,
    TranscriptBody,
    TranscriptReceipt,
    read_segment,
    show_segment,
)
from sonde.api.use_cases import UseCases
from sonde.model.people import Access
from sonde.model.transcripts import SegmentPosition
from sonde.services.transcript_reading import FILE_MAX, TranscriptFormat
from sonde.services.transcripts import LONGEST

FILE: Final = Format(
    name="transcript",
    media_type="application/octet-stream",
    text="The file as it is, in UTF-8: SRT, WebVTT, or JSON or CSV as RealtimeKit writes them.",
)


class ImportQuery(Query, frozen=True, kw_only=True):
    """What an import takes.

    Attributes:
        file_format: what the file is.
    """

    file_format: Literal["csv", "json", "srt", "vtt"] = "json"


class TranscriptQuery(Query, frozen=True, kw_only=True):
    """What the address of a transcript takes.

    Attributes:
        file_format: what the file shall be.
    """

    file_format: Literal["csv", "json", "srt", "vtt"] = "csv"


class AfterSegment(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """The place behind a segment."""

    start: Annotated[float, Meta(ge=0, le=LONGEST)]
    id: Annotated[str, Meta(max_length=64)]


_RECEIPT: Final = {"segment_ids": [ITEM["segment_id"]]}
_body = msgspec.json.Decoder(TranscriptBody)


@get(
    "/sessions/{session_id:str}/transcript",
    opt=describe(
        tag="Transcripts",
        summary="List what was said in a session",
        query=PageQuery,
        answer=Page[SegmentItem],
        example={"items": [ITEM], "next": None},
    ),
    sync_to_thread=True,
)
def list_transcript_segments(
    request: Call,
    session_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Page[SegmentItem]:
    """The segments of a session in the order in which they were said, the partial ones too."""
    query = read_query(request, PageQuery)
    found = use_cases.transcripts.page(
        access,
        read_uuid(session_id, "session_id"),
        limit=query.limit + 1,
        after=_position_of(query),
    )
    shown = [show_segment(each) for each in found[: query.limit]]
    has_more = len(found) > len(shown)
    place = AfterSegment(start=shown[-1].start, id=shown[-1].segment_id) if has_more else None
    return Page(items=shown, next=write_cursor(place) if place else None)


@post(
    "/sessions/{session_id:str}/transcript",
    opt=describe(
        tag="Transcripts",
        summary="Add what was said in a session",
        body=TranscriptBody,
        answer=TranscriptReceipt,
        example=_RECEIPT,
        body_example={
            "segments": [
                {"start": 61.2, "duration": 3.6, "name": "Ada", "text": "We decided to ship on Friday."}
            ]
        },
    ),
    status_code=200,
    sync_to_thread=True,
)
def add_transcript_segments(
    request: Call,
    session_id: FromPath[str],
    body: RawBody,
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> TranscriptReceipt:
    """Take segments. Partial ones are replaced by later ones of the same id; a final one stays as it is."""
    read_query(request, Query)
    require_json(request)
    segments = [read_segment(each) for each in decode_json(body, _body).segments]
    session_id = read_uuid(session_id, "session_id")
    return TranscriptReceipt(segment_ids=use_cases.transcripts.add(access, session_id, segments))


@post(
    "/sessions/{session_id:str}/transcript/import",
    opt=describe(
        tag="Transcripts",
        summary="Import a transcript",
        query=ImportQuery,
        answer=TranscriptReceipt,
        example=_RECEIPT,
        errors=(413,),
        raw_body=FILE,
    ),
    status_code=200,
    request_max_body_size=FILE_MAX,
    sync_to_thread=True,
)
def import_transcript(
    request: Call,
    session_id: FromPath[str],
    body: RawBody,
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> TranscriptReceipt:
    """Take all that a file says; the same file again changes nothing."""
    query = read_query(request, ImportQuery)
    session_id = read_uuid(session_id, "session_id")
    return TranscriptReceipt(
        segment_ids=use_cases.transcripts.import_file(
            access, session_id, body, written=TranscriptFormat(query.file_format)
        )
    )


@get(
    "/sessions/{session_id:str}/transcript/download",
    opt=describe(
        tag="Transcripts",
        summary="Get the address of a session's transcript",
        query=TranscriptQuery,
        answer=LinkItem,
        example=example_link("transcript.csv"),
    ),
    sync_to_thread=True,
)
def get_transcript_download(
    request: Call,
    session_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> LinkItem:
    """Where all final segments can be fetched, in one of RealtimeKit's four formats."""
    query = read_query(request, TranscriptQuery)
    session_id = read_uuid(session_id, "session_id")
    return show_link(
        request, use_cases.transcripts.link(access, session_id, written=TranscriptFormat(query.file_format))
    )


HANDLERS: Final = (
    list_transcript_segments,
    add_transcript_segments,
    import_transcript,
    get_transcript_download,
)


def _position_of(query: PageQuery) -> SegmentPosition | None:
    if query.cursor is None:
        return None
    place = read_cursor(query.cursor, AfterSegment)
    return SegmentPosition(start=place.start, segment_id=place.id)
