"""Meetings: rooms that can be used again and again, and the people enrolled in them."""

from datetime import datetime
from typing import Annotated, Final

import msgspec
from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody
from msgspec import Meta

from sonde.api.body import decode_json
from sonde.api.native.call import Call, require_json
from sonde.api.native.moments import AfterMoment, page_by_moment, position_of
from sonde.api.native.operation import describe
from sonde.api.native.paging import Page
from sonde.api.native.query import PageQuery, Query, read_query
from sonde.api.use_cases import UseCases
from sonde.model.people import Access
from sonde.model.sessions import KEEP_ALIVE_DEFAULT, KEEP_ALIVE_RANGE, Meeting, MeetingSettings, MeetingStatus

_SHORTEST, _LONGEST = KEEP_ALIVE_RANGE


class MeetingQuery(PageQuery, frozen=True, kw_only=True):
    """What the list of meetings takes.

    Attributes:
        search: words of the title, or the whole id or custom id.
    """

    search: Annotated[str, Meta(max_length=255)] = ""


class MeetingBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can be chosen about a meeting.

    Attributes:
        title: shown to people.
        custom_id: your own name of the room, unique in the workspace; reports may name the meeting by it.
        preferred_region: where its media should be served, in your words; empty for anywhere.
        keep_alive: seconds that a session of it outlives the last who left.
        status: `inactive` forbids to join; nobody who is inside has to leave.
        parent_meeting_id: the meeting that this one is a breakout room of.
    """

    title: Annotated[str, Meta(min_length=1, max_length=255)]
    custom_id: Annotated[str, Meta(min_length=1, max_length=255)] | None = None
    preferred_region: Annotated[str, Meta(max_length=64)] = ""
    keep_alive: Annotated[int, Meta(ge=_SHORTEST, le=_LONGEST)] = KEEP_ALIVE_DEFAULT
    status: MeetingStatus = MeetingStatus.ACTIVE
    parent_meeting_id: str | None = None


class MeetingItem(msgspec.Struct, frozen=True, kw_only=True):
    """A reusable room. It never begins or ends; its sessions do.

    Attributes:
        meeting_id: its UUID.
        title: shown to people.
        custom_id: the application's own name of it; null without one.
        preferred_region: where its media should be served; empty for anywhere.
        keep_alive: seconds that a session of it outlives the last who left.
        status: whether it may be joined.
        parent_meeting_id: the meeting that it is a breakout room of; null for others.
        created_at, updated_at: when it was made, and when its settings were last changed.
    """

    meeting_id: str
    title: str
    custom_id: str | None
    preferred_region: str
    keep_alive: int
    status: MeetingStatus
    parent_meeting_id: str | None
    created_at: datetime
    updated_at: datetime


_body = msgspec.json.Decoder(MeetingBody)


@get(
    "/meetings",
    opt=describe(tag="Meetings", summary="List meetings", query=MeetingQuery, answer=Page[MeetingItem]),
    sync_to_thread=True,
)
def list_meetings(
    request: Call, use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Page[MeetingItem]:
    """The meetings of the workspace, the newest first; those that reports made are among them."""
    query = read_query(request, MeetingQuery)
    found = use_cases.meetings.page(
        access, limit=query.limit + 1, after=position_of(query), search=query.search
    )
    return page_by_moment([show_meeting(each) for each in found], query, key=_place)


@post(
    "/meetings",
    opt=describe(
        tag="Meetings",
        summary="Make a meeting",
        body=MeetingBody,
        answer=MeetingItem,
        status=201,
        errors=(409,),
        body_example={"title": "Stand-up", "custom_id": "stand-up"},
    ),
    sync_to_thread=True,
)
def create_meeting(
    request: Call, body: RawBody, use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Response[MeetingItem]:
    """Make a meeting. Nothing has to be made for reports: an unknown name in them makes a meeting, too."""
    read_query(request, Query)
    require_json(request)
    made = use_cases.meetings.create(access, _settings(decode_json(body, _body)))
    return Response(show_meeting(made), status_code=201)


@get(
    "/meetings/{meeting_id:str}",
    opt=describe(tag="Meetings", summary="Show a meeting", answer=MeetingItem),
    sync_to_thread=True,
)
def get_meeting(
    request: Call,
    meeting_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> MeetingItem:
    """One meeting of the workspace."""
    read_query(request, Query)
    return show_meeting(use_cases.meetings.get(access, meeting_id))


@put(
    "/meetings/{meeting_id:str}",
    opt=describe(
        tag="Meetings",
        summary="Change a meeting",
        body=MeetingBody,
        answer=MeetingItem,
        errors=(409,),
        body_example={"title": "Stand-up", "custom_id": "stand-up", "keep_alive": 300},
    ),
    sync_to_thread=True,
)
def update_meeting(
    request: Call,
    meeting_id: FromPath[str],
    body: RawBody,
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> MeetingItem:
    """Replace all that can be chosen about a meeting; what the body leaves out gets its default."""
    read_query(request, Query)
    require_json(request)
    return show_meeting(use_cases.meetings.update(access, meeting_id, _settings(decode_json(body, _body))))


HANDLERS: Final = (list_meetings, create_meeting, get_meeting, update_meeting)


def show_meeting(meeting: Meeting) -> MeetingItem:
    """A meeting as callers see it."""
    return MeetingItem(
        meeting_id=meeting.meeting_id,
        created_at=meeting.created_at,
        updated_at=meeting.updated_at,
        **msgspec.structs.asdict(meeting.settings),
    )


def _settings(body: MeetingBody) -> MeetingSettings:
    return MeetingSettings(**msgspec.structs.asdict(body))


def _place(item: MeetingItem) -> AfterMoment:
    return AfterMoment(at=item.created_at, id=item.meeting_id)
