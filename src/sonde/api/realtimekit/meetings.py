"""Routes of meetings."""

from typing import Final

import msgspec
from litestar import Response, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody

from sonde.api.realtimekit.body import read_body
from sonde.api.realtimekit.call import Call, read_query, read_uuid
from sonde.api.realtimekit.meeting_mapping import (
    changed_meeting,
    new_meeting,
    read_moment,
    replaced_meeting,
    show_meeting,
)
from sonde.api.realtimekit.meeting_shapes import MeetingBody, MeetingItem, MeetingQuery, MeetingsQuery
from sonde.api.realtimekit.openapi import APP
from sonde.api.realtimekit.operation import describe
from sonde.api.realtimekit.paging import page_of, show_paging
from sonde.api.realtimekit.schema import Answer, PagedAnswer
from sonde.api.use_cases import UseCases
from sonde.model.listing import MeetingFilter
from sonde.model.people import Access
from sonde.model.sessions import MeetingStatus

MEETING: Final = f"{APP}/meetings/{{meeting_id:str}}"
"""Where the routes of one meeting begin."""

_body: Final = msgspec.json.Decoder(MeetingBody)


@get(
    f"{APP}/meetings",
    opt=describe(answer=PagedAnswer[list[MeetingItem]], query=MeetingsQuery),
    sync_to_thread=True,
)
def list_meetings(
    request: Call, use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> PagedAnswer[list[MeetingItem]]:
    """List the meetings of the app, the newest first; those that reports made are among them."""
    query = read_query(request, MeetingsQuery)
    wanted = MeetingFilter(
        search=query.search,
        since=read_moment(query.start_time, "start_time"),
        until=read_moment(query.end_time, "end_time"),
        status=MeetingStatus(query.status.lower()) if query.status else None,
    )
    page = use_cases.meetings.numbered(access, wanted, page_of(query))
    return PagedAnswer(data=[show_meeting(each) for each in page.items], paging=show_paging(page))


@post(
    f"{APP}/meetings",
    opt=describe(answer=Answer[MeetingItem], body=MeetingBody, status=201),
    sync_to_thread=True,
)
def create_meeting(
    request: Call,
    body: RawBody,
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Response[Answer[MeetingItem]]:
    """Make a meeting."""
    settings, options = new_meeting(read_body(request, body, _body))
    made = use_cases.meetings.create(access, settings, options)
    return Response(Answer(data=show_meeting(made)), status_code=201)


@get(MEETING, opt=describe(answer=Answer[MeetingItem], query=MeetingQuery), sync_to_thread=True)
def get_meeting(
    request: Call,
    meeting_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Answer[MeetingItem]:
    """Show a meeting."""
    read_query(request, MeetingQuery)
    return Answer(data=show_meeting(use_cases.meetings.get(access, read_uuid(meeting_id, "meeting_id"))))


@patch(MEETING, opt=describe(answer=Answer[MeetingItem], body=MeetingBody), sync_to_thread=True)
def update_meeting(
    request: Call,
    meeting_id: FromPath[str],
    body: RawBody,
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Answer[MeetingItem]:
    """Change what is named of a meeting."""
    wanted = read_body(request, body, _body)
    changed = use_cases.meetings.change(
        access, read_uuid(meeting_id, "meeting_id"), lambda meeting: changed_meeting(wanted, meeting)
    )
    return Answer(data=show_meeting(changed))


@put(MEETING, opt=describe(answer=Answer[MeetingItem], body=MeetingBody), sync_to_thread=True)
def replace_meeting(
    request: Call,
    meeting_id: FromPath[str],
    body: RawBody,
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Answer[MeetingItem]:
    """Choose everything about a meeting anew; what is not named is as with a new one."""
    wanted = read_body(request, body, _body)
    changed = use_cases.meetings.change(
        access, read_uuid(meeting_id, "meeting_id"), lambda meeting: replaced_meeting(wanted, meeting)
    )
    return Answer(data=show_meeting(changed))


HANDLERS: Final = (list_meetings, create_meeting, get_meeting, update_meeting, replace_meeting)
