"""Participants: the people of a meeting, and the tokens with which they report."""

from datetime import datetime, timedelta
from typing import Annotated, Final

import msgspec
from litestar import Response, delete, get, post
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
from sonde.model.peers import Participant
from sonde.model.people import Access
from sonde.model.sessions import ViewType
from sonde.services.meetings import Enrolment
from sonde.services.reporting import TOKEN_TTL_DEFAULT, TOKEN_TTL_MAX


class ParticipantBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who shall be enrolled.

    Attributes:
        custom_id: your own id of the person, unique in the meeting.
        name: shown to people.
        preset: name of the set of permissions that your application gives them.
        view_type: the kind of call that they take part in.
    """

    custom_id: Annotated[str, Meta(min_length=1, max_length=255)]
    name: Annotated[str, Meta(max_length=255)] = ""
    preset: Annotated[str, Meta(max_length=255)] = ""
    view_type: ViewType = ViewType.GROUP_CALL


class ParticipantItem(msgspec.Struct, frozen=True, kw_only=True):
    """A person in a meeting, the same one in all of its sessions.

    Attributes:
        participant_id: their UUID.
        meeting_id: the meeting.
        custom_id: the application's own id of the person; null for somebody known from one connection only.
        name: shown to people; may be empty.
        preset: name of the set of permissions that the application gave them; may be empty.
        view_type: the kind of call that they take part in.
        created_at, updated_at: when they were enrolled or first reported, and last changed.
    """

    participant_id: str
    meeting_id: str
    custom_id: str | None
    name: str
    preset: str
    view_type: ViewType
    created_at: datetime
    updated_at: datetime


class TokenBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a token shall be like.

    Attributes:
        ttl: seconds until it expires; a day when left out.
    """

    ttl: Annotated[
        int, Meta(ge=1, le=int(TOKEN_TTL_MAX.total_seconds()), extra_json_schema={"x-unit": "s"})
    ] = int(TOKEN_TTL_DEFAULT.total_seconds())


class ParticipantToken(msgspec.Struct, frozen=True, kw_only=True):
    """A new token. It is shown this once.

    Attributes:
        token: what the participant's client reports with.
        participant_id: whose reports they are.
        expires_at: until when it works.
    """

    token: str
    participant_id: str
    expires_at: datetime


_body = msgspec.json.Decoder(ParticipantBody)
_token_body = msgspec.json.Decoder(TokenBody)


@get(
    "/meetings/{meeting_id:str}/participants",
    opt=describe(
        tag="Participants",
        summary="List the people of a meeting",
        query=PageQuery,
        answer=Page[ParticipantItem],
    ),
    sync_to_thread=True,
)
def list_participants(
    request: Call,
    meeting_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Page[ParticipantItem]:
    """Everybody who was enrolled in a meeting or reported from it, the newest first."""
    query = read_query(request, PageQuery)
    found = use_cases.meetings.participants(
        access, meeting_id, limit=query.limit + 1, after=position_of(query)
    )
    return page_by_moment([_shown(each) for each in found], query, key=_place)


@post(
    "/meetings/{meeting_id:str}/participants",
    opt=describe(
        tag="Participants",
        summary="Enrol somebody in a meeting",
        body=ParticipantBody,
        answer=ParticipantItem,
        status=201,
        errors=(409,),
        body_example={"custom_id": "customer-7", "name": "Ada", "preset": "host"},
    ),
    sync_to_thread=True,
)
def add_participant(
    request: Call,
    meeting_id: FromPath[str],
    body: RawBody,
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Response[ParticipantItem]:
    """Enrol somebody, so that a token can be made for them. Reports need no enrolment."""
    read_query(request, Query)
    require_json(request)
    enrolment = Enrolment(**msgspec.structs.asdict(decode_json(body, _body)))
    return Response(_shown(use_cases.meetings.enrol(access, meeting_id, enrolment)), status_code=201)


@get(
    "/participants/{participant_id:str}",
    opt=describe(tag="Participants", summary="Show a participant", answer=ParticipantItem),
    sync_to_thread=True,
)
def get_participant(
    request: Call,
    participant_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> ParticipantItem:
    """One participant of the workspace."""
    read_query(request, Query)
    return _shown(use_cases.meetings.participant(access, participant_id))


@post(
    "/participants/{participant_id:str}/tokens",
    opt=describe(
        tag="Participants",
        summary="Make a token for a participant",
        body=TokenBody,
        answer=ParticipantToken,
        status=201,
        body_example={"ttl": 3600},
    ),
    sync_to_thread=True,
)
def create_participant_token(
    request: Call,
    participant_id: FromPath[str],
    body: RawBody,
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Response[ParticipantToken]:
    """Make a token with which a client reports as this participant, and can do nothing else."""
    read_query(request, Query)
    require_json(request)
    ttl = timedelta(seconds=decode_json(body, _token_body).ttl)
    made = use_cases.reporting.create_token(access, participant_id, ttl)
    shown = ParticipantToken(
        token=made.secret, participant_id=made.participant_id, expires_at=made.expires_at
    )
    return Response(shown, status_code=201)


@delete(
    "/participants/{participant_id:str}/tokens",
    opt=describe(tag="Participants", summary="End the tokens of a participant", status=204),
    status_code=204,
    sync_to_thread=True,
)
def revoke_participant_tokens(
    request: Call,
    participant_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> None:
    """End all tokens of a participant; where one was used just now, within ten seconds."""
    read_query(request, Query)
    use_cases.reporting.revoke_tokens(access, participant_id)


HANDLERS: Final = (
    list_participants,
    add_participant,
    get_participant,
    create_participant_token,
    revoke_participant_tokens,
)


def _shown(participant: Participant) -> ParticipantItem:
    return ParticipantItem(
        participant_id=participant.participant_id,
        meeting_id=participant.meeting_id,
        custom_id=participant.custom_id,
        name=participant.name,
        preset=participant.preset,
        view_type=participant.view_type,
        created_at=participant.created_at,
        updated_at=participant.updated_at,
    )


def _place(item: ParticipantItem) -> AfterMoment:
    return AfterMoment(at=item.created_at, id=item.participant_id)
