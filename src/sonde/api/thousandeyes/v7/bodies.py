"""The request bodies of version 7. A field that is `UNSET` was left out."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from sonde.api.thousandeyes.wire import Document, Whole

Id = Annotated[str, Meta(pattern="^[1-9][0-9]{0,15}$")]
Number = Annotated[str, Meta(pattern="^[0-9]{1,3}$")]
Text = Annotated[str, Meta(max_length=255)]


class SourceAgent(Document, frozen=True, kw_only=True):
    """An agent that sends. The address is kept and shown, the agent sends from where it routes."""

    agent_id: Id
    source_ip_address: str | UnsetType = UNSET


class InstantTestFields(Document, frozen=True, kw_only=True):
    """What bodies about any voice test may hold; what is left out stays as it is."""

    agents: list[SourceAgent] | UnsetType = UNSET
    target_agent_id: Id | UnsetType = UNSET
    test_name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    codec_id: Number | UnsetType = UNSET
    dscp_id: Number | UnsetType = UNSET
    duration: Whole | UnsetType = UNSET
    jitter_buffer: Whole | UnsetType = UNSET
    num_path_traces: Whole | UnsetType = UNSET
    randomized_start_time: bool | UnsetType = UNSET
    labels: list[Id] | UnsetType = UNSET
    tags: list[Text] | UnsetType = UNSET
    shared_with_accounts: list[Id] | UnsetType = UNSET


class NewInstantTest(InstantTestFields, frozen=True, kw_only=True):
    """Body of `/tests/voice/instant`."""

    agents: list[SourceAgent]
    target_agent_id: Id


class VoiceTestChange(InstantTestFields, frozen=True, kw_only=True):
    """Body of a PUT: what is left out stays as it is."""

    interval: Whole | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    alerts_enabled: bool | UnsetType = UNSET
    alert_rules: list[Id] | UnsetType = UNSET
    bgp_measurements: bool | UnsetType = UNSET
    use_public_bgp: bool | UnsetType = UNSET
    monitors: list[Id] | UnsetType = UNSET


class NewVoiceTest(VoiceTestChange, frozen=True, kw_only=True):
    """Body of a POST."""

    agents: list[SourceAgent]
    target_agent_id: Id
    interval: Whole


class AgentChange(Document, frozen=True, kw_only=True):
    """Body of a PUT: what is left out stays as it is."""

    agent_name: str | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    target_for_tests: str | UnsetType = UNSET
    account_groups: list[Id] | UnsetType = UNSET
    tests: list[Id] | UnsetType = UNSET


class AccountGroupChange(Document, frozen=True, kw_only=True):
    """Body of a PUT: what is left out stays as it is."""

    account_group_name: str | UnsetType = UNSET
    agents: list[Id] | UnsetType = UNSET


class NewAccountGroup(AccountGroupChange, frozen=True, kw_only=True):
    """Body of a POST."""

    account_group_name: str
