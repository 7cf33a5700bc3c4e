"""Routes of sessions: paths, parameters and statuses."""

from typing import Final

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from sonde.api.realtimekit.call import Call, read_query, read_uuid
from sonde.api.realtimekit.openapi import APP
from sonde.api.realtimekit.operation import describe
from sonde.api.realtimekit.schema import Answer
from sonde.api.realtimekit.session_mapping import show_session
from sonde.api.realtimekit.session_shapes import SessionItem, SessionQuery
from sonde.api.use_cases import UseCases
from sonde.model.people import Access


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
    rooms = (
        use_cases.sessions.rooms(access, detail.session.session_id) if query.include_breakout_rooms else None
    )
    return Answer(data=show_session(detail, access.workspace, rooms=rooms))


HANDLERS: Final = (get_session_details,)
