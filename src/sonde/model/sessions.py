"""Rooms and what happens in them: a meeting is the reusable room, a session is one live instance of it."""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from sonde.model.summaries import SummaryWishes

KEEP_ALIVE_RANGE: Final = (60, 600)
"""Seconds that a session may outlive the last who left."""

KEEP_ALIVE_DEFAULT: Final = 60


class MeetingStatus(StrEnum):
    """Whether a meeting may be joined. Nobody who is inside has to leave because of it."""

    ACTIVE = "active"
    INACTIVE = "inactive"


class SessionStatus(StrEnum):
    """Whether a session still goes on."""

    LIVE = "live"
    ENDED = "ended"


class EndReason(StrEnum):
    """What ended a session."""

    EMPTY = "empty"
    """Nobody was in it for the keep-alive. Late reports of somebody who was there reopen it."""

    REQUEST = "request"
    """Somebody ended it for everyone, for good."""


class ViewType(StrEnum):
    """What kind of call a peer takes part in; minutes are told apart by it."""

    GROUP_CALL = "group_call"
    WEBINAR = "webinar"
    AUDIO_ROOM = "audio_room"
    LIVESTREAM = "livestream"
    CHAT = "chat"


class MeetingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What people choose about a meeting.

    Attributes:
        title: shown to people.
        custom_id: the application's own name of the room, unique in the workspace; None without one.
        preferred_region: where its media should be served, in the application's words; empty for anywhere.
        keep_alive: seconds that a session of it outlives the last who left.
        parent_meeting_id: the meeting that this one is a breakout room of.
    """

    title: str
    custom_id: str | None = None
    preferred_region: str = ""
    keep_alive: int = KEEP_ALIVE_DEFAULT
    status: MeetingStatus = MeetingStatus.ACTIVE
    parent_meeting_id: str | None = None


class TranscriptionWishes(msgspec.Struct, frozen=True, kw_only=True):
    """What whoever transcribes a meeting shall mind.

    Attributes:
        language: as the application names it, such as `en-US`.
        keywords: words that are easily misheard.
        profanity_filter: offensive words shall be left out.
    """

    language: str = "en-US"
    keywords: tuple[str, ...] = ()
    profanity_filter: bool = False


class MeetingOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What is wished of a meeting's words, beside its settings; it is kept for those who deal with them.

    Attributes:
        persist_chat: messages shall stay in the room for a while after the session they were written in.
        transcribe_on_end: whoever has the sound shall transcribe it once a session has ended.
        summarize_on_end: a summary shall be made of the transcript once a session has ended.
    """

    persist_chat: bool = False
    transcribe_on_end: bool = False
    summarize_on_end: bool = False
    transcription: TranscriptionWishes = TranscriptionWishes()
    summary: SummaryWishes = SummaryWishes()


class Meeting(msgspec.Struct, frozen=True, kw_only=True):
    """A reusable room. It never begins or ends; its sessions do.

    Attributes:
        meeting_id: UUID in lower case.
    """

    meeting_id: str
    workspace_id: int
    settings: MeetingSettings
    options: MeetingOptions = MeetingOptions()
    created_at: datetime
    updated_at: datetime

    def goes_by(self, name: str) -> bool:
        """Whether this is its id, or the application's own one."""
        return name in {self.meeting_id, self.settings.custom_id}


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """What a session adds up to.

    Attributes:
        participants: different people who were in it.
        peers: connections they had.
        live_peers: connections that are there now.
        max_concurrent_peers: highest number of connections that were there at once.
        participant_minutes: sum of the minutes of all connections.
        minutes_by_view_type: the same, by `ViewType`; those without a minute are left out.
    """

    participants: int
    peers: int
    live_peers: int
    max_concurrent_peers: int
    participant_minutes: float
    minutes_by_view_type: dict[ViewType, float]


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One live instance of a meeting: from the first peer's coming to a while after the last one's leaving.

    Attributes:
        session_id: UUID in lower case.
        parent_session_id: the session that this breakout room belongs to.
        started_at: when the first peer came.
        ended_at: when the last one had been gone for the keep-alive, or when somebody ended it; None while
            it goes on.
        created_at, updated_at: when the server first heard of it, and last changed what it keeps of it.
    """

    session_id: str
    workspace_id: int
    meeting_id: str
    parent_session_id: str | None
    started_at: datetime
    ended_at: datetime | None
    end_reason: EndReason | None
    created_at: datetime
    updated_at: datetime

    @property
    def status(self) -> SessionStatus:
        """Whether it still goes on."""
        return SessionStatus.LIVE if self.ended_at is None else SessionStatus.ENDED
