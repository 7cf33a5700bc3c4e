"""The answers of version 6, field for field as on the wire.

Units are the vendor's: percent, milliseconds, `yyyy-MM-dd HH:mm:ss` in UTC; flags are 0 or 1. A field
that is `UNSET` is left out.
"""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from sonde.api.thousandeyes.wire import Document

Flag = Annotated[int, Meta(ge=0, le=1)]
Id = Annotated[int, Meta(ge=1, le=2**53 - 1)]
"""Identifiers are JSON numbers here, so they stay where every client counts exactly."""


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
    account_groups: "list[AccountRef] | UnsetType" = UNSET
    tests: "list[TestDocument] | UnsetType" = UNSET


class AccountGroupDocument(Document, frozen=True, kw_only=True):
    """One account group that the caller belongs to; `current` is the one of this request."""

    account_group_name: str
    aid: int
    current: int
    default: int
    organization_name: str


class AccountGroupList(Document, frozen=True, kw_only=True):
    """Answer of `/account-groups`; clients break on any second key at this level."""

    account_groups: list[AccountGroupDocument]


class AccountDocument(Document, frozen=True, kw_only=True):
    """The same in the words of version 5."""

    aid: int
    account_name: str
    current: int
    default: int


class AccountList(Document, frozen=True, kw_only=True):
    """Answer of `/accounts`."""

    account: list[AccountDocument]


class AgentList(Document, frozen=True, kw_only=True):
    """Answer of everything about agents."""

    agents: list[AgentDocument]


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


class TestDocument(Document, frozen=True, kw_only=True):
    """A voice test. Results of 2014 lack the second block; the last one is not beside results at all."""

    __test__ = False

    alerts_enabled: int
    api_links: list[ApiLink]
    codec: str
    codec_id: int
    created_by: str
    created_date: str
    dscp: str
    dscp_id: int
    enabled: int
    interval: int
    jitter_buffer: int | float
    live_share: int
    saved_event: int
    target_agent_id: int
    test_id: int
    test_name: str
    type: str

    bgp_measurements: int | UnsetType = UNSET
    duration: int | UnsetType = UNSET
    num_path_traces: int | UnsetType = UNSET
    use_public_bgp: int | UnsetType = UNSET
    server: str | UnsetType = UNSET
    modified_by: str | UnsetType = UNSET
    modified_date: str | UnsetType = UNSET

    description: str | UnsetType = UNSET
    agents: list[AgentDocument] | UnsetType = UNSET
    alert_rules: list[AlertRuleRef] | UnsetType = UNSET
    bgp_monitors: list[MonitorRef] | UnsetType = UNSET
    groups: list[GroupRef] | UnsetType = UNSET
    mtu_measurements: int | UnsetType = UNSET
    network_measurements: int | UnsetType = UNSET
    shared_with_accounts: list[AccountRef] | UnsetType = UNSET


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
    discards: int | float | UnsetType = UNSET
    dscp: int | UnsetType = UNSET
    dscp_name: str | UnsetType = UNSET
    error_detail: str | UnsetType = UNSET
    latency: int | UnsetType = UNSET
    loss: int | float | UnsetType = UNSET
    mos: float | UnsetType = UNSET
    pdv: int | float | UnsetType = UNSET
    server_ip: str | UnsetType = UNSET


class Pages(Document, frozen=True, kw_only=True):
    """Which page of the results this is, from 1, and where the next one is; nothing of it in 2014."""

    current: int | UnsetType = UNSET
    next: str | UnsetType = UNSET


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
