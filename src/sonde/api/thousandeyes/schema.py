"""The bodies of the ThousandEyes v6 API, field for field as on the wire.

Units are the vendor's: percent, milliseconds, `yyyy-MM-dd HH:mm:ss` in UTC; flags are 0 or 1. A field
that is `UNSET` is left out of the answer, or was left out of the request.
"""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

Flag = Annotated[int, Meta(ge=0, le=1)]
Id = Annotated[int, Meta(ge=1, le=2**53 - 1)]
"""Identifiers are JSON numbers here, so they stay where every client counts exactly."""


class Document(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Anything on the wire: Python names here, camelCase there."""


class ErrorDocument(Document, frozen=True, kw_only=True):
    """Every error."""

    error_message: str


class Status(Document, frozen=True, kw_only=True):
    """Answer of `/status`; `timestamp` is epoch milliseconds."""

    timestamp: int


class ApiLink(Document, frozen=True, kw_only=True):
    """Where to go on; `rel` is `self` or `data`."""

    rel: str
    href: str


class AgentDocument(Document, frozen=True, kw_only=True):
    """One agent. Facts that Sonde does not have about its agents are left out, not made up."""

    agent_id: int
    agent_name: str
    agent_type: str
    agent_state: str
    country_id: str
    location: str
    enabled: int
    ip_addresses: list[str]
    target_for_tests: str
    created_date: str
    last_seen: str | UnsetType = UNSET
    source_ip_address: str | UnsetType = UNSET


class AgentList(Document, frozen=True, kw_only=True):
    """Answer of `/agents`."""

    agents: list[AgentDocument]


class TestDocument(Document, frozen=True, kw_only=True):
    """A voice test. The last block is only in answers about tests, not beside results."""

    __test__ = False

    alerts_enabled: int
    api_links: list[ApiLink]
    bgp_measurements: int
    codec: str
    codec_id: int
    created_by: str
    created_date: str
    dscp: str
    dscp_id: int
    duration: int
    enabled: int
    interval: int
    jitter_buffer: int | float
    live_share: int
    num_path_traces: int
    saved_event: int
    target_agent_id: int
    test_id: int
    test_name: str
    type: str
    use_public_bgp: int
    server: str | UnsetType = UNSET
    modified_by: str | UnsetType = UNSET
    modified_date: str | UnsetType = UNSET

    description: str | UnsetType = UNSET
    agents: list[AgentDocument] | UnsetType = UNSET
    alert_rules: list[Any] | UnsetType = UNSET
    bgp_monitors: list[Any] | UnsetType = UNSET
    groups: list[Any] | UnsetType = UNSET
    mtu_measurements: int | UnsetType = UNSET
    network_measurements: int | UnsetType = UNSET
    shared_with_accounts: list[Any] | UnsetType = UNSET


class TestList(Document, frozen=True, kw_only=True):
    """Answer of everything about tests; clients break on any second key at this level."""

    __test__ = False

    test: list[TestDocument]


class MetricsRow(Document, frozen=True, kw_only=True):
    """What one agent's stream gave in one round; a number that was not measured is left out."""

    agent_id: int
    agent_name: str
    codec_max_mos: float
    codec_name: str
    country_id: str
    date: str
    permalink: str
    round_id: int
    discards: float | UnsetType = UNSET
    dscp: int | UnsetType = UNSET
    dscp_name: str | UnsetType = UNSET
    error_detail: str | UnsetType = UNSET
    latency: int | UnsetType = UNSET
    loss: float | UnsetType = UNSET
    mos: float | UnsetType = UNSET
    pdv: float | UnsetType = UNSET
    server_ip: str | UnsetType = UNSET


class Pages(Document, frozen=True, kw_only=True):
    """Which page of the results this is, from 1."""

    current: int


class Voice(Document, frozen=True, kw_only=True):
    """A test and its results."""

    metrics: list[MetricsRow]
    test: TestDocument


class VoiceResults(Document, frozen=True, kw_only=True):
    """Answer of `/voice/rtp-stream/{testId}`; the range is there when one was asked for."""

    pages: Pages
    voice: Voice
    from_: str | UnsetType = msgspec.field(default=UNSET, name="from")
    to: str | UnsetType = UNSET


class SourceAgent(Document, frozen=True, kw_only=True):
    """An agent that sends. The address is kept and shown, the agent sends from where it routes."""

    agent_id: Id
    source_ip_address: str | UnsetType = UNSET


class AlertRuleRef(Document, frozen=True, kw_only=True):
    """A rule a test is to be watched by."""

    rule_id: Id


class MonitorRef(Document, frozen=True, kw_only=True):
    """A BGP monitor."""

    monitor_id: Id


class GroupRef(Document, frozen=True, kw_only=True):
    """A label."""

    group_id: Id | UnsetType = UNSET
    name: str | UnsetType = UNSET
    built_in: Flag | UnsetType = UNSET


class AccountRef(Document, frozen=True, kw_only=True):
    """An account group a test is shared with."""

    aid: Id
    name: str | UnsetType = UNSET


class VoiceTestChange(Document, frozen=True, kw_only=True):
    """Body of `/tests/voice/{testId}/update`: what is left out stays as it is."""

    agents: list[SourceAgent] | UnsetType = UNSET
    target_agent_id: Id | UnsetType = UNSET
    interval: int | UnsetType = UNSET
    test_name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    codec_id: int | UnsetType = UNSET
    dscp_id: int | UnsetType = UNSET
    duration: int | UnsetType = UNSET
    jitter_buffer: float | UnsetType = UNSET
    num_path_traces: int | UnsetType = UNSET
    enabled: Flag | UnsetType = UNSET
    alerts_enabled: Flag | UnsetType = UNSET
    alert_rules: list[AlertRuleRef] | UnsetType = UNSET
    bgp_measurements: Flag | UnsetType = UNSET
    bgp_monitors: list[MonitorRef] | UnsetType = UNSET
    groups: list[GroupRef] | UnsetType = UNSET
    live_share: Flag | UnsetType = UNSET
    mtu_measurements: Flag | UnsetType = UNSET
    network_measurements: Flag | UnsetType = UNSET
    saved_event: Flag | UnsetType = UNSET
    shared_with_accounts: list[AccountRef] | UnsetType = UNSET
    use_public_bgp: Flag | UnsetType = UNSET


class NewVoiceTest(VoiceTestChange, frozen=True, kw_only=True):
    """Body of `/tests/voice/new`."""

    agents: list[SourceAgent]
    target_agent_id: Id
    interval: int
