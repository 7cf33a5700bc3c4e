"""Chat, transcripts and summaries on the wire, under the vendor's names, whatever their case. Pure."""

from typing import Annotated, Literal

import msgspec

from sonde.api.realtimekit.schema import Query, about


class ChatData(msgspec.Struct, frozen=True, kw_only=True):
    """Where the messages can be fetched."""

    chat_download_url: str
    chat_download_url_expiry: str


class TranscriptQuery(Query, frozen=True, kw_only=True):
    """What the answer about a transcript takes."""

    format: Annotated[Literal["SRT", "VTT", "JSON", "CSV"], about("Of the file.")] = "CSV"


class TranscriptData(msgspec.Struct, frozen=True, kw_only=True):
    """Where the transcript can be fetched."""

    session_id: Annotated[str, about("The session.")] = msgspec.field(name="sessionId")
    transcript_download_url: str
    transcript_download_url_expiry: str


class SummaryData(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Where the summary can be fetched."""

    session_id: Annotated[str, about("The session.")]
    summary_download_url: str
    summary_download_url_expiry: str


class RequestedData(msgspec.Struct, frozen=True, kw_only=True):
    """How far a summary is that was asked for."""

    session_id: str
    status: Literal["PENDING", "COMPLETED", "FAILED"]
