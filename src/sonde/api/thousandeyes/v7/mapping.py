"""How Sonde's things look in version 7; pure."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Final

import msgspec
from msgspec import UNSET

from sonde.api.thousandeyes.names import (
    CODEC_SLUGS,
    SOURCE_ADDRESSES,
    kept_settings,
)
from sonde.api.thousandeyes.units import (
    show_iso_moment,
    to_rounded_milliseconds,
)
from sonde.api.thousandeyes.v7.links import test_links
from sonde.api.thousandeyes.v7.schema import (
    AccountGroupDocument,
    AgentDocument,
    LabelDocument,
    MonitorDocument,
    RuleDocument,
    TagDocument,
    TestDocument,
)
from sonde.api.thousandeyes.v7.vocabulary import DURATIONS, PORTS, shown_if_known, shown_interval
from sonde.model.agents import Agent
from sonde.model.people import Access, Workspace
from sonde.model.voice_tests import ON_REQUEST, VoiceTest
from sonde.quality.codecs import codec
from sonde.quality.dscp import dscp_name


def simple_test(test: VoiceTest, base: str) -> TestDocument:
    """Show what tests of every kind have."""
    settings = test.settings
    kept = kept_settings(settings)
    has_timetable = settings.interval != ON_REQUEST
    return TestDocument(
        alerts_enabled=settings.alerts_enabled if has_timetable else UNSET,
        created_by=test.created_by,
        created_date=show_iso_moment(test.created_at.timestamp()),
        description=settings.description,
        enabled=settings.enabled if has_timetable else UNSET,
        interval=shown_interval(settings.interval),
        links=test_links(test.test_id, base),
        live_share=bool(kept["liveShare"]),
        modified_by=test.modified_by or UNSET,
        modified_date=UNSET if test.modified_at is None else show_iso_moment(test.modified_at.timestamp()),
        saved_event=bool(kept["savedEvent"]),
        test_id=str(test.test_id),
        test_name=settings.name,
        type="voice",
    )


def voice_test(test: VoiceTest, target: Agent | None, base: str) -> TestDocument:
    """Show a voice test without what has to be asked for.

    Args:
        test: the definition.
        target: the agent that receives; None when nothing is known of it.
        base: this server's public address without a final slash.
    """
    settings = test.settings
    kept = kept_settings(settings)
    has_timetable = settings.interval != ON_REQUEST
    return msgspec.structs.replace(
        simple_test(test, base),
        bgp_measurements=bool(kept["bgpMeasurements"]) if has_timetable else UNSET,
        codec=codec(settings.codec).name,
        codec_id=str(CODEC_SLUGS.index(settings.codec)),
        dscp=dscp_name(settings.dscp),
        dscp_id=str(settings.dscp),
        duration=shown_if_known(settings.duration, DURATIONS),
        jitter_buffer=to_rounded_milliseconds(settings.jitter_buffer),
        num_path_traces=settings.path_traces,
        port=UNSET if target is None else shown_if_known(target.port, PORTS),
        randomized_start_time=kept.get("randomizedStartTime", False),
        target_agent_id=str(settings.target_agent_id),
        use_public_bgp=bool(kept["usePublicBgp"]) if has_timetable else UNSET,
    )


def expanded_test(
    test: VoiceTest, agents: Mapping[int, Agent], base: str, expand: Collection[str]
) -> TestDocument:
    """Show a voice test with what was asked for.

    Args:
        test: the definition.
        agents: all that may take part in it, by id.
        base: this server's public address without a final slash.
        expand: names of `TEST_EXPANSIONS`.
    """
    parts = {field: show(test, agents) for name, (field, show) in TEST_EXPANSIONS.items() if name in expand}
    return msgspec.structs.replace(voice_test(test, agents.get(test.settings.target_agent_id), base), **parts)


def agent_document(agent: Agent, now: datetime) -> AgentDocument:
    """Show an agent."""
    state = "online" if agent.is_online(now) else "offline"
    return msgspec.structs.replace(
        _short_agent(agent),
        agent_state=state if agent.enabled else "disabled",
        target_for_tests=agent.host,
        created_date=show_iso_moment(agent.created_at.timestamp()),
        last_seen=UNSET if agent.last_seen_at is None else show_iso_moment(agent.last_seen_at.timestamp()),
    )


def expanded_agent(
    document: AgentDocument, tests: Iterable[VoiceTest], *, base: str, expand: Collection[str]
) -> AgentDocument:
    """Add to an agent what was asked for: those of the tests it takes part in, or their ids."""
    own = [test for test in tests if int(document.agent_id) in test.settings.agent_ids]
    return msgspec.structs.replace(
        document,
        tests=[simple_test(test, base) for test in own] if "test" in expand else UNSET,
        test_ids=[test.test_id for test in own] if "test-ids" in expand else UNSET,
    )


def account_group(workspace: Workspace, access: Access, default: Workspace) -> AccountGroupDocument:
    """Show an account group that the caller belongs to.

    Args:
        workspace: what is shown.
        access: to the one of this request.
        default: the caller's own one.
    """
    return AccountGroupDocument(
        aid=str(workspace.workspace_id),
        account_group_name=workspace.name,
        is_current_account_group=workspace.workspace_id == access.workspace.workspace_id,
        is_default_account_group=workspace.workspace_id == default.workspace_id,
        organization_name=workspace.organization_name,
        org_id=str(workspace.organization_id),
    )


def _short_agent(agent: Agent) -> AgentDocument:
    return AgentDocument(
        agent_id=str(agent.agent_id),
        agent_name=agent.name,
        agent_type="enterprise",
        country_id=agent.country_id,
        location=agent.location,
        ip_addresses=list(agent.addresses),
        enabled=agent.enabled,
    )


def _sources(test: VoiceTest, agents: Mapping[int, Agent]) -> list[AgentDocument]:
    addresses = kept_settings(test.settings).get(SOURCE_ADDRESSES, {})
    return [
        msgspec.structs.replace(
            _short_agent(agents[agent_id]), source_ip_address=addresses.get(str(agent_id), UNSET)
        )
        for agent_id in test.settings.source_agent_ids
        if agent_id in agents
    ]


def _rules(test: VoiceTest, _: Mapping[int, Agent]) -> list[RuleDocument]:
    kept = kept_settings(test.settings).get("alertRules", [])
    return [RuleDocument(rule_id=str(each["ruleId"])) for each in kept]


def _labels(test: VoiceTest, _: Mapping[int, Agent]) -> list[LabelDocument]:
    kept = kept_settings(test.settings).get("groups", [])
    return [LabelDocument(label_id=str(each["groupId"])) for each in kept if "groupId" in each]


def _monitors(test: VoiceTest, _: Mapping[int, Agent]) -> list[MonitorDocument]:
    kept = kept_settings(test.settings).get("bgpMonitors", [])
    return [MonitorDocument(monitor_id=str(each["monitorId"])) for each in kept]


def _tags(test: VoiceTest, _: Mapping[int, Agent]) -> list[TagDocument]:
    return [TagDocument(id=each) for each in kept_settings(test.settings).get("tags", [])]


def _shared(test: VoiceTest, _: Mapping[int, Agent]) -> list[AccountGroupDocument]:
    kept = kept_settings(test.settings).get("sharedWithAccounts", [])
    return [AccountGroupDocument(aid=str(each["aid"]), name=each.get("name", UNSET)) for each in kept]


TEST_EXPANSIONS: Final[Mapping[str, tuple[str, Callable[[VoiceTest, Mapping[int, Agent]], object]]]] = {
    "agent": ("agents", _sources),
    "alert-rule": ("alert_rules", _rules),
    "label": ("labels", _labels),
    "monitor": ("monitors", _monitors),
    "shared-with-account": ("shared_with_accounts", _shared),
    "tag": ("tags", _tags),
}
"""What `expand` of a test may name, the field it fills, and how."""

AGENT_EXPANSIONS: Final = frozenset({"cluster-member", "notification-rule", "test", "test-ids"})
"""What `expand` of an agent may name; there are no clusters and no notification rules here."""
