"""Agents: where they are, and how well they work."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, TypeVar

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from sonde.api.native.call import Call
from sonde.api.native.examples import MOMENT, ROUND
from sonde.api.native.operation import describe
from sonde.api.native.paging import Page, page_by_id
from sonde.api.native.query import PageQuery, Query, read_id, read_query
from sonde.api.native.ranges import USUAL_SPAN
from sonde.api.native.units import Duration, EpochSeconds, Packets, Seconds
from sonde.api.use_cases import UseCases
from sonde.model.agents import Agent
from sonde.model.people import Access
from sonde.services.results import ReceiverWork, SenderWork


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """How well an agent sent, by its last result; `send_errors` are those of the last day.

    Attributes:
        round_id: the round of that result.
        target_agent_id: who received, against whose clock its own was compared.
        priority: `realtime` or `normal`, of the process that sent.
        pacing_error_p99: how late packets left, 99th percentile; null when none was due.
        stall_max: longest hole beyond the packet interval; null when fewer than two packets were due.
        send_errors: packets its own kernel refused.
        clock_method: how the offset of both clocks was found: `same-clock`, `two-way`, `two-way+ntp` or
            `none`.
        clock_error_bound: how wrong the offset is at most; null when the target never answered.
        clock_conflict: both clocks are declared to be synchronised, and the packets prove the opposite.
    """

    round_id: EpochSeconds
    target_agent_id: int
    priority: str
    pacing_error_p99: Seconds | None
    stall_max: Duration | None
    send_errors: Packets
    clock_method: str
    clock_error_bound: Duration | None
    clock_conflict: bool


class Receiving(msgspec.Struct, frozen=True, kw_only=True):
    """How well an agent received, by its last result; drops and forgeries are those of the last day.

    Attributes:
        round_id: the round of that result.
        source_agent_id: who sent.
        timestamp_source: where receive times came from: `kernel`, `user` or `none`.
        agent_drops: packets that its own socket queue lost.
        agent_drops_of: whose those are: `stream`, `port` or `unknown`.
        forged_packets: packets whose tag was wrong.
    """

    round_id: EpochSeconds
    source_agent_id: int
    timestamp_source: str
    agent_drops: Packets
    agent_drops_of: str
    forged_packets: Packets


class AgentItem(msgspec.Struct, frozen=True, kw_only=True):
    """A measuring program that is or was in the workspace.

    Attributes:
        agent_id: its number.
        name: what people call it.
        host, port: where other agents reach its RTP listener.
        country_id: ISO 3166-1 alpha-2; empty when not told.
        location: where it stands, for people; empty when not told.
        addresses: addresses of its own interfaces.
        version: release of Sonde that it runs.
        enabled: it is given work.
        online: it asked for its instructions within the last 20 seconds.
        last_seen_at: when it last did; null when it never did.
        created_at: when it was let in.
        sending: how well it sent in the last day; null when it did not.
        receiving: how well it received in the last day; null when it did not.
    """

    agent_id: int
    name: str
    host: str
    port: int
    country_id: str
    location: str
    addresses: tuple[str, ...]
    version: str
    enabled: bool
    online: bool
    last_seen_at: datetime | None
    created_at: datetime
    sending: Sending | None
    receiving: Receiving | None


_ITEM: Final = {
    "agent_id": 3,
    "name": "cairo-1",
    "host": "192.0.2.6",
    "port": 49152,
    "country_id": "EG",
    "location": "Cairo",
    "addresses": ["192.0.2.6"],
    "version": "0.1.0",
    "enabled": True,
    "online": True,
    "last_seen_at": MOMENT,
    "created_at": MOMENT,
    "sending": {
        "round_id": ROUND,
        "target_agent_id": 4,
        "priority": "realtime",
        "pacing_error_p99": 0.000061,
        "stall_max": 0.0002,
        "send_errors": 0,
        "clock_method": "two-way",
        "clock_error_bound": 0.0281,
        "clock_conflict": False,
    },
    "receiving": None,
}


@get(
    "/agents",
    opt=describe(
        tag="Agents",
        summary="List agents",
        query=PageQuery,
        answer=Page[AgentItem],
        example={"items": [_ITEM], "next": None},
    ),
    sync_to_thread=True,
)
def list_agents(
    request: Call, use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Page[AgentItem]:
    """The agents of the workspace with their health, by number."""
    query = read_query(request, PageQuery)
    page = page_by_id(use_cases.agents.list(access), query, key=lambda each: each.agent_id)
    return Page(items=_shown(page.items, use_cases, access), next=page.next)


@get(
    "/agents/{agent_id:str}",
    opt=describe(tag="Agents", summary="Show an agent", answer=AgentItem, example=_ITEM),
    sync_to_thread=True,
)
def get_agent(
    request: Call,
    agent_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> AgentItem:
    """One agent of the workspace with its health."""
    read_query(request, Query)
    agent = use_cases.agents.get(access, read_id(agent_id, "agent_id"))
    [shown] = _shown([agent], use_cases, access)
    return shown


HANDLERS: Final = (list_agents, get_agent)


def _shown(agents: Sequence[Agent], use_cases: UseCases, access: Access) -> list[AgentItem]:
    now = use_cases.now()
    work = use_cases.results.agents_at_work(access, int((now - USUAL_SPAN).timestamp()))
    return [
        AgentItem(
            **{name: getattr(agent, name) for name in _PLAIN},
            online=agent.is_online(now),
            sending=_health(Sending, work.senders.get(agent.agent_id)),
            receiving=_health(Receiving, work.receivers.get(agent.agent_id)),
        )
        for agent in agents
    ]


_PLAIN: Final = tuple(name for name in AgentItem.__struct_fields__ if name in Agent.__struct_fields__)

H = TypeVar("H", Sending, Receiving)


def _health(shape: type[H], work: SenderWork | ReceiverWork | None) -> H | None:
    return None if work is None else shape(**msgspec.structs.asdict(work))
