"""What a caller of version 7 writes, as our settings; pure."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import UNSET, UnsetType

from sonde.api.thousandeyes.definitions import (
    agent_changes,
    as_it_is,
    check_account_groups,
    default_settings,
    read_fields,
    with_changes,
)
from sonde.api.thousandeyes.names import SOURCE_ADDRESSES, read_codec_id
from sonde.api.thousandeyes.units import to_seconds
from sonde.api.thousandeyes.v7.bodies import (
    AgentChange,
    InstantTestFields,
    NewInstantTest,
    NewVoiceTest,
    SourceAgent,
)
from sonde.api.thousandeyes.v7.vocabulary import UNKNOWN_INTERVAL
from sonde.model.voice_tests import VoiceTestSettings
from sonde.services.agents import AgentChanges


def new_settings(body: NewVoiceTest | NewInstantTest, target_name: str) -> VoiceTestSettings:
    """Read the settings of a new test, with the vendor's defaults.

    Args:
        body: what the caller wrote.
        target_name: what the test is called when the caller does not say.

    Raises:
        Invalid: see `changed_settings`.
    """
    is_instant = isinstance(body, NewInstantTest)
    defaults = default_settings(target_name, int(body.target_agent_id), is_instant=is_instant)
    return changed_settings(defaults, body)


def changed_settings(settings: VoiceTestSettings, body: InstantTestFields) -> VoiceTestSettings:
    """Put what a body says over what a test already has.

    Raises:
        Invalid: there is no such codec id; everything else is judged where tests are kept.
    """
    kept = read_fields(body, _KEPT)
    if body.agents is not UNSET:
        kept[SOURCE_ADDRESSES] = {
            agent.agent_id: agent.source_ip_address
            for agent in body.agents
            if agent.source_ip_address is not UNSET
        }
    changes = read_fields(body, _READERS)
    if changes.get("interval") == UNKNOWN_INTERVAL:
        # What was shown so is sent back so, and stays what it is.
        del changes["interval"]
    return with_changes(settings, changes, kept)


def changed_agent(body: AgentChange, workspace_id: int) -> AgentChanges:
    """Read what a caller changes about an agent.

    Raises:
        Invalid: the account groups are not the one that the agent is in.
    """
    check_account_groups(numbers(body.account_groups), workspace_id)
    return agent_changes(
        name=body.agent_name,
        host=body.target_for_tests,
        enabled=body.enabled,
        test_ids=numbers(body.tests),
    )


def numbers(ids: list[str] | UnsetType) -> list[int] | UnsetType:
    """A list of ids as we count them, if there is one."""
    return UNSET if ids is UNSET else list(map(int, ids))


def _read_codec(codec_id: str) -> str:
    return read_codec_id(int(codec_id))


def _read_agents(agents: list[SourceAgent]) -> tuple[int, ...]:
    return tuple(int(agent.agent_id) for agent in agents)


def _references(name: str) -> Callable[[list[str]], list[dict[str, int]]]:
    """How ids of other things are kept: as version 6 writes them."""

    def read(ids: list[str]) -> list[dict[str, int]]:
        return [{name: int(each)} for each in ids]

    return read


_READERS: Final[Mapping[str, tuple[str, Callable[[Any], Any]]]] = {
    "agents": ("source_agent_ids", _read_agents),
    "target_agent_id": ("target_agent_id", int),
    "interval": ("interval", as_it_is),
    "test_name": ("name", as_it_is),
    "description": ("description", as_it_is),
    "codec_id": ("codec", _read_codec),
    "dscp_id": ("dscp", int),
    "duration": ("duration", as_it_is),
    "jitter_buffer": ("jitter_buffer", to_seconds),
    "num_path_traces": ("path_traces", as_it_is),
    "enabled": ("enabled", as_it_is),
    "alerts_enabled": ("alerts_enabled", as_it_is),
}
"""A field of a body, the setting it becomes, and how."""

_KEPT: Final[Mapping[str, tuple[str, Callable[[Any], Any]]]] = {
    "alert_rules": ("alertRules", _references("ruleId")),
    "labels": ("groups", _references("groupId")),
    "monitors": ("bgpMonitors", _references("monitorId")),
    "shared_with_accounts": ("sharedWithAccounts", _references("aid")),
    "bgp_measurements": ("bgpMeasurements", int),
    "use_public_bgp": ("usePublicBgp", int),
    "randomized_start_time": ("randomizedStartTime", as_it_is),
    "tags": ("tags", as_it_is),
}
"""A field of a body that is only kept, what version 6 calls it, and how it is kept."""
