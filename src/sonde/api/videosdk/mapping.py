"""From sessions, people and windows of quality to the vendor's documents. Pure."""

import re
from collections.abc import Sequence
from typing import Any, Final

from msgspec import UNSET, UnsetType

from sonde.api.videosdk.schema import (
    ActiveParticipantList,
    BrowserUserAgent,
    DeviceInfo,
    Location,
    Named,
    NamedVersion,
    Network,
    PageInfo,
    PageQuery,
    ParticipantDevice,
    ParticipantItem,
    ParticipantList,
    ParticipantStats,
    QualityScore,
    ResolutionUsage,
    RoomItem,
    RoomLinks,
    SdkInfo,
    SessionItem,
    SessionLinks,
    SessionList,
    SessionsQuery,
    SessionStats,
    Stats,
    TimeLog,
    Typed,
)
from sonde.api.videosdk.units import (
    mean_rate,
    milliseconds,
    moment_of,
    show_moment,
    show_nanoseconds,
    whole,
)
from sonde.model.attendance import AttendedSession, Attendee
from sonde.model.listing import NumberedPage, PageNumber, SessionFilter, cut_page
from sonde.model.peers import Place
from sonde.model.quality_windows import QualityWindow
from sonde.model.sessions import Meeting

UNKNOWN: Final = "unknown"
"""What the vendor writes for a text that it does not have."""

PER_PAGE_MAX: Final = 100

_ROOM_ID: Final = re.compile(r"[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}")


def filter_of(query: SessionsQuery, room: str) -> SessionFilter:
    """The sessions that are meant; a token's room is one more condition."""
    names = (query.room_id, query.custom_room_id, query.query, room)
    return SessionFilter(
        is_live=None if query.status is None else query.status == "ongoing",
        started_from=None if query.start_date is None else moment_of(query.start_date),
        started_until=None if query.end_date is None else moment_of(query.end_date),
        rooms=tuple(filter(None, names)),
    )


def page_of(query: PageQuery) -> PageNumber:
    """The page that is meant."""
    return PageNumber(number=query.page, size=min(query.per_page, PER_PAGE_MAX))


def page_info(found: NumberedPage[Any], page: PageNumber) -> PageInfo:
    """Where a page is; what is empty has one page too, which has nothing."""
    return PageInfo(
        current_page=page.number,
        per_page=page.size,
        # As many as there are first things of pages.
        last_page=len(range(0, found.total, page.size)) or 1,
        total=found.total,
    )


def room_id(meeting: Meeting) -> str:
    """The id of a room: the one that the vendor gave it, where it is known, or else ours."""
    custom_id = meeting.settings.custom_id or ""
    return custom_id if _ROOM_ID.fullmatch(custom_id) else meeting.meeting_id


def custom_room_id(meeting: Meeting) -> str | UnsetType:
    """The application's own id of a room, where that is not the room's id already."""
    custom_id = meeting.settings.custom_id
    return UNSET if custom_id in {None, room_id(meeting)} else str(custom_id)


def room_link(meeting: Meeting, base: str) -> str:
    """Where a room is; by our id, because custom ids may have any letters."""
    return f"{base}/v2/rooms/{meeting.meeting_id}"


def room_item(meeting: Meeting, *, owner: str, base: str) -> RoomItem:
    """A room of an owner."""
    return RoomItem(
        id=meeting.meeting_id,
        user_id=owner,
        room_id=room_id(meeting),
        custom_room_id=custom_room_id(meeting),
        created_at=show_moment(meeting.created_at),
        updated_at=show_moment(meeting.updated_at),
        links=RoomLinks(
            get_room=room_link(meeting, base),
            get_session=f"{base}/v2/sessions?roomId={meeting.meeting_id}",
        ),
    )


def session_list(
    found: NumberedPage[AttendedSession], page: PageNumber, *, owner: str, base: str
) -> SessionList:
    """One page of sessions."""
    return SessionList(
        page_info=page_info(found, page),
        data=[session_item(each, owner=owner, base=base) for each in found.items],
    )


def participant_list(
    attended: AttendedSession, page: PageNumber, *, owner: str, base: str
) -> ParticipantList:
    """One page of everybody who was in a session."""
    found = cut_page(list(attended.attendees), page)
    item = session_item(attended, owner=owner, base=base, shown=found.items)
    return ParticipantList(page_info=page_info(found, page), data=item)


def active_participant_list(
    attended: AttendedSession, page: PageNumber, *, owner: str, base: str
) -> ActiveParticipantList:
    """One page of everybody who is in a session."""
    found = cut_page([each for each in attended.attendees if each.is_there], page)
    item = session_item(attended, owner=owner, base=base, shown=found.items)
    return ActiveParticipantList(page_info=page_info(found, page), data=[item])


def session_item(
    attended: AttendedSession, *, owner: str, base: str, shown: Sequence[Attendee] | None = None
) -> SessionItem:
    """A session.

    Args:
        attended: the session.
        owner: id of whom it belongs to.
        base: where the API is.
        shown: which of its people are shown; None for all.
    """
    session, meeting = attended.session, attended.meeting
    here = f"{base}/v2/sessions/{session.session_id}"
    return SessionItem(
        id=session.session_id,
        object_id=session.session_id,
        user_id=owner,
        room_id=room_id(meeting),
        custom_room_id=custom_room_id(meeting),
        start=show_moment(session.started_at),
        end=None if session.ended_at is None else show_moment(session.ended_at),
        status="ongoing" if session.ended_at is None else "ended",
        region=meeting.settings.preferred_region or UNKNOWN,
        participants=[participant_item(each) for each in (attended.attendees if shown is None else shown)],
        links=SessionLinks(
            get_room=room_link(meeting, base),
            get_session=here,
            get_all_participants=f"{here}/participants",
        ),
    )


def participant_item(attendee: Attendee) -> ParticipantItem:
    """A person in a session."""
    return ParticipantItem(
        id=attendee.participant.participant_id,
        participant_id=participant_id(attendee),
        name=attendee.participant.name,
        timelog=[
            TimeLog(
                start=show_moment(each.joined_at),
                end=None if each.left_at is None else show_moment(each.left_at),
            )
            for each in attendee.peers
        ],
        device_info=_device(attendee),
        geo_location=_location(attendee.latest.place),
    )


def participant_id(attendee: Attendee) -> str:
    """The application's own id of somebody, or ours where it gave none."""
    return attendee.participant.custom_id or attendee.participant.participant_id


def session_stats(attended: AttendedSession, windows: Sequence[QualityWindow]) -> SessionStats:
    """The quality of a session over time."""
    return SessionStats(
        session_id=attended.session.session_id,
        meeting_id=room_id(attended.meeting),
        stats=[_stats(each, rate=mean_rate) for each in windows],
    )


def participant_stats(
    attended: AttendedSession, attendee: Attendee, windows: Sequence[QualityWindow]
) -> ParticipantStats:
    """The quality that somebody had over time."""
    device, place = attendee.latest.device, attendee.latest.place
    return ParticipantStats(
        session_id=attended.session.session_id,
        meeting_id=room_id(attended.meeting),
        participant_id=participant_id(attendee),
        participant_name=attendee.participant.name or UNKNOWN,
        device_info=DeviceInfo(
            device_name=device.browser or UNKNOWN, device_version=device.browser_version or UNKNOWN
        ),
        sdk_info=SdkInfo(sdk_name=device.sdk or UNKNOWN, sdk_version=device.sdk_version or UNKNOWN),
        location=_location(place),
        network=Network(
            asn=UNKNOWN if place.asn is None else f"AS{place.asn}", org=place.organization or UNKNOWN
        ),
        stats=[_stats(each, rate=whole) for each in windows],
        resolution_usage=[_usage(each, each.pictures_end) for each in windows if each.pictures_end],
    )


def _stats(window: QualityWindow, *, rate: Any) -> Stats:
    audio, video = window.audio, window.video
    return Stats(
        time=show_nanoseconds(window.end),
        recv_audio_packet_lost=audio.receive_lost,
        recv_video_packet_lost=video.receive_lost,
        send_audio_packet_lost=audio.send_lost,
        send_video_packet_lost=video.send_lost,
        average_audio_rtt=milliseconds(audio.round_trip_time),
        average_video_rtt=milliseconds(video.round_trip_time),
        average_audio_jitter=milliseconds(audio.jitter),
        average_video_jitter=milliseconds(video.jitter),
        average_send_audio_bitrate=rate(audio.send_bitrate),
        average_send_video_bitrate=rate(video.send_bitrate),
        average_recv_audio_bitrate=rate(audio.receive_bitrate),
        average_recv_video_bitrate=rate(video.receive_bitrate),
        quality_score=QualityScore(audio=audio.score, video=video.score),
    )


def _usage(window: QualityWindow, end: int) -> ResolutionUsage:
    counts = {f"p{each}": count for each, count in window.pictures.items()}
    return ResolutionUsage(time=show_nanoseconds(end), **counts)


def _device(attendee: Attendee) -> ParticipantDevice:
    device = attendee.latest.device
    machine = {None: UNKNOWN, True: "mobile", False: "desktop"}[device.is_mobile]
    return ParticipantDevice(
        sdk_type=device.sdk or UNKNOWN,
        sdk_version=device.sdk_version or UNKNOWN,
        platform=machine,
        browser_user_agent=BrowserUserAgent(
            browser=NamedVersion(name=device.browser or UNKNOWN, version=device.browser_version or UNKNOWN),
            os=Named(name=device.os or UNKNOWN),
            platform=Typed(type=machine),
        ),
    )


def _location(place: Place) -> Location:
    return Location(
        country=place.country or UNKNOWN, city=place.city or UNKNOWN, region=place.region or UNKNOWN
    )
