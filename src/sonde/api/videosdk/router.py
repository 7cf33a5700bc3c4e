"""Paths, parameters and statuses."""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias, TypeVar

import msgspec
from litestar import MediaType, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody

from sonde.api.authentication import Credentials
from sonde.api.body import decode_json
from sonde.api.use_cases import UseCases
from sonde.api.videosdk.mapping import (
    active_participant_list,
    filter_of,
    page_of,
    participant_id,
    participant_item,
    participant_list,
    participant_stats,
    room_item,
    session_item,
    session_list,
    session_stats,
)
from sonde.api.videosdk.operation import describe
from sonde.api.videosdk.schema import (
    ActiveParticipantList,
    EndBody,
    PageQuery,
    ParticipantItem,
    ParticipantList,
    ParticipantStats,
    Query,
    RemoveBody,
    RoomItem,
    SessionItem,
    SessionList,
    SessionsQuery,
    SessionStats,
)
from sonde.model.attendance import AttendedSession
from sonde.model.errors import Invalid, Limited
from sonde.model.listing import NumberedPage
from sonde.model.videosdk_keys import VideoSdkCaller
from sonde.services.attended_sessions import attendee_in

Call: TypeAlias = Request[VideoSdkCaller, Credentials, Any]
QueryT = TypeVar("QueryT", bound=Query)

_COMPLAINT: Final = re.compile(r"^(?P<what>.*) - at `\$\.(?P<field>\w+)`$", re.DOTALL)
_end_body: Final = msgspec.json.Decoder(EndBody)
_remove_body: Final = msgspec.json.Decoder(RemoveBody)


@get("/v2/rooms/{room_id:str}", opt=describe(answer=RoomItem), sync_to_thread=True)
def get_room(
    request: Call, room_id: FromPath[str], use_cases: NamedDependency[UseCases], base: NamedDependency[str]
) -> RoomItem:
    """Show a room."""
    rooms = tuple(filter(None, (request.user.room,)))
    found = use_cases.attended_sessions.room(request.user.access, room_id, rooms=rooms)
    return room_item(found, owner=owner_of(request), base=base)


@get("/v2/sessions", opt=describe(answer=SessionList, query=SessionsQuery), sync_to_thread=True)
def list_sessions(
    request: Call, use_cases: NamedDependency[UseCases], base: NamedDependency[str]
) -> SessionList:
    """List sessions, the one that began last first."""
    query = read_query(request, SessionsQuery)
    page, owner = page_of(query), owner_of(request)
    if query.user_id in {"", owner}:
        wanted = filter_of(query, request.user.room)
        found = use_cases.attended_sessions.page(request.user.access, wanted, page)
    else:
        found = NumberedPage(items=[], total=0, offset=page.offset)
    return session_list(found, page, owner=owner, base=base)


@get("/v2/sessions/{session_id:str}", opt=describe(answer=SessionItem), sync_to_thread=True)
def get_session(
    request: Call,
    session_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    base: NamedDependency[str],
) -> SessionItem:
    """Show one session."""
    found = find_session(request, use_cases, session_id)
    return session_item(found, owner=owner_of(request), base=base)


@get(
    "/v2/sessions/{session_id:str}/participants",
    opt=describe(answer=ParticipantList, query=PageQuery),
    sync_to_thread=True,
)
def list_participants(
    request: Call,
    session_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    base: NamedDependency[str],
) -> ParticipantList:
    """List everybody who was in a session, in the order in which they came."""
    page = page_of(read_query(request, PageQuery))
    found = find_session(request, use_cases, session_id)
    return participant_list(found, page, owner=owner_of(request), base=base)


@get(
    "/v2/sessions/{session_id:str}/participants/active",
    opt=describe(answer=ActiveParticipantList, query=PageQuery),
    sync_to_thread=True,
)
def list_active_participants(
    request: Call,
    session_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    base: NamedDependency[str],
) -> ActiveParticipantList:
    """List everybody who is in a session, in the order in which they came."""
    page = page_of(read_query(request, PageQuery))
    found = find_session(request, use_cases, session_id)
    return active_participant_list(found, page, owner=owner_of(request), base=base)


@get(
    "/v2/sessions/{session_id:str}/participants/{participant_id:str}",
    opt=describe(answer=ParticipantItem),
    sync_to_thread=True,
)
def get_participant(
    request: Call,
    session_id: FromPath[str],
    participant_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
) -> ParticipantItem:
    """Show somebody in a session."""
    found = find_session(request, use_cases, session_id)
    return participant_item(attendee_in(found, participant_id))


@get("/v2/sessions/{session_id:str}/stats", opt=describe(answer=SessionStats), sync_to_thread=True)
def get_session_stats(
    request: Call, session_id: FromPath[str], use_cases: NamedDependency[UseCases]
) -> SessionStats:
    """Show the quality of a session over time."""
    found = find_session(request, use_cases, session_id)
    return session_stats(found, use_cases.quality_windows.of_session(request.user.access, found))


@get(
    "/v2/sessions/{session_id:str}/participant/{participant_id:str}/stats",
    opt=describe(answer=ParticipantStats),
    sync_to_thread=True,
)
def get_participant_stats(
    request: Call,
    session_id: FromPath[str],
    participant_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
) -> ParticipantStats:
    """Show the quality that somebody had over time."""
    found = find_session(request, use_cases, session_id)
    attendee = attendee_in(found, participant_id)
    windows = use_cases.quality_windows.of_attendee(request.user.access, found.session.session_id, attendee)
    return participant_stats(found, attendee, windows)


@post(
    "/v2/sessions/end", opt=describe(answer=SessionItem, body=EndBody), status_code=200, sync_to_thread=True
)
def end_session(
    request: Call, body: RawBody, use_cases: NamedDependency[UseCases], base: NamedDependency[str]
) -> SessionItem:
    """End a session for everyone in it."""
    wanted = decode_json(body, _end_body)
    ended = use_cases.attended_sessions.end(
        request.user.access,
        session_id=wanted.session_id or "",
        rooms=rooms_of(request, wanted),
        ignores_ended=bool(wanted.ignore_closed),
    )
    return session_item(ended, owner=owner_of(request), base=base)


@post(
    "/v2/sessions/participants/remove",
    opt=describe(answer=str, body=RemoveBody),
    status_code=200,
    sync_to_thread=True,
)
def remove_participant(request: Call, body: RawBody, use_cases: NamedDependency[UseCases]) -> Response[bytes]:
    """Put somebody out of a session that goes on."""
    wanted = decode_json(body, _remove_body)
    removed = use_cases.attended_sessions.remove(
        request.user.access,
        wanted.participant_id,
        session_id=wanted.session_id or "",
        rooms=rooms_of(request, wanted),
    )
    sentence = f"Participant {participant_id(removed)} was removed."
    # A text of its own would be sent as it is, and the answer is JSON.
    return Response(msgspec.json.encode(sentence), media_type=MediaType.JSON)


HANDLERS: Final = (
    get_room,
    list_sessions,
    get_session,
    list_participants,
    list_active_participants,
    get_participant,
    get_session_stats,
    get_participant_stats,
    end_session,
    remove_participant,
)


def read_query(request: Call, kind: type[QueryT]) -> QueryT:
    """Read the query. A parameter without a value was not given.

    Raises:
        Invalid: a value that there cannot be; `field` is the parameter.
    """
    given = {name: value for name, value in request.query_params.items() if value}
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        found = _COMPLAINT.match(str(error))
        what, field = (found["what"], found["field"]) if found else (str(error), "")
        raise Invalid(f"{field}: {what}.", field=field) from error


def rooms_of(request: Call, wanted: EndBody | RemoveBody) -> tuple[str, ...]:
    """The rooms that a body and a token name.

    Raises:
        Invalid: the body names neither a room nor a session.
    """
    if not (wanted.room_id or wanted.session_id):
        raise Invalid("roomId or sessionId is required.", field="roomId")
    return tuple(filter(None, (wanted.room_id, request.user.room)))


def owner_of(request: Call) -> str:
    """What `userId` says."""
    return request.user.access.workspace.uuid


def find_session(request: Call, use_cases: UseCases, session_id: str) -> AttendedSession:
    """The session that a path names.

    Raises:
        NotFound: there is none that the caller may see.
    """
    rooms = tuple(filter(None, (request.user.room,)))
    return use_cases.attended_sessions.get(request.user.access, session_id, rooms=rooms)


def counting(use_cases: UseCases) -> Callable[[Call], Awaitable[None]]:
    """What counts each request for the caller's organization; it raises `Limited` for one too many."""

    async def count(request: Call) -> None:
        caller: VideoSdkCaller | None = request.scope.get("user")
        if caller is None:
            return
        allowance = use_cases.request_limit.spend(caller.access.workspace.organization_id)
        if allowance.is_exceeded:
            raise Limited("Too many requests were made in this minute.", retry_after=allowance.wait)

    return count
