"""Agents: where they are, and how well they work."""

from datetime import datetime
from typing import Final

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from sonde.api.native.call import Call
from sonde.api.native.operation import describe
from sonde.api.native.paging import Page, page_by_id
from sonde.api.native.query import PageQuery, Query, read_id, read_query
from sonde.api.use_cases import UseCases
from sonde.model.agents import Agent
from sonde.model.people import Access


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


@get(
    "/agents",
    opt=describe(tag="Agents", summary="List agents", query=PageQuery, answer=Page[AgentItem]),
    sync_to_thread=True,
)
def list_agents(
    request: Call, use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Page[AgentItem]:
    """The agents of the workspace, by number."""
    query = read_query(request, PageQuery)
    shown = [_shown(agent, use_cases.now()) for agent in use_cases.agents.list(access)]
    return page_by_id(shown, query, key=lambda each: each.agent_id)


@get(
    "/agents/{agent_id:str}",
    opt=describe(tag="Agents", summary="Show an agent", answer=AgentItem),
    sync_to_thread=True,
)
def get_agent(
    request: Call,
    agent_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> AgentItem:
    """One agent of the workspace."""
    read_query(request, Query)
    return _shown(use_cases.agents.get(access, read_id(agent_id, "agent_id")), use_cases.now())


HANDLERS: Final = (list_agents, get_agent)


def _shown(agent: Agent, now: datetime) -> AgentItem:
    return AgentItem(
        agent_id=agent.agent_id,
        name=agent.name,
        host=agent.host,
        port=agent.port,
        country_id=agent.country_id,
        location=agent.location,
        addresses=agent.addresses,
        version=agent.version,
        enabled=agent.enabled,
        online=agent.is_online(now),
        last_seen_at=agent.last_seen_at,
        created_at=agent.created_at,
    )
