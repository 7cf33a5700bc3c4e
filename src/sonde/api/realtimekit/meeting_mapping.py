"""From our meetings to the vendor's, and from what its clients wish to our settings. Pure."""

from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from msgspec import UNSET

from sonde.api.realtimekit.meeting_shapes import (
    AiConfig,
    MeetingBody,
    MeetingItem,
    ShownAiConfig,
    ShownSummarization,
    ShownTranscription,
    Summarization,
    Transcription,
)
from sonde.api.realtimekit.units import show_moment
from sonde.model.errors import Invalid
from sonde.model.sessions import Meeting, MeetingOptions, MeetingSettings, MeetingStatus

UNTITLED: Final = "Untitled meeting"
"""What a meeting is called that was given no title; the vendor allows that."""


def show_meeting(meeting: Meeting) -> MeetingItem:
    """A meeting as clients see it."""
    settings, options = meeting.settings, meeting.options
    wishes = options.transcription
    return MeetingItem(
        id=meeting.meeting_id,
        title=settings.title,
        status="ACTIVE" if settings.status is MeetingStatus.ACTIVE else "INACTIVE",
        session_keep_alive_time_in_secs=settings.keep_alive,
        persist_chat=options.persist_chat,
        transcribe_on_end=options.transcribe_on_end,
        summarize_on_end=options.summarize_on_end,
        ai_config=ShownAiConfig(
            transcription=ShownTranscription(
                language=wishes.language,
                keywords=list(wishes.keywords),
                profanity_filter=wishes.profanity_filter,
            ),
            summarization=ShownSummarization(**msgspec.structs.asdict(options.summary)),
        ),
        created_at=show_moment(meeting.created_at),
        updated_at=show_moment(meeting.updated_at),
    )


def read_moment(given: datetime | None, field: str) -> datetime | None:
    """A moment of a query; one without a zone is meant in UTC.

    Raises:
        Invalid: in UTC it is before the first or behind the last year there is.
    """
    if given is None:
        return None
    try:
        return given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)
    except OverflowError as error:
        raise Invalid("There is no such moment in UTC.", field=field) from error


def new_meeting(body: MeetingBody) -> tuple[MeetingSettings, MeetingOptions]:
    """What a new meeting shall be like."""
    return _with(body, MeetingSettings(title=UNTITLED), MeetingOptions())


def replaced_meeting(body: MeetingBody, meeting: Meeting) -> tuple[MeetingSettings, MeetingOptions]:
    """What a meeting shall be like of which everything is said anew that the vendor knows of."""
    fresh = MeetingSettings(title=UNTITLED)
    settings = msgspec.structs.replace(meeting.settings, title=fresh.title, keep_alive=fresh.keep_alive)
    return _with(body, settings, MeetingOptions())


def changed_meeting(body: MeetingBody, meeting: Meeting) -> tuple[MeetingSettings, MeetingOptions]:
    """What a meeting shall be like of which some things change."""
    return _with(body, meeting.settings, meeting.options)


def _with(
    body: MeetingBody, settings: MeetingSettings, options: MeetingOptions
) -> tuple[MeetingSettings, MeetingOptions]:
    keep_alive, status = body.session_keep_alive_time_in_secs, body.status
    wanted = _given(
        title=body.title if body.title is UNSET else (body.title or "").strip() or UNTITLED,
        keep_alive=keep_alive if keep_alive is UNSET else int(keep_alive),
        status=status if status is UNSET else MeetingStatus(status.lower()),
    )
    wished = _given(
        persist_chat=body.persist_chat,
        transcribe_on_end=body.transcribe_on_end,
        summarize_on_end=body.summarize_on_end,
    )
    options = msgspec.structs.replace(options, **wished)
    if body.ai_config:
        options = _with_wishes(body.ai_config, options)
    return msgspec.structs.replace(settings, **wanted), options


def _with_wishes(config: AiConfig, options: MeetingOptions) -> MeetingOptions:
    said = config.transcription or Transcription()
    wishes = _given(
        language=said.language,
        keywords=said.keywords if said.keywords is UNSET else tuple(said.keywords),
        profanity_filter=said.profanity_filter,
    )
    summary = _given(**msgspec.structs.asdict(config.summarization or Summarization()))
    return msgspec.structs.replace(
        options,
        transcription=msgspec.structs.replace(options.transcription, **wishes),
        summary=msgspec.structs.replace(options.summary, **summary),
    )


def _given(**members: Any) -> dict[str, Any]:
    """The members that were sent."""
    return {name: value for name, value in members.items() if value is not UNSET}
