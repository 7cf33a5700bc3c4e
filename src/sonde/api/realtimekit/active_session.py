"""Routes of the session that goes on in a meeting."""

from typing import Annotated, Final

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody
from msgspec import Meta

from sonde.api.realtimekit.body import read_body
from sonde.api.realtimekit.call import Call, read_uuid
from sonde.api.realtimekit.meetings import MEETING
from sonde.api.realtimekit.operation import describe
from sonde.api.realtimekit.schema import Answer
from sonde.api.realtimekit.session_mapping import show_session
from sonde.api.realtimekit.session_shapes import SessionItem
from sonde.api.realtimekit.units import show_moment
from sonde.api.use_cases import UseCases
from sonde.model.errors import Invalid
from sonde.model.peers import Participant
from sonde.model.people import Access

Id = Annotated[str, Meta(max_length=255)]


class KickBody(msgspec.Struct, frozen=True, kw_only=True):
    """Who shall be put out of a session; of those who are not in it nothing changes."""

    participant_ids: Annotated[
        list[Id], Meta(max_length=1000, description="Ids of participants, or of single connections.")
    ] = []
    custom_participant_ids: Annotated[
        list[Id], Meta(max_length=1000, description="The application's own ids of participants.")
    ] = []


class KickedParticipant(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who was put out."""

    id: str
    name: str | None
    picture: str | None
    created_at: str
    updated_at: str


class Kicked(msgspec.Struct, frozen=True, kw_only=True):
    """Who was put out."""

    action: str = "kick"
    participants: list[KickedParticipant]


class KickedAll(msgspec.Struct, frozen=True, kw_only=True):
    """How many connections were ended."""

    action: str = "kick-all"
    kicked_participants_count: int


_body: Final = msgspec.json.Decoder(KickBody)


@get(f"{MEETING}/active-session", opt=describe(answer=Answer[SessionItem]), sync_to_thread=True)
def get_active_session(
    meeting_id: FromPath[str], use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Answer[SessionItem]:
    """Show the session that goes on in a meeting."""
    found = use_cases.active_sessions.of(access, read_uuid(meeting_id, "meeting_id"))
    return Answer(data=show_session(found, access.workspace))


@post(
    f"{MEETING}/active-session/kick",
    opt=describe(answer=Answer[Kicked], body=KickBody),
    status_code=200,
    sync_to_thread=True,
)
def kick_participants(
    request: Call,
    meeting_id: FromPath[str],
    body: RawBody,
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Answer[Kicked]:
    """Put people out of the session that goes on; whoever connects again comes back as another peer."""
    wanted = read_body(request, body, _body)
    if not (wanted.participant_ids or wanted.custom_participant_ids):
        raise Invalid("Name somebody, here or in custom_participant_ids.", field="participant_ids")
    kicked = use_cases.active_sessions.kick(
        access,
        read_uuid(meeting_id, "meeting_id"),
        ids=[each.lower() for each in wanted.participant_ids],
        custom_ids=wanted.custom_participant_ids,
    )
    return Answer(data=Kicked(participants=[_shown(each) for each in kicked]))


@post(
    f"{MEETING}/active-session/kick-all",
    opt=describe(answer=Answer[KickedAll]),
    status_code=200,
    sync_to_thread=True,
)
def kick_all_participants(
    meeting_id: FromPath[str], use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Answer[KickedAll]:
    """Put everybody out, which ends the session for good."""
    count = use_cases.active_sessions.kick_all(access, read_uuid(meeting_id, "meeting_id"))
    return Answer(data=KickedAll(kicked_participants_count=count))


HANDLERS: Final = (get_active_session, kick_participants, kick_all_participants)


def _shown(participant: Participant) -> KickedParticipant:
    return KickedParticipant(
        id=participant.participant_id,
        name=participant.name or None,
        picture=participant.picture or None,
        created_at=show_moment(participant.created_at),
        updated_at=show_moment(participant.updated_at),
    )
