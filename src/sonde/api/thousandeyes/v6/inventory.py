"""Paths, parameters and statuses of version 6: agents."""

from typing import Final

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody

from sonde.api.thousandeyes.addressing import read_id
from sonde.api.thousandeyes.call import Call, agents_by_id
from sonde.api.thousandeyes.operations import JsonBody, Parameter, operation
from sonde.api.thousandeyes.v6.bodies import AgentChange
from sonde.api.thousandeyes.v6.changes import changed_agent
from sonde.api.thousandeyes.v6.mapping import (
    agent_detail,
    agent_document,
    read_agent_types,
    test_document,
)
from sonde.api.thousandeyes.v6.schema import AgentList
from sonde.api.use_cases import UseCases
from sonde.model.agents import Agent
from sonde.model.people import Access

AGENT_CHANGE: Final = JsonBody(AgentChange)
AGENT_TYPES: Final = Parameter(
    name="agentTypes", meaning="A comma list of CLOUD, ENTERPRISE, ENTERPRISE_CLUSTER; all when left out."
)


@get("/agents", opt=operation(query=(AGENT_TYPES,)), sync_to_thread=True)
def list_agents(
    request: Call, use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> AgentList:
    """List agents, all or those of some types."""
    types = read_agent_types(request.query_params.get("agentTypes", ""))
    agents = use_cases.agents.list(access) if not types or "ENTERPRISE" in types else []
    now = use_cases.now()
    return AgentList(agents=[agent_document(agent, now) for agent in agents])


@get("/agents/{agent_id:str}", opt=operation(refuses=(404,)), sync_to_thread=True)
def show_agent(
    agent_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
    base: NamedDependency[str],
) -> AgentList:
    """Show one agent with its account group and the tests it takes part in."""
    agent = use_cases.agents.get(access, read_id(agent_id, "agentId"))
    return _alone(agent, use_cases, access, base)


@post(
    "/agents/{agent_id:str}/update",
    opt=operation(takes=AGENT_CHANGE, refuses=(404, 409)),
    status_code=200,
    sync_to_thread=True,
)
def update_agent(
    request: Call,
    body: RawBody,
    agent_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
    base: NamedDependency[str],
) -> AgentList:
    """Change what the body has of an agent: its name, address, state, and the tests it sends in."""
    change = AGENT_CHANGE.read(request, body)
    changes = changed_agent(change, access.workspace.workspace_id)
    agent = use_cases.agents.update(access, read_id(agent_id, "agentId"), changes)
    return _alone(agent, use_cases, access, base)


@post(
    "/agents/{agent_id:str}/delete", opt=operation(refuses=(404, 409)), status_code=204, sync_to_thread=True
)
def delete_agent(
    agent_id: FromPath[str], use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> None:
    """Take an agent away that no test uses. The body is not looked at."""
    use_cases.agents.remove(access, read_id(agent_id, "agentId"))


HANDLERS: Final = (list_agents, show_agent, update_agent, delete_agent)


def _alone(agent: Agent, use_cases: UseCases, access: Access, base: str) -> AgentList:
    agents = agents_by_id(use_cases, access)
    tests = [
        test_document(test, agents.get(test.settings.target_agent_id), base)
        for test in use_cases.voice_tests.list(access)
        if agent.agent_id in test.settings.agent_ids
    ]
    return AgentList(agents=[agent_detail(agent, tests, access=access, now=use_cases.now())])
