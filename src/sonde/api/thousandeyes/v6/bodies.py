"""The request bodies of version 6. A field that is `UNSET` was left out."""

from msgspec import UNSET, UnsetType

from sonde.api.thousandeyes.v6.schema import (
    AccountRef,
    AlertRuleRef,
    Flag,
    GroupRef,
    Id,
    MonitorRef,
)
from sonde.api.thousandeyes.wire import Document, Whole


class AgentRef(Document, frozen=True, kw_only=True):
    """An agent by its id."""

    agent_id: Id


class SourceAgent(AgentRef, frozen=True, kw_only=True):
    """An agent that sends. The address is kept and shown, the agent sends from where it routes."""

    source_ip_address: str | UnsetType = UNSET


class TestRef(Document, frozen=True, kw_only=True):
    """A test that an agent sends in."""

    __test__ = False

    test_id: Id


class InstantTestFields(Document, frozen=True, kw_only=True):
    """What bodies about any voice test may hold; what is left out stays as it is."""

    agents: list[SourceAgent] | UnsetType = UNSET
    target_agent_id: Id | UnsetType = UNSET
    test_name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    codec_id: Whole | UnsetType = UNSET
    dscp_id: Whole | UnsetType = UNSET
    duration: Whole | UnsetType = UNSET
    jitter_buffer: float | UnsetType = UNSET
    num_path_traces: Whole | UnsetType = UNSET
    groups: list[GroupRef] | UnsetType = UNSET
    live_share: Flag | UnsetType = UNSET
    mtu_measurements: Flag | UnsetType = UNSET
    network_measurements: Flag | UnsetType = UNSET
    saved_event: Flag | UnsetType = UNSET
    shared_with_accounts: list[AccountRef] | UnsetType = UNSET
    use_public_bgp: Flag | UnsetType = UNSET


class NewInstantTest(InstantTestFields, frozen=True, kw_only=True):
    """Body of `/instant/voice`; timetable, alerts and BGP may be there and are not looked at."""

    agents: list[SourceAgent]
    target_agent_id: Id


class VoiceTestChange(InstantTestFields, frozen=True, kw_only=True):
    """Body of `/tests/voice/{testId}/update`: what is left out stays as it is."""

    interval: Whole | UnsetType = UNSET
    enabled: Flag | UnsetType = UNSET
    alerts_enabled: Flag | UnsetType = UNSET
    alert_rules: list[AlertRuleRef] | UnsetType = UNSET
    bgp_measurements: Flag | UnsetType = UNSET
    bgp_monitors: list[MonitorRef] | UnsetType = UNSET


class NewVoiceTest(VoiceTestChange, frozen=True, kw_only=True):
    """Body of `/tests/voice/new`."""

    agents: list[SourceAgent]
    target_agent_id: Id
    interval: Whole


class AgentChange(Document, frozen=True, kw_only=True):
    """Body of `/agents/{agentId}/update`: what is left out stays as it is."""

    agent_name: str | UnsetType = UNSET
    enabled: Flag | UnsetType = UNSET
    target_for_tests: str | UnsetType = UNSET
    account_groups: list[AccountRef] | UnsetType = UNSET
    tests: list[TestRef] | UnsetType = UNSET


class AccountGroupChange(Document, frozen=True, kw_only=True):
    """Body of `/account-groups/{aid}/update`: what is left out stays as it is."""

    account_group_name: str | UnsetType = UNSET
    agents: list[AgentRef] | UnsetType = UNSET


class NewAccountGroup(AccountGroupChange, frozen=True, kw_only=True):
    """Body of `/account-groups/new`."""

    account_group_name: str
