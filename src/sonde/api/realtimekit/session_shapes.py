"""Sessions on the wire, and how they are found, under the vendor's names. Pure."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from sonde.api.realtimekit.schema import PageQuery, Query, about

Order = Annotated[Literal["ASC", "DESC"], about("Ascending, or descending, which is usual.")]


class SessionsQuery(PageQuery, frozen=True, kw_only=True):
    """What the list of sessions takes."""

    associated_id: Annotated[str, Meta(max_length=64, description="Only sessions of this meeting.")] = ""
    start_time: Annotated[datetime, about("Only sessions that went on after this moment.")] | None = None
    end_time: Annotated[datetime, about("Only sessions that began before this moment.")] | None = None
    status: Annotated[Literal["LIVE", "ENDED"], about("Only sessions in this state.")] | None = None
    participants: Annotated[
        str,
        Meta(
            pattern=r"^\s*[0-9]{0,9}\s*:\s*[0-9]{0,9}\s*$",
            description="Only sessions in which so many different people were: least and most, as `1:10`.",
        ),
    ] = ":"
    search: Annotated[
        str,
        Meta(
            max_length=255,
            description="Only sessions with these words in the meeting's title, or with this meeting or id.",
        ),
    ] = ""
    sort_by: Annotated[Literal["minutesConsumed", "createdAt"], about("What to sort by.")] = "createdAt"
    sort_order: Order = "DESC"


class SessionQuery(Query, frozen=True, kw_only=True):
    """What the answer about one session takes."""

    include_breakout_rooms: Annotated[bool, about("Show its breakout rooms, each a session.")] = False


class SessionMeta(msgspec.Struct, frozen=True, kw_only=True):
    """Where a session is: the application's own name of the room, or else the meeting's id."""

    room_name: str


class SessionItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One session; the fields that the vendor documents, and those that its service is seen to send."""

    id: str
    associated_id: Annotated[str, about("The meeting.")]
    meeting_display_name: Annotated[str, about("Its title.")]
    type: Literal["meeting", "livestream", "participant"]
    status: Literal["LIVE", "ENDED"]
    live_participants: Annotated[int, about("Connections that are there now.")]
    max_concurrent_participants: Annotated[int, about("Most connections that were there at once.")]
    minutes_consumed: Annotated[float, about("Sum of the minutes of all connections, running ones too.")]
    organization_id: Annotated[str, about("The app.")]
    started_at: str
    created_at: str
    updated_at: str
    ended_at: Annotated[str | None, about("Null while it goes on.")]
    total_participants: Annotated[int, about("Different people who were in it.")]
    parent_session_id: Annotated[str | None, about("The session that this breakout room belongs to.")]
    recording_status: Literal["NOT_RECORDED"]
    livestream_status: Literal["NOT_LIVESTREAMED"]
    group_call_minutes_consumed: float
    webinar_minutes_consumed: float
    audio_room_minutes_consumed: float
    livestream_minutes_consumed: float
    chat_minutes_consumed: float
    recording_minutes_consumed: Annotated[float, about("This server records nothing.")]
    transcription_minutes_consumed: Annotated[float, about("This server listens to nothing.")]
    settings: Annotated[dict[str, Any], about("What was chosen about the meeting.")]
    meta: SessionMeta
    breakout_rooms: Annotated[list["SessionItem"] | None, about("Only when asked for.")] = None


class SessionsData(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of the list of sessions."""

    sessions: list[SessionItem]
