"""Paths, parameters and statuses of version 6: agents and account groups."""

from typing import Final

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody

from sonde.api.thousandeyes.addressing import read_id
from sonde.api.thousandeyes.call import Call, agents_by_id
from sonde.api.thousandeyes.operations import JsonBody
from sonde.api.thousandeyes.v6.bodies import AgentChange
from sonde.api.thousandeyes.v6.changes import agent_changes
from sonde.api.thousandeyes.v6.mapping import (
    account_document,
    account_group_document,
    agent_detail,
    agent_document,
    read_agent_types,
    test_document,
)
from sonde.api.thousandeyes.v6.schema import AccountGroupList, AccountList, AgentList
from sonde.api.use_cases import UseCases
from sonde.model.agents import Agent
from sonde.model.people import Access

AGENT_CHANGE: Final = JsonBody(AgentChange)


@get("/agents", sync_to_thread=True)
def list_agents(
    request: Call, use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> AgentList:
    """List agents, all or those of some types."""
    types = read_agent_types(request.query_params.get("agentTypes", ""))
    agents = use_cases.agents.list(access) if not types or "ENTERPRISE" in types else []
    now = use_cases.now()
    return AgentList(agents=[agent_document(agent, now) for agent in agents])


@get("/agents/{agent_id:str}", sync_to_thread=True)
def show_agent(
    agent_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
    base: NamedDependency[str],
) -> AgentList:
    """Show one agent with its account group and the tests it takes part in."""
    agent = use_cases.agents.get(access, read_id(agent_id, "agentId"))
    return _alone(agent, use_cases, access, base)


@post("/agents/{agent_id:str}/update", status_code=200, sync_to_thread=True)
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
    changes = agent_changes(change, access.workspace.workspace_id)
    agent = use_cases.agents.update(access, read_id(agent_id, "agentId"), changes)
    return _alone(agent, use_cases, access, base)


@post("/agents/{agent_id:str}/delete", status_code=204, sync_to_thread=True)
def delete_agent(
    agent_id: FromPath[str], use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> None:
    """Take an agent away that no test uses. The body is not looked at."""
    use_cases.agents.remove(access, read_id(agent_id, "agentId"))


@get("/account-groups", sync_to_thread=False)
def list_account_groups(request: Call, access: NamedDependency[Access]) -> AccountGroupList:
    """List the account groups of the caller."""
    return AccountGroupList(
        account_groups=[account_group_document(each, access) for each in request.user.memberships]
    )


@get("/accounts", sync_to_thread=False)
def list_accounts(request: Call, access: NamedDependency[Access]) -> AccountList:
    """List the same in the words of version 5."""
    return AccountList(account=[account_document(each, access) for each in request.user.memberships])


HANDLERS: Final = (list_agents, show_agent, update_agent, delete_agent, list_account_groups, list_accounts)


def _alone(agent: Agent, use_cases: UseCases, access: Access, base: str) -> AgentList:
    agents = agents_by_id(use_cases, access)
    tests = [
        test_document(test, agents.get(test.settings.target_agent_id), base)
        for test in use_cases.voice_tests.list(access)
        if agent.agent_id in test.settings.agent_ids
    ]
    return AgentList(agents=[agent_detail(agent, tests, access=access, now=use_cases.now())])
