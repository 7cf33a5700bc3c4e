"""Routes of the people on a meeting's list, and of their tokens."""

from typing import Final

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody

from sonde.api.realtimekit.body import read_body
from sonde.api.realtimekit.call import Call, read_query, read_uuid
from sonde.api.realtimekit.enrolment_mapping import show_admitted, show_listed, show_removed
from sonde.api.realtimekit.enrolment_shapes import (
    AdmittedParticipant,
    ListedParticipant,
    ParticipantBody,
    ParticipantChangeBody,
    ParticipantToken,
    RemovedParticipant,
)
from sonde.api.realtimekit.meetings import MEETING
from sonde.api.realtimekit.operation import describe
from sonde.api.realtimekit.paging import page_of, show_paging
from sonde.api.realtimekit.schema import Answer, PagedAnswer, PageQuery
from sonde.api.use_cases import UseCases
from sonde.model.people import Access
from sonde.services.enrolments import ParticipantChange

PARTICIPANT: Final = f"{MEETING}/participants/{{participant_id:str}}"
"""Where the routes of one participant begin."""

_body: Final = msgspec.json.Decoder(ParticipantBody)
_change_body: Final = msgspec.json.Decoder(ParticipantChangeBody)


@get(
    f"{MEETING}/participants",
    opt=describe(answer=PagedAnswer[list[ListedParticipant]], query=PageQuery),
    sync_to_thread=True,
)
def list_meeting_participants(
    request: Call,
    meeting_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> PagedAnswer[list[ListedParticipant]]:
    """List the people of a meeting, the newest first; those known from reports alone are among them."""
    query = read_query(request, PageQuery)
    page = use_cases.enrolments.numbered(access, read_uuid(meeting_id, "meeting_id"), page_of(query))
    return PagedAnswer(data=[show_listed(each) for each in page.items], paging=show_paging(page))


@post(
    f"{MEETING}/participants",
    opt=describe(answer=Answer[AdmittedParticipant], body=ParticipantBody, status=201),
    sync_to_thread=True,
)
def add_meeting_participant(
    request: Call,
    meeting_id: FromPath[str],
    body: RawBody,
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Response[Answer[AdmittedParticipant]]:
    """Put somebody on a meeting's list; who is on it already is the same person with what is said now."""
    wanted = read_body(request, body, _body)
    given = ParticipantChange(name=wanted.name, preset=wanted.preset_name, picture=wanted.picture)
    added = use_cases.enrolments.add(
        access, read_uuid(meeting_id, "meeting_id"), wanted.custom_participant_id, given
    )
    made = use_cases.reporting.create_token(access, added.participant_id)
    return Response(Answer(data=show_admitted(added, made.secret)), status_code=201)


@get(PARTICIPANT, opt=describe(answer=Answer[ListedParticipant]), sync_to_thread=True)
def get_meeting_participant(
    meeting_id: FromPath[str],
    participant_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Answer[ListedParticipant]:
    """Show a person on a meeting's list."""
    found = use_cases.enrolments.get(access, *_ids(meeting_id, participant_id))
    return Answer(data=show_listed(found))


@patch(
    PARTICIPANT,
    opt=describe(answer=Answer[AdmittedParticipant], body=ParticipantChangeBody),
    sync_to_thread=True,
)
def edit_meeting_participant(
    request: Call,
    meeting_id: FromPath[str],
    participant_id: FromPath[str],
    body: RawBody,
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Answer[AdmittedParticipant]:
    """Change what is named of a participant, and give them another token; their others work on."""
    said = read_body(request, body, _change_body)
    wanted = ParticipantChange(name=said.name, preset=said.preset_name, picture=said.picture)
    changed = use_cases.enrolments.change(access, *_ids(meeting_id, participant_id), wanted)
    made = use_cases.reporting.create_token(access, changed.participant_id)
    return Answer(data=show_admitted(changed, made.secret))


@delete(PARTICIPANT, opt=describe(answer=Answer[RemovedParticipant]), status_code=200, sync_to_thread=True)
def delete_meeting_participant(
    meeting_id: FromPath[str],
    participant_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Answer[RemovedParticipant]:
    """Take a person off a meeting's list and end their tokens."""
    meeting_id, participant_id = _ids(meeting_id, participant_id)
    removed = use_cases.enrolments.remove(access, meeting_id, participant_id)
    return Answer(data=show_removed(removed, use_cases.presets.named(access, removed.preset)))


@post(
    f"{PARTICIPANT}/token",
    opt=describe(answer=Answer[ParticipantToken]),
    status_code=200,
    sync_to_thread=True,
)
def refresh_participant_token(
    meeting_id: FromPath[str],
    participant_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Answer[ParticipantToken]:
    """Give a participant another token; their others work on until they expire."""
    found = use_cases.enrolments.get(access, *_ids(meeting_id, participant_id))
    made = use_cases.reporting.create_token(access, found.participant_id)
    return Answer(data=ParticipantToken(token=made.secret))


HANDLERS: Final = (
    list_meeting_participants,
    add_meeting_participant,
    get_meeting_participant,
    edit_meeting_participant,
    delete_meeting_participant,
    refresh_participant_token,
)


def _ids(meeting_id: str, participant_id: str) -> tuple[str, str]:
    """The ids of a path, in lower case."""
    return read_uuid(meeting_id, "meeting_id"), read_uuid(participant_id, "participant_id")
