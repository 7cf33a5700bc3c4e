"""Peers: single connections of people, and how they come and go."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final
from uuid import uuid4

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody
from msgspec import Meta

from sonde.api.body import decode_json
from sonde.api.native.call import Call, require_json
from sonde.api.native.operation import describe
from sonde.api.native.query import Query, read_query, read_uuid
from sonde.api.native.units import Duration
from sonde.api.use_cases import UseCases
from sonde.model.peers import (
    Device,
    LeaveReason,
    Participant,
    Peer,
    PeerEvent,
    Place,
    peer_events,
    peer_id_of,
)
from sonde.model.people import Access
from sonde.model.sessions import ViewType
from sonde.model.sightings import Sighting


class JoinBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who comes.

    Attributes:
        peer_id: the key that the connection's own reports will carry; one is made when it is left out.
        participant_id: an enrolled participant whose connection it is.
        custom_id: or else your own id of the person; they are enrolled if need be.
        name, preset: what is to be shown of the person.
        view_type: the kind of call that they take part in; the participant's when it is left out.
        user_agent: of their browser, if you know it.
        labels: whatever you want to find the connection by.
    """

    peer_id: Annotated[str, Meta(min_length=1, max_length=255)] | None = None
    participant_id: Annotated[str, Meta(max_length=64)] | None = None
    custom_id: Annotated[str, Meta(min_length=1, max_length=255)] | None = None
    name: Annotated[str, Meta(max_length=255)] = ""
    preset: Annotated[str, Meta(max_length=255)] = ""
    view_type: ViewType | None = None
    user_agent: Annotated[str, Meta(max_length=1024)] = ""
    labels: dict[str, str] = {}


class PeerItem(msgspec.Struct, frozen=True, kw_only=True):
    """One connection of a participant: a tab, a rejoin, a call leg.

    Attributes:
        peer_id: its UUID; its measurements are kept under it.
        session_id: the session that it belongs to.
        participant_id, custom_id, name, preset: whose it is.
        view_type: the kind of call that it takes part in.
        created_at: the first that is known of it.
        joined_at: when it was connected; `created_at` when nobody said.
        last_seen_at: its latest report, some seconds coarse while it is there.
        left_at: when it left; null while it is there.
        leave_reason: `left`, `time_out` (nothing was heard any more), `removed` (by the application) or
            `session_ended`.
        duration: from its joining to its leaving, or to the latest that is known of it.
        has_reported: it sent reports; otherwise only the application spoke of it.
        device: what it runs on.
        place: where it is, as far as the operator's databases know.
        labels: what the application says of it.
    """

    peer_id: str
    session_id: str
    participant_id: str
    custom_id: str | None
    name: str
    preset: str
    view_type: ViewType
    created_at: datetime
    joined_at: datetime
    last_seen_at: datetime
    left_at: datetime | None
    leave_reason: LeaveReason | None
    duration: Duration
    has_reported: bool
    device: Device
    place: Place
    labels: dict[str, str]


class PeerDetail(PeerItem, frozen=True, kw_only=True):
    """A connection with its events.

    Attributes:
        events: created, joining, joined and leaving, in order.
    """

    events: list[PeerEvent]


def show_peer(peer: Peer, now: datetime) -> PeerItem:
    """A peer as callers see it."""
    return PeerItem(**_fields(peer, now))


def _detail(peer: Peer, now: datetime) -> PeerDetail:
    return PeerDetail(events=peer_events(peer), **_fields(peer, now))


def _fields(peer: Peer, now: datetime) -> dict[str, Any]:
    person = peer.participant
    return {
        "peer_id": peer.peer_id,
        "session_id": peer.session_id,
        "participant_id": person.participant_id,
        "custom_id": person.custom_id,
        "name": person.name,
        "preset": person.preset,
        "view_type": peer.view_type,
        "created_at": peer.created_at,
        "joined_at": peer.joined_at,
        "last_seen_at": peer.last_seen_at,
        "left_at": peer.left_at,
        "leave_reason": peer.leave_reason,
        "duration": max(peer.until(now) - peer.joined_at, timedelta()).total_seconds(),
        "has_reported": peer.has_reported,
        "device": peer.device,
        "place": peer.place,
        "labels": peer.labels,
    }


PEER: Final = Peer(
    peer_id="b3c8a1de-4f52-4e3b-8a55-7f0f2f9d9a10",
    workspace_id=1,
    session_id="9a7d2c41-7c0b-4a8e-b1a5-6d0a54d6e7f3",
    participant=Participant(
        participant_id="0d9a4c7e-52b1-4f0e-9d7c-3a0f1f5b6c21",
        workspace_id=1,
        meeting_id="6f9619ff-8b86-4011-b42d-00c04fc964ff",
        custom_id="customer-7",
        name="Ada",
        preset="host",
        view_type=ViewType.GROUP_CALL,
        created_at=datetime(2026, 7, 29, 8, tzinfo=UTC),
        updated_at=datetime(2026, 7, 29, 8, tzinfo=UTC),
    ),
    view_type=ViewType.GROUP_CALL,
    device=Device(
        browser="Firefox", browser_version="144.0", engine="Gecko", os="Linux", is_mobile=False, cpus=8
    ),
    place=Place(address="203.0.0.0", country="EG", region="Cairo Governorate", city="Cairo"),
    labels={"tier": "gold"},
    created_at=datetime(2026, 7, 29, 8, 0, 1, tzinfo=UTC),
    connected_at=datetime(2026, 7, 29, 8, 0, 2, tzinfo=UTC),
    last_seen_at=datetime(2026, 7, 29, 8, 12, 32, tzinfo=UTC),
    heard_at=datetime(2026, 7, 29, 8, 12, 32, tzinfo=UTC),
    has_reported=True,
    left_at=datetime(2026, 7, 29, 8, 12, 32, tzinfo=UTC),
    leave_reason=LeaveReason.LEFT,
)
"""What examples in the document show."""

_DETAIL: Final = msgspec.to_builtins(_detail(PEER, PEER.last_seen_at))

_body = msgspec.json.Decoder(JoinBody)


@get(
    "/peers/{peer_id:str}",
    opt=describe(tag="Peers", summary="Show a connection", answer=PeerDetail, example=_DETAIL),
    sync_to_thread=True,
)
def get_peer(
    request: Call,
    peer_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> PeerDetail:
    """One peer of the workspace, with its events."""
    read_query(request, Query)
    return _detail(use_cases.sessions.peer(access, read_uuid(peer_id, "peer_id")), use_cases.now())


@post(
    "/meetings/{meeting_id:str}/peers",
    opt=describe(
        tag="Peers",
        summary="Let somebody join",
        body=JoinBody,
        answer=PeerDetail,
        example=_DETAIL,
        status=201,
        errors=(409,),
        body_example={"custom_id": "customer-7", "name": "Ada"},
    ),
    sync_to_thread=True,
)
def join_meeting(
    request: Call,
    meeting_id: FromPath[str],
    body: RawBody,
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Response[PeerDetail]:
    """Note that somebody joins a meeting now; a session begins if none goes on.

    Reports make peers by themselves, so this is for connections that do not report, or before they do. The
    same `peer_id` again changes nothing.
    """
    read_query(request, Query)
    require_json(request)
    asked, now = decode_json(body, _body), use_cases.now()
    arrival = Sighting(
        workspace_id=access.workspace.workspace_id,
        peer_id=peer_id_of(asked.peer_id or str(uuid4())),
        first_at=now,
        last_at=now,
        connected_at=now,
        meeting=read_uuid(meeting_id, "meeting_id"),
        participant_id=asked.participant_id,
        custom_id=asked.custom_id,
        name=asked.name,
        preset=asked.preset,
        view_type=asked.view_type,
        user_agent=asked.user_agent,
        labels=asked.labels,
    )
    return Response(_detail(use_cases.sessions.join(access, arrival), now), status_code=201)


@post(
    "/peers/{peer_id:str}/leave",
    opt=describe(tag="Peers", summary="Let a connection leave", answer=PeerDetail, example=_DETAIL),
    status_code=200,
    sync_to_thread=True,
)
def leave_meeting(
    request: Call,
    peer_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> PeerDetail:
    """Note that a connection ends now. One that goes on reporting half a minute later has come back."""
    read_query(request, Query)
    return _detail(use_cases.sessions.leave(access, read_uuid(peer_id, "peer_id")), use_cases.now())


HANDLERS: Final = (get_peer, join_meeting, leave_meeting)
