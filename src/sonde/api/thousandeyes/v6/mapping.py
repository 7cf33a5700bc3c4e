"""How Sonde's things look in version 6; pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec
from msgspec import UNSET

from sonde.api.thousandeyes.addressing import Address, write_path
from sonde.api.thousandeyes.names import (
    CODEC_SLUGS,
    SOURCE_ADDRESSES,
    join_host_port,
    kept_settings,
)
from sonde.api.thousandeyes.units import (
    show_moment,
    to_milliseconds,
    whole_if_possible,
)
from sonde.api.thousandeyes.v6.schema import (
    AccountDocument,
    AccountGroupDocument,
    AccountRef,
    AgentDocument,
    ApiLink,
    TestDocument,
)
from sonde.model.agents import Agent
from sonde.model.errors import Invalid
from sonde.model.people import Access, Workspace
from sonde.model.voice_tests import VoiceTest
from sonde.quality.codecs import codec
from sonde.quality.dscp import dscp_name

AGENT_TYPES = ("CLOUD", "ENTERPRISE", "ENTERPRISE_CLUSTER")
"""What `agentTypes` may ask for. Agents of this server are all of the second kind."""


def agent_document(agent: Agent, now: datetime) -> AgentDocument:
    """Show an agent."""
    state = "Online" if agent.is_online(now) else "Offline"
    return AgentDocument(
        agent_id=agent.agent_id,
        agent_name=agent.name,
        agent_type="Enterprise",
        agent_state=state if agent.enabled else "Disabled",
        country_id=agent.country_id,
        location=agent.location,
        enabled=int(agent.enabled),
        ip_addresses=list(agent.addresses),
        target_for_tests=agent.host,
        created_date=show_moment(agent.created_at.timestamp()),
        last_seen=UNSET if agent.last_seen_at is None else show_moment(agent.last_seen_at.timestamp()),
    )


def agent_detail(
    agent: Agent, tests: Iterable[TestDocument], *, access: Access, now: datetime
) -> AgentDocument:
    """Show one agent alone: also with its account group and the tests it takes part in."""
    workspace = access.workspace
    return msgspec.structs.replace(
        agent_document(agent, now),
        account_groups=[AccountRef(aid=workspace.workspace_id, name=workspace.name)],
        tests=list(tests),
    )


def read_agent_types(text: str) -> frozenset[str]:
    """Read the comma list of `agentTypes`.

    Raises:
        Invalid: a type that does not exist.
    """
    asked = frozenset(part.strip().upper() for part in text.split(",") if part.strip())
    if unknown := asked.difference(AGENT_TYPES):
        raise Invalid(
            f"Expected a comma list of {', '.join(AGENT_TYPES)}; got {min(unknown)!r}.", field="agentTypes"
        )
    return asked


def test_document(test: VoiceTest, target: Agent | None, base: str) -> TestDocument:
    """Show a test as it stands beside its results.

    Args:
        test: the definition.
        target: the agent that receives; None when nothing is known of it.
        base: this server's public address without a final slash.
    """
    settings = test.settings
    kept = kept_settings(settings)
    return TestDocument(
        alerts_enabled=int(settings.alerts_enabled),
        api_links=api_links(test.test_id, base),
        bgp_measurements=kept["bgpMeasurements"],
        codec=codec(settings.codec).name,
        codec_id=CODEC_SLUGS.index(settings.codec),
        created_by=test.created_by,
        created_date=show_moment(test.created_at.timestamp()),
        dscp=dscp_name(settings.dscp),
        dscp_id=settings.dscp,
        duration=settings.duration,
        enabled=int(settings.enabled),
        interval=settings.interval,
        jitter_buffer=whole_if_possible(to_milliseconds(settings.jitter_buffer)),
        live_share=kept["liveShare"],
        num_path_traces=settings.path_traces,
        saved_event=kept["savedEvent"],
        target_agent_id=settings.target_agent_id,
        test_id=test.test_id,
        test_name=settings.name,
        type="voice",
        use_public_bgp=kept["usePublicBgp"],
        server=UNSET if target is None else join_host_port(target.host, target.port),
        modified_by=test.modified_by or UNSET,
        modified_date=UNSET if test.modified_at is None else show_moment(test.modified_at.timestamp()),
    )


def listed_test_document(test: VoiceTest, target: Agent | None, base: str) -> TestDocument:
    """Show a test as the lists of tests do: with what people wrote and kept in it."""
    kept = kept_settings(test.settings)
    return msgspec.structs.replace(
        test_document(test, target, base),
        description=test.settings.description,
        bgp_monitors=kept.get("bgpMonitors", UNSET),
        mtu_measurements=kept.get("mtuMeasurements", UNSET),
        network_measurements=kept.get("networkMeasurements", UNSET),
        shared_with_accounts=kept.get("sharedWithAccounts", UNSET),
    )


def full_test_document(
    test: VoiceTest, agents: Mapping[int, Agent], *, base: str, now: datetime
) -> TestDocument:
    """Show one test alone: also with its agents, rules and groups."""
    settings = test.settings
    kept = kept_settings(settings)
    addresses = kept.get(SOURCE_ADDRESSES, {})
    sources = [
        msgspec.structs.replace(
            agent_document(agents[agent_id], now), source_ip_address=addresses.get(str(agent_id), UNSET)
        )
        for agent_id in settings.source_agent_ids
        if agent_id in agents
    ]
    return msgspec.structs.replace(
        listed_test_document(test, agents.get(settings.target_agent_id), base),
        agents=sources,
        alert_rules=kept.get("alertRules", []),
        groups=kept.get("groups", []),
    )


def api_links(test_id: int, base: str) -> list[ApiLink]:
    """Where a test and its results are; only what this server has."""
    paths = {"self": f"/tests/{test_id}", "data": f"/voice/rtp-stream/{test_id}"}
    return [ApiLink(rel=rel, href=base + write_path(Address(path=path))) for rel, path in paths.items()]


def account_group_document(workspace: Workspace, access: Access, default: Workspace) -> AccountGroupDocument:
    """Show an account group that the caller belongs to.

    Args:
        workspace: what is shown.
        access: to the one of this request.
        default: the caller's own one.
    """
    return AccountGroupDocument(
        account_group_name=workspace.name,
        aid=workspace.workspace_id,
        current=int(workspace.workspace_id == access.workspace.workspace_id),
        default=int(workspace.workspace_id == default.workspace_id),
        organization_name=workspace.organization_name,
    )


def account_document(workspace: Workspace, access: Access, default: Workspace) -> AccountDocument:
    """Show the same in the words of version 5."""
    group = account_group_document(workspace, access, default)
    return AccountDocument(
        aid=group.aid, account_name=group.account_group_name, current=group.current, default=group.default
    )
