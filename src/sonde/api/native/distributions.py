"""How the numbers of streams were spread, over a peer, a session, or many sessions."""

from datetime import datetime
from typing import Annotated, Final

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from sonde.api.native.call import Call
from sonde.api.native.operation import describe
from sonde.api.native.paging import Page
from sonde.api.native.query import Query, read_query
from sonde.api.native.report_examples import DISTRIBUTIONS
from sonde.api.use_cases import UseCases
from sonde.model.distributions import NumberDistribution
from sonde.model.listing import SessionFilter
from sonde.model.people import Access


class DistributionQuery(Query, frozen=True, kw_only=True):
    """Over which sessions; 1000 at most.

    Attributes:
        since: only sessions that went on after this moment.
        until: only sessions that began before this moment.
        meeting_id: only sessions of this meeting.
        participant: only sessions in which somebody was with these words in the name, or with this whole id
            or custom id.
    """

    since: Annotated[datetime, Meta(tz=True)] | None = None
    until: Annotated[datetime, Meta(tz=True)] | None = None
    meeting_id: Annotated[str, Meta(max_length=64)] | None = None
    participant: Annotated[str, Meta(max_length=255)] = ""


@get(
    "/distributions",
    opt=describe(
        tag="Distributions",
        summary="Show distributions",
        query=DistributionQuery,
        answer=Page[NumberDistribution],
        example=DISTRIBUTIONS,
    ),
    sync_to_thread=True,
)
def list_distributions(
    request: Call, use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Page[NumberDistribution]:
    """How each number was spread over the intervals of all streams of some sessions, by class of streams.

    A session counts from when it was first worked out: when somebody asked for what was concluded of it, or
    a minute and a half after it went quiet.
    """
    query = read_query(request, DistributionQuery)
    wanted = SessionFilter(
        since=query.since,
        until=query.until,
        meeting_id=query.meeting_id,
        participant=query.participant.strip(),
    )
    session_ids = use_cases.sessions.ids(access, wanted)
    return Page(items=use_cases.conclusions.distributions(access, session_ids))


@get(
    "/sessions/{session_id:str}/distributions",
    opt=describe(
        tag="Distributions",
        summary="Show distributions of a session",
        query=Query,
        answer=Page[NumberDistribution],
        example=DISTRIBUTIONS,
    ),
    sync_to_thread=True,
)
def list_session_distributions(
    request: Call,
    session_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Page[NumberDistribution]:
    """The same over the streams of all peers of a session."""
    read_query(request, Query)
    return Page(items=use_cases.conclusions.distributions_of_session(access, session_id))


@get(
    "/peers/{peer_id:str}/distributions",
    opt=describe(
        tag="Distributions",
        summary="Show distributions of a peer",
        query=Query,
        answer=Page[NumberDistribution],
        example=DISTRIBUTIONS,
    ),
    sync_to_thread=True,
)
def list_peer_distributions(
    request: Call,
    peer_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Page[NumberDistribution]:
    """The same over the streams of one peer."""
    read_query(request, Query)
    return Page(items=use_cases.conclusions.distributions_of_peer(access, peer_id))


HANDLERS: Final = (list_distributions, list_session_distributions, list_peer_distributions)
