"""Shapes on the wire, under the vendor's names. Pure."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from sonde.api.videosdk.units import MOMENT_MAX

Page = Annotated[int, Meta(ge=1, le=1_000_000_000, description="Which page, from 1.")]
PerPage = Annotated[
    int, Meta(ge=1, le=1_000_000, description="Things on a page; more than 100 mean 100.", examples=[20])
]
Moment = Annotated[int, Meta(ge=0, le=MOMENT_MAX)]


def _about(text: str) -> Meta:
    return Meta(description=text)


class Query(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a route takes; what else stands in a query is not looked at."""


class PageQuery(Query, frozen=True, kw_only=True):
    """Which page of a list."""

    page: Page = 1
    per_page: PerPage = 20


class SessionsQuery(PageQuery, frozen=True, kw_only=True):
    """Which sessions are wanted."""

    room_id: Annotated[str, _about("Of this room: its id or custom id.")] = ""
    custom_room_id: Annotated[str, _about("Of the room of this custom id.")] = ""
    query: Annotated[str, _about("The whole id or custom id of a room.")] = ""
    user_id: Annotated[str, _about("Of this owner; `userId` of any session says yours.")] = ""
    start_date: Annotated[Moment, _about("Begun at this epoch millisecond or later.")] | None = None
    end_date: Annotated[Moment, _about("Begun at this epoch millisecond or earlier.")] | None = None
    status: Annotated[Literal["ongoing", "ended"], _about("Going on, or over.")] | None = None


class EndBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Which session shall end; one of `roomId` and `sessionId` is needed."""

    room_id: Annotated[str, _about("Id or custom id of the room; its newest session ends.")] | None = None
    session_id: Annotated[str, _about("Id of the session, which must be the room's if both are given.")] | (
        None
    ) = None
    vsdk_force_kill: Annotated[bool, _about("Taken and not needed: a session always ends.")] | None = None
    ignore_closed: Annotated[bool, _about("A session of that id that is over is no error.")] | None = None


class RemoveBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Who shall be put out; one of `roomId` and `sessionId` is needed."""

    participant_id: Annotated[str, Meta(min_length=1)]
    room_id: Annotated[str, _about("Id or custom id of the room.")] | None = None
    session_id: Annotated[str, _about("Id of the session.")] | None = None


class PageInfo(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Where a page is among all pages; clients stop at the last one."""

    current_page: int
    per_page: int
    last_page: int
    total: int


class TimeLog(msgspec.Struct, frozen=True, kw_only=True):
    """A connection's time; `end` is null while it is there."""

    start: str
    end: str | None


class NamedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A program."""

    name: str
    version: str


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """An operating system."""

    name: str


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of machine."""

    type: str


class BrowserUserAgent(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser says of itself."""

    browser: NamedVersion
    os: Named
    platform: Typed


class ParticipantDevice(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What somebody's latest connection ran on."""

    sdk_type: str
    sdk_version: str
    platform: str
    browser_user_agent: BrowserUserAgent


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody is, as far as databases of addresses know."""

    country: str
    city: str
    region: str


class ParticipantItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A person in a session."""

    id: Annotated[str, _about("UUID of the person.")] = msgspec.field(name="_id")
    participant_id: Annotated[str, _about("The application's id of them, or else the UUID.")]
    name: str
    timelog: list[TimeLog]
    device_info: ParticipantDevice
    geo_location: Location


class RoomLinks(msgspec.Struct, frozen=True, kw_only=True):
    """Where to go on: the room itself, and its sessions."""

    get_room: str
    get_session: str


class RoomItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A room."""

    id: Annotated[str, _about("UUID of the meeting.")]
    user_id: Annotated[str, _about("UUID of the workspace.")]
    room_id: str
    custom_room_id: str | UnsetType = UNSET
    created_at: str
    updated_at: str
    links: RoomLinks


class SessionLinks(msgspec.Struct, frozen=True, kw_only=True):
    """Where to go on."""

    get_room: str
    get_session: str
    get_all_participants: str


class SessionItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A session: the time that somebody was in a room."""

    id: str
    object_id: Annotated[str, _about("The same id.")] = msgspec.field(name="_id")
    user_id: Annotated[str, _about("UUID of the workspace.")]
    room_id: str
    custom_room_id: str | UnsetType = UNSET
    start: str
    end: str | None
    status: Literal["ongoing", "ended"]
    region: str
    participants: list[ParticipantItem]
    links: SessionLinks


class SessionList(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One page of sessions."""

    page_info: PageInfo
    data: list[SessionItem]


class ParticipantList(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A session with one page of the people who were in it."""

    page_info: PageInfo
    data: SessionItem


class ActiveParticipantList(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A session, alone in a list, with one page of the people who are in it."""

    page_info: PageInfo
    data: list[SessionItem]


class QualityScore(msgspec.Struct, frozen=True, kw_only=True):
    """MOS of what was received, 1 to 5; null where nothing was."""

    audio: float | None
    video: float | None


class Stats(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Some seconds: packets lost in them, and means in milliseconds and bit/s. Null: not measured."""

    time: str
    recv_audio_packet_lost: int | None
    recv_video_packet_lost: int | None
    send_audio_packet_lost: int | None
    send_video_packet_lost: int | None
    average_audio_rtt: float | None
    average_video_rtt: float | None
    average_audio_jitter: float | None
    average_video_jitter: float | None
    average_send_audio_bitrate: float | None
    average_send_video_bitrate: float | None
    average_recv_audio_bitrate: float | None
    average_recv_video_bitrate: float | None
    quality_score: QualityScore


class ResolutionUsage(msgspec.Struct, frozen=True, kw_only=True):
    """How many pictures were received in some seconds, by the class of their short side."""

    p180: int = msgspec.field(name="180")
    p360: int = msgspec.field(name="360")
    p720: int = msgspec.field(name="720")
    p1080: int = msgspec.field(name="1080")
    p1440: int = msgspec.field(name="1440")
    p2160: int = msgspec.field(name="2160")
    time: str


class SessionStats(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The quality of a session over time, as means over everybody in it."""

    session_id: str
    meeting_id: str
    stats: list[Stats]


class DeviceInfo(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A browser."""

    device_name: str
    device_version: str


class SdkInfo(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What reported."""

    sdk_name: str
    sdk_version: str


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """Whose network somebody is in."""

    asn: str
    org: str


class ParticipantStats(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The quality that somebody had over time."""

    session_id: str
    meeting_id: str
    participant_id: str
    participant_name: str
    device_info: DeviceInfo
    sdk_info: SdkInfo
    location: Location
    network: Network
    stats: list[Stats]
    resolution_usage: list[ResolutionUsage]


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What every failure is answered with."""

    status_code: int
    message: Annotated[str, _about("What is wrong, and what to do about it.")]
    error: Annotated[str, _about("The name of the status.")]
    code: Annotated[str, _about("A stable name of the failure, for programs.")]
