"""Routes of sessions and of who was in them: paths, parameters and statuses."""

from typing import Final

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from sonde.api.realtimekit import people_mapping, session_mapping
from sonde.api.realtimekit.call import Call, read_query, read_uuid
from sonde.api.realtimekit.openapi import APP
from sonde.api.realtimekit.operation import describe
from sonde.api.realtimekit.paging import page_of, show_paging
from sonde.api.realtimekit.people_mapping import show_participant
from sonde.api.realtimekit.people_shapes import (
    ParticipantData,
    ParticipantsData,
    PeopleQuery,
    PersonQuery,
)
from sonde.api.realtimekit.report_mapping import read_filters, show_report
from sonde.api.realtimekit.report_shapes import ReportedData, ReportQuery
from sonde.api.realtimekit.schema import Answer, PagedAnswer
from sonde.api.realtimekit.session_mapping import show_session
from sonde.api.realtimekit.session_shapes import SessionItem, SessionQuery, SessionsData, SessionsQuery
from sonde.api.use_cases import UseCases
from sonde.model.people import Access


@get(
    f"{APP}/sessions",
    opt=describe(answer=PagedAnswer[SessionsData], query=SessionsQuery),
    sync_to_thread=True,
)
def get_sessions(
    request: Call, use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> PagedAnswer[SessionsData]:
    """List the sessions of an app."""
    query = read_query(request, SessionsQuery)
    page = use_cases.session_pages.sessions(access, session_mapping.listing_of(query), page_of(query))
    shown = [show_session(each, access.workspace) for each in page.items]
    return PagedAnswer(data=SessionsData(sessions=shown), paging=show_paging(page))


@get(
    f"{APP}/sessions/{{session_id:str}}",
    opt=describe(answer=Answer[SessionItem], query=SessionQuery),
    sync_to_thread=True,
)
def get_session_details(
    request: Call,
    session_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Answer[SessionItem]:
    """Show a session."""
    query = read_query(request, SessionQuery)
    detail = use_cases.sessions.get(access, read_uuid(session_id, "session_id"))
    rooms = None
    if query.include_breakout_rooms:
        rooms = use_cases.sessions.rooms(access, detail.session.session_id)
    return Answer(data=show_session(detail, access.workspace, rooms=rooms))


@get(
    f"{APP}/sessions/{{session_id:str}}/participants",
    opt=describe(answer=Answer[ParticipantsData], query=PeopleQuery),
    sync_to_thread=True,
)
def get_session_participants(
    request: Call,
    session_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Answer[ParticipantsData]:
    """List the participants of a session."""
    query = read_query(request, PeopleQuery)
    page = use_cases.session_pages.people(
        access, read_uuid(session_id, "session_id"), people_mapping.listing_of(query), page_of(query)
    )
    shown = [show_participant(each, with_events=query.include_peer_events) for each in page.items]
    return Answer(data=ParticipantsData(participants=shown, paging=show_paging(page)))


@get(
    f"{APP}/sessions/{{session_id:str}}/participants/{{participant_id:str}}",
    opt=describe(answer=Answer[ParticipantData], query=PersonQuery),
    sync_to_thread=True,
)
def get_session_participant_details(
    request: Call,
    session_id: FromPath[str],
    participant_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Answer[ParticipantData]:
    """Show a participant of a session."""
    query = read_query(request, PersonQuery)
    found = use_cases.session_pages.person(
        access, read_uuid(session_id, "session_id"), read_uuid(participant_id, "participant_id")
    )
    return Answer(
        data=ParticipantData(participant=show_participant(found, with_events=query.include_peer_events))
    )


@get(
    f"{APP}/sessions/peer-report/{{peer_id:str}}",
    opt=describe(answer=Answer[ReportedData], query=ReportQuery),
    sync_to_thread=True,
)
def get_participant_data_from_peer_id(
    request: Call,
    peer_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Answer[ReportedData]:
    """Show a connection of a participant with its report."""
    query = read_query(request, ReportQuery)
    chosen = read_filters(query.filters)
    report = use_cases.peer_reports.report(access, read_uuid(peer_id, "peer_id"))
    return Answer(data=show_report(report, chosen, with_events=query.include_peer_events))


HANDLERS: Final = (
    get_sessions,
    get_session_details,
    get_session_participants,
    get_session_participant_details,
    get_participant_data_from_peer_id,
)
