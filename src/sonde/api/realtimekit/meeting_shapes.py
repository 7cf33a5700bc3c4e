"""Meetings on the wire, and how they are found, under the vendor's names. Pure."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from sonde.api.realtimekit.schema import PageQuery, Query, about
from sonde.model.sessions import KEEP_ALIVE_RANGE
from sonde.model.summaries import WORD_LIMIT_RANGE, SummaryType, TextFormat

_SHORTEST, _LONGEST = KEEP_ALIVE_RANGE
_FEWEST, _MOST = WORD_LIMIT_RANGE

Status = Literal["ACTIVE", "INACTIVE"]


class MeetingsQuery(PageQuery, frozen=True, kw_only=True):
    """What the list of meetings takes."""

    start_time: Annotated[datetime, about("Only meetings made at this moment or later.")] | None = None
    end_time: Annotated[datetime, about("Only meetings made before this moment.")] | None = None
    search: Annotated[
        str, Meta(max_length=255, description="Only meetings with these words in the title, or of this id.")
    ] = ""
    status: Annotated[Status, about("Only meetings in this state.")] | None = None


class MeetingQuery(Query, frozen=True, kw_only=True):
    """What the answer about one meeting takes."""

    name: Annotated[str, about("The vendor's, without a meaning; not looked at.")] = ""


class Transcription(msgspec.Struct, frozen=True, kw_only=True):
    """What whoever transcribes shall mind."""

    language: Annotated[str, Meta(min_length=1, max_length=64)] | UnsetType = UNSET
    keywords: Annotated[list[str], Meta(max_length=100)] | UnsetType = UNSET
    profanity_filter: bool | UnsetType = UNSET


class Summarization(msgspec.Struct, frozen=True, kw_only=True):
    """What a summary shall be like."""

    word_limit: (
        Annotated[int, Meta(ge=_FEWEST, le=_MOST, description="Most words, headings included.")] | UnsetType
    ) = UNSET
    text_format: TextFormat | UnsetType = UNSET
    summary_type: SummaryType | UnsetType = UNSET


class AiConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What shall be made of what people say."""

    transcription: Transcription | UnsetType = UNSET
    summarization: Summarization | UnsetType = UNSET


class MeetingBody(msgspec.Struct, frozen=True, kw_only=True):
    """What is chosen about a meeting; the vendor's other members are not looked at."""

    title: Annotated[str, Meta(max_length=255)] | UnsetType | None = UNSET
    status: Status | UnsetType = UNSET
    session_keep_alive_time_in_secs: (
        Annotated[
            float,
            Meta(
                ge=_SHORTEST,
                le=_LONGEST,
                description="Seconds that a session outlives the last who left; fractions are cut.",
            ),
        ]
        | UnsetType
    ) = UNSET
    persist_chat: bool | UnsetType = UNSET
    transcribe_on_end: bool | UnsetType = UNSET
    summarize_on_end: bool | UnsetType = UNSET
    ai_config: AiConfig | UnsetType | None = UNSET
    record_on_start: Annotated[bool | None, about("Not kept: this server records nothing.")] = None
    live_stream_on_start: Annotated[bool | None, about("Not kept: this server streams nothing.")] = None
    recording_config: Annotated[
        dict[str, Any] | None, about("Not kept: this server records nothing, and it may hold secrets.")
    ] = None


class ShownTranscription(msgspec.Struct, frozen=True, kw_only=True):
    """What whoever transcribes shall mind."""

    language: str
    keywords: list[str]
    profanity_filter: bool


class ShownSummarization(msgspec.Struct, frozen=True, kw_only=True):
    """What a summary shall be like."""

    word_limit: int
    text_format: TextFormat
    summary_type: SummaryType


class ShownAiConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What shall be made of what people say."""

    transcription: ShownTranscription
    summarization: ShownSummarization


class MeetingItem(msgspec.Struct, frozen=True, kw_only=True):
    """One meeting."""

    id: str
    title: str
    status: Status
    session_keep_alive_time_in_secs: int
    persist_chat: bool
    transcribe_on_end: bool
    summarize_on_end: bool
    ai_config: ShownAiConfig
    record_on_start: Annotated[Literal[False], about("This server records nothing.")] = False
    live_stream_on_start: Annotated[Literal[False], about("This server streams nothing.")] = False
    created_at: str
    updated_at: str
