"""The answers of version 7, field for field as on the wire.

Identifiers are strings, flags booleans, times ISO 8601 in UTC; percent and milliseconds as in version 6,
latency and delay variation as whole numbers. A field that is `UNSET` is left out.
"""

import msgspec
from msgspec import UNSET, UnsetType

from sonde.api.thousandeyes.wire import Document


class Link(Document, frozen=True, kw_only=True):
    """Where something is."""

    href: str


class Links(Document, frozen=True, kw_only=True):
    """The address of an answer, and of the page that follows it."""

    self: Link
    next: Link | UnsetType = UNSET


class TestLinks(Document, frozen=True, kw_only=True):
    """Where a test and its results are."""

    __test__ = False

    self: Link
    test_results: list[Link]


class AppLinks(Document, frozen=True, kw_only=True):
    """Where people look at a result."""

    app_link: Link


class RuleDocument(Document, frozen=True, kw_only=True):
    """An alert rule, of which no more is known than that a test names it."""

    rule_id: str


class LabelDocument(Document, frozen=True, kw_only=True):
    """A label, likewise."""

    label_id: str


class MonitorDocument(Document, frozen=True, kw_only=True):
    """A BGP monitor, likewise."""

    monitor_id: str


class TagDocument(Document, frozen=True, kw_only=True):
    """A tag, likewise."""

    id: str


class AccountGroupDocument(Document, frozen=True, kw_only=True):
    """An account group; those of other answers have no more than the first two fields."""

    aid: str
    account_group_name: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    is_current_account_group: bool | UnsetType = UNSET
    is_default_account_group: bool | UnsetType = UNSET
    organization_name: str | UnsetType = UNSET
    org_id: str | UnsetType = UNSET
    links: Links | UnsetType = msgspec.field(name="_links", default=UNSET)


class AccountGroupList(Document, frozen=True, kw_only=True):
    """Answer of `/account-groups`."""

    account_groups: list[AccountGroupDocument]
    links: Links = msgspec.field(name="_links")


class AgentDocument(Document, frozen=True, kw_only=True):
    """One agent. Facts that Sonde does not have about its agents are left out, not made up."""

    agent_id: str
    agent_name: str
    agent_type: str
    country_id: str
    location: str
    ip_addresses: list[str]
    enabled: bool
    agent_state: str | UnsetType = UNSET
    target_for_tests: str | UnsetType = UNSET
    created_date: str | UnsetType = UNSET
    last_seen: str | UnsetType = UNSET
    source_ip_address: str | UnsetType = UNSET
    account_groups: list[AccountGroupDocument] | UnsetType = UNSET
    test_ids: list[int] | UnsetType = UNSET
    tests: "list[TestDocument] | UnsetType" = UNSET
    links: Links | UnsetType = msgspec.field(name="_links", default=UNSET)


class AgentList(Document, frozen=True, kw_only=True):
    """Answer of `/agents`."""

    agents: list[AgentDocument]
    links: Links = msgspec.field(name="_links")


class TestDocument(Document, frozen=True, kw_only=True):
    """A test. The second block is that of voice tests alone, the third is there when it is asked for.

    An instant test has no alerts and no BGP measurements.
    """

    __test__ = False

    created_by: str
    created_date: str
    description: str
    live_share: bool
    saved_event: bool
    test_id: str
    test_name: str
    type: str
    links: TestLinks = msgspec.field(name="_links")
    interval: int
    alerts_enabled: bool | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    modified_by: str | UnsetType = UNSET
    modified_date: str | UnsetType = UNSET

    codec: str | UnsetType = UNSET
    codec_id: str | UnsetType = UNSET
    dscp: str | UnsetType = UNSET
    dscp_id: str | UnsetType = UNSET
    duration: int | UnsetType = UNSET
    jitter_buffer: int | UnsetType = UNSET
    num_path_traces: int | UnsetType = UNSET
    port: int | UnsetType = UNSET
    randomized_start_time: bool | UnsetType = UNSET
    target_agent_id: str | UnsetType = UNSET
    bgp_measurements: bool | UnsetType = UNSET
    use_public_bgp: bool | UnsetType = UNSET

    agents: list[AgentDocument] | UnsetType = UNSET
    alert_rules: list[RuleDocument] | UnsetType = UNSET
    labels: list[LabelDocument] | UnsetType = UNSET
    monitors: list[MonitorDocument] | UnsetType = UNSET
    tags: list[TagDocument] | UnsetType = UNSET
    shared_with_accounts: list[AccountGroupDocument] | UnsetType = UNSET


class TestList(Document, frozen=True, kw_only=True):
    """Answer of the lists of tests."""

    __test__ = False

    tests: list[TestDocument]
    links: Links = msgspec.field(name="_links")


class ResultAgent(Document, frozen=True, kw_only=True):
    """The agent that sent."""

    agent_id: str
    agent_name: str
    country_id: str
    location: str


class ResultRow(Document, frozen=True, kw_only=True):
    """What one agent's stream gave in one round; a number that was not measured is left out."""

    date: str
    round_id: int
    start_time: int
    end_time: int
    agent: ResultAgent
    codec_name: str
    codec_max_mos: float
    links: AppLinks = msgspec.field(name="_links")
    server_ip: str | UnsetType = UNSET
    dscp: str | UnsetType = UNSET
    dscp_name: str | UnsetType = UNSET
    mos: float | UnsetType = UNSET
    loss: float | UnsetType = UNSET
    discards: float | UnsetType = UNSET
    latency: int | UnsetType = UNSET
    pdv: int | UnsetType = UNSET
    error_detail: str | UnsetType = UNSET


class Results(Document, frozen=True, kw_only=True):
    """Answer of `/test-results/{testId}/rtp-server`; the range is there when one was asked for."""

    results: list[ResultRow]
    test: TestDocument
    links: Links = msgspec.field(name="_links")
    start_date: str | UnsetType = UNSET
    end_date: str | UnsetType = UNSET


class FieldError(Document, frozen=True, kw_only=True):
    """What is wrong with one field."""

    code: str
    field: str
    message: str


class ProblemDocument(Document, frozen=True, kw_only=True):
    """Every error but a 401 (RFC 9457); `errors` is there when a field is to blame."""

    title: str
    status: int
    detail: str
    instance: str
    type: str = "about:blank"
    errors: list[FieldError] | UnsetType = UNSET


class UnauthorizedDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A 401, in the words of RFC 6750."""

    error: str
    error_description: str
