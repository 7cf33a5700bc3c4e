"""Sessions: live instances of meetings, and who was in them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from sonde.api.native.call import Call
from sonde.api.native.moments import AfterMoment, page_until, position_of, rest_by_moment
from sonde.api.native.operation import describe
from sonde.api.native.paging import Page
from sonde.api.native.peers import PEER, PeerItem, show_peer
from sonde.api.native.query import PageQuery, Query, read_query, read_uuid
from sonde.api.native.units import Minutes
from sonde.api.use_cases import UseCases
from sonde.model.listing import PeerFilter, SessionFilter
from sonde.model.peers import Peer
from sonde.model.people import Access
from sonde.model.sessions import EndReason, SessionStatus, ViewType
from sonde.services.sessions import SessionDetail


class QualityQuery(PageQuery, frozen=True, kw_only=True):
    """What lists of calls and connections take.

    Attributes:
        since, until: only what went on after the one moment and began before the other.
        sdk, sdk_version: only where this program reports, by its whole name and version as in `device`.
        issue: only where there was an issue of this type.
        mos_from, mos_below: only where the worst stream of a connection scored at least the one and less than
            the other, each stream on its own scale.
    """

    since: Annotated[datetime, Meta(tz=True)] | None = None
    until: Annotated[datetime, Meta(tz=True)] | None = None
    sdk: Annotated[str, Meta(max_length=255)] = ""
    sdk_version: Annotated[str, Meta(max_length=255)] = ""
    issue: Annotated[str, Meta(max_length=64)] = ""
    mos_from: Annotated[float, Meta(ge=1, le=5)] | None = None
    mos_below: Annotated[float, Meta(ge=1, le=5)] | None = None

    @property
    def peer(self) -> PeerFilter:
        """What is asked of a connection."""
        return PeerFilter(
            sdk=self.sdk,
            sdk_version=self.sdk_version,
            issue=self.issue,
            mos_from=self.mos_from,
            mos_below=self.mos_below,
        )


class SessionQuery(QualityQuery, frozen=True, kw_only=True):
    """What the list of sessions takes.

    Attributes:
        status: only sessions that go on, or that have ended.
        meeting_id: only sessions of this meeting.
        parent_session_id: only breakout rooms of this session.
        participant: only sessions in which somebody was with these words in the name, or with this whole id
            or custom id.
    """

    status: Literal["live", "ended"] | None = None
    meeting_id: Annotated[str, Meta(max_length=64)] | None = None
    parent_session_id: Annotated[str, Meta(max_length=64)] | None = None
    participant: Annotated[str, Meta(max_length=255)] = ""


class SessionItem(msgspec.Struct, frozen=True, kw_only=True):
    """One live instance of a meeting: from the first peer's coming to a while after the last one's leaving.

    Attributes:
        session_id: its UUID.
        meeting_id, meeting_title, meeting_custom_id: the meeting.
        parent_session_id: the session that this breakout room belongs to; null for others.
        status: whether it goes on.
        started_at: when the first peer came.
        ended_at: when the last one had been gone for the keep-alive, or when somebody ended it; null while it
            goes on.
        end_reason: `empty` or `request`; null while it goes on.
        participants: different people who were in it.
        peers, live_peers: connections that they had, and that are there now.
        max_concurrent_peers: highest number of connections that were there at once.
        participant_minutes: sum of the minutes of all connections, up to the latest that is known of each.
        minutes_by_view_type: the same by kind of call.
        created_at, updated_at: when the server first heard of it, and last changed what it keeps of it.
    """

    session_id: str
    meeting_id: str
    meeting_title: str
    meeting_custom_id: str | None
    parent_session_id: str | None
    status: SessionStatus
    started_at: datetime
    ended_at: datetime | None
    end_reason: EndReason | None
    participants: int
    peers: int
    live_peers: int
    max_concurrent_peers: int
    participant_minutes: Minutes
    minutes_by_view_type: dict[ViewType, Minutes]
    created_at: datetime
    updated_at: datetime


class SessionParticipantItem(msgspec.Struct, frozen=True, kw_only=True):
    """A person in a session, with all their connections.

    Attributes:
        participant_id: their UUID.
        custom_id: the application's own id of the person; null for somebody known from one connection only.
        name, preset: what the application says of them; may be empty.
        joined_at: when their first connection came.
        left_at: when their last connection left; null while one is there.
        minutes: sum over their connections.
        peer_ids: their connections, in the order in which they came.
    """

    participant_id: str
    custom_id: str | None
    name: str
    preset: str
    joined_at: datetime
    left_at: datetime | None
    minutes: Minutes
    peer_ids: tuple[str, ...]


def _shown(detail: SessionDetail) -> SessionItem:
    session, meeting = detail.session, detail.meeting
    return SessionItem(
        session_id=session.session_id,
        meeting_id=meeting.meeting_id,
        meeting_title=meeting.settings.title,
        meeting_custom_id=meeting.settings.custom_id,
        parent_session_id=session.parent_session_id,
        status=session.status,
        started_at=session.started_at,
        ended_at=session.ended_at,
        end_reason=session.end_reason,
        created_at=session.created_at,
        updated_at=session.updated_at,
        **msgspec.structs.asdict(detail.totals),
    )


def _by_participant(peers: Iterable[Peer], now: datetime) -> list[SessionParticipantItem]:
    groups: dict[str, list[Peer]] = {}
    for peer in peers:
        groups.setdefault(peer.participant.participant_id, []).append(peer)
    found = [_participant(group, now) for group in groups.values()]
    return sorted(found, key=lambda each: (each.joined_at, each.participant_id))


def _participant(peers: list[Peer], now: datetime) -> SessionParticipantItem:
    person = peers[0].participant
    left = [peer.left_at for peer in peers if peer.left_at is not None]
    return SessionParticipantItem(
        participant_id=person.participant_id,
        custom_id=person.custom_id,
        name=person.name,
        preset=person.preset,
        joined_at=min(peer.joined_at for peer in peers),
        left_at=max(left) if len(left) == len(peers) else None,
        minutes=sum(show_peer(peer, now).duration for peer in peers) / 60,
        peer_ids=tuple(peer.peer_id for peer in peers),
    )


def _peer_place(item: PeerItem) -> AfterMoment:
    return AfterMoment(at=item.created_at, id=item.peer_id)


def _participant_place(item: SessionParticipantItem) -> AfterMoment:
    return AfterMoment(at=item.joined_at, id=item.participant_id)


def _page(item: msgspec.Struct) -> dict[str, Any]:
    return {"items": [msgspec.to_builtins(item)], "next": None}


_ITEM: Final = msgspec.to_builtins(
    SessionItem(
        session_id=PEER.session_id,
        meeting_id=PEER.participant.meeting_id,
        meeting_title="Stand-up",
        meeting_custom_id="stand-up",
        parent_session_id=None,
        status=SessionStatus.ENDED,
        started_at=PEER.created_at,
        ended_at=datetime(2026, 7, 29, 8, 13, 32, tzinfo=UTC),
        end_reason=EndReason.EMPTY,
        participants=1,
        peers=1,
        live_peers=0,
        max_concurrent_peers=1,
        participant_minutes=12.5,
        minutes_by_view_type={ViewType.GROUP_CALL: 12.5},
        created_at=PEER.created_at,
        updated_at=datetime(2026, 7, 29, 8, 13, 35, tzinfo=UTC),
    )
)


@get(
    "/sessions",
    opt=describe(
        tag="Sessions",
        summary="List sessions",
        query=SessionQuery,
        answer=Page[SessionItem],
        example={"items": [_ITEM], "next": None},
    ),
    sync_to_thread=True,
)
def list_sessions(
    request: Call, use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Page[SessionItem]:
    """The sessions of the workspace, the one that began last first.

    What is asked of connections must be true of one and the same of them. By quality those are found that
    were worked out, which is within two minutes of the last report. A search that finds little gives short
    pages, which may be empty while `next` leads on.
    """
    query = read_query(request, SessionQuery)
    wanted = SessionFilter(
        since=query.since,
        until=query.until,
        is_live=None if query.status is None else query.status == "live",
        meeting_id=query.meeting_id,
        parent_session_id=query.parent_session_id,
        participant=query.participant.strip(),
        peer=query.peer,
    )
    found = use_cases.call_search.sessions(access, wanted, limit=query.limit, after=position_of(query))
    return page_until([_shown(each) for each in found.sessions], found.end)


@get(
    "/sessions/{session_id:str}",
    opt=describe(tag="Sessions", summary="Show a session", answer=SessionItem, example=_ITEM),
    sync_to_thread=True,
)
def get_session(
    request: Call,
    session_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> SessionItem:
    """One session of the workspace. Its breakout rooms are listed by `parent_session_id`."""
    read_query(request, Query)
    return _shown(use_cases.sessions.get(access, read_uuid(session_id, "session_id")))


@post(
    "/sessions/{session_id:str}/end",
    opt=describe(tag="Sessions", summary="End a session", answer=SessionItem, example=_ITEM),
    status_code=200,
    sync_to_thread=True,
)
def end_session(
    request: Call,
    session_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> SessionItem:
    """End a session and its breakout rooms for everyone, for good: late reports do not reopen it."""
    read_query(request, Query)
    return _shown(use_cases.sessions.end(access, read_uuid(session_id, "session_id")))


@get(
    "/sessions/{session_id:str}/peers",
    opt=describe(
        tag="Sessions",
        summary="List the connections of a session",
        query=QualityQuery,
        answer=Page[PeerItem],
        example=_page(show_peer(PEER, PEER.last_seen_at)),
    ),
    sync_to_thread=True,
)
def list_session_peers(
    request: Call,
    session_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Page[PeerItem]:
    """The peers of a session, in the order in which they came."""
    query = read_query(request, QualityQuery)
    found = use_cases.call_search.peers(
        access, read_uuid(session_id, "session_id"), query.peer, since=query.since, until=query.until
    )
    now = use_cases.now()
    return rest_by_moment([show_peer(each, now) for each in found], query, key=_peer_place)


@get(
    "/sessions/{session_id:str}/participants",
    opt=describe(
        tag="Sessions",
        summary="List the people of a session",
        query=PageQuery,
        answer=Page[SessionParticipantItem],
        example=_page(_participant([PEER], PEER.last_seen_at)),
    ),
    sync_to_thread=True,
)
def list_session_participants(
    request: Call,
    session_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Page[SessionParticipantItem]:
    """The participants of a session with all their connections, in the order in which they came."""
    query = read_query(request, PageQuery)
    found = _by_participant(
        use_cases.sessions.peers(access, read_uuid(session_id, "session_id")), use_cases.now()
    )
    return rest_by_moment(found, query, key=_participant_place)


HANDLERS: Final = (list_sessions, get_session, end_session, list_session_peers, list_session_participants)
