"""Paths, parameters and statuses of version 7: agents."""

from typing import Final

import msgspec
from litestar import delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody

from sonde.api.thousandeyes.addressing import read_id
from sonde.api.thousandeyes.call import Call
from sonde.api.thousandeyes.operations import JsonBody, Parameter, operation
from sonde.api.thousandeyes.v7.bodies import AgentChange
from sonde.api.thousandeyes.v7.changes import changed_agent
from sonde.api.thousandeyes.v7.expansion import read_expand, read_names
from sonde.api.thousandeyes.v7.links import self_links
from sonde.api.thousandeyes.v7.mapping import (
    AGENT_EXPANSIONS,
    agent_document,
    expanded_agent,
)
from sonde.api.thousandeyes.v7.schema import (
    AccountGroupDocument,
    AgentDocument,
    AgentList,
)
from sonde.api.use_cases import UseCases
from sonde.model.agents import Agent
from sonde.model.people import Access

KINDS: Final = ("cloud", "enterprise", "enterprise-cluster")
"""What `agentTypes` may ask for. Agents of this server are all of the second kind."""

AGENT_TYPES: Final = Parameter(
    name="agentTypes", meaning=f"A comma list of {', '.join(KINDS)}; all when it is left out."
)
AGENT_EXPAND: Final = Parameter(
    name="expand", meaning=f"What to show in full: a comma list of {', '.join(sorted(AGENT_EXPANSIONS))}."
)

AGENT_CHANGE: Final = JsonBody(AgentChange)


@get("/agents", opt=operation(query=(AGENT_TYPES, AGENT_EXPAND)), sync_to_thread=True)
def list_agents(
    request: Call,
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
    base: NamedDependency[str],
) -> AgentList:
    """List agents, all or those of some types."""
    types = read_names(request.query_params, AGENT_TYPES.name, KINDS)
    expand = read_expand(request.query_params, AGENT_EXPANSIONS)
    agents = use_cases.agents.list(access) if not types or "enterprise" in types else []
    tests = use_cases.voice_tests.list(access) if expand else []
    now = use_cases.now()
    documents = [
        expanded_agent(agent_document(agent, now), tests, base=base, expand=expand) for agent in agents
    ]
    return AgentList(agents=documents, links=self_links("/agents", base))


@get("/agents/{agent_id:str}", opt=operation(query=(AGENT_EXPAND,), refuses=(404,)), sync_to_thread=True)
def show_agent(
    request: Call,
    agent_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
    base: NamedDependency[str],
) -> AgentDocument:
    """Show one agent with its account group and what was asked for."""
    agent = use_cases.agents.get(access, read_id(agent_id, "agentId"))
    return _detail(request, agent, use_cases, access, base)


@put(
    "/agents/{agent_id:str}",
    opt=operation(takes=AGENT_CHANGE, query=(AGENT_EXPAND,), refuses=(404, 409)),
    sync_to_thread=True,
)
def update_agent(
    request: Call,
    body: RawBody,
    agent_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
    base: NamedDependency[str],
) -> AgentDocument:
    """Change what the body has of an agent: its name, address, state, and the tests it sends in."""
    changes = changed_agent(AGENT_CHANGE.read(request, body), access.workspace.workspace_id)
    agent = use_cases.agents.update(access, read_id(agent_id, "agentId"), changes)
    return _detail(request, agent, use_cases, access, base)


@delete("/agents/{agent_id:str}", opt=operation(refuses=(404, 409)), sync_to_thread=True)
def delete_agent(
    agent_id: FromPath[str], use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> None:
    """Take an agent away that no test uses."""
    use_cases.agents.remove(access, read_id(agent_id, "agentId"))


HANDLERS: Final = (
    list_agents,
    show_agent,
    update_agent,
    delete_agent,
)


def _detail(request: Call, agent: Agent, use_cases: UseCases, access: Access, base: str) -> AgentDocument:
    workspace = access.workspace
    document = msgspec.structs.replace(
        agent_document(agent, use_cases.now()),
        account_groups=[
            AccountGroupDocument(aid=str(workspace.workspace_id), account_group_name=workspace.name)
        ],
        links=self_links(f"/agents/{agent.agent_id}", base),
    )
    expand = read_expand(request.query_params, AGENT_EXPANSIONS)
    return expanded_agent(document, use_cases.voice_tests.list(access), base=base, expand=expand)
