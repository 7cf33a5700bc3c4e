"""What a caller of version 6 writes, as our settings; pure."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
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
from sonde.api.thousandeyes.v6.bodies import (
    AgentChange,
    AgentRef,
    InstantTestFields,
    NewInstantTest,
    NewVoiceTest,
    SourceAgent,
)
from sonde.model.voice_tests import VoiceTestSettings
from sonde.services.agents import AgentChanges

SHOWN_AGAIN = (
    "alertRules",
    "bgpMeasurements",
    "bgpMonitors",
    "groups",
    "liveShare",
    "mtuMeasurements",
    "networkMeasurements",
    "savedEvent",
    "sharedWithAccounts",
    "usePublicBgp",
)
"""Fields that are accepted, kept and shown again, and change nothing that is measured."""


def new_settings(body: NewVoiceTest | NewInstantTest, target_name: str) -> VoiceTestSettings:
    """Read the settings of a new test, with the vendor's defaults.

    Args:
        body: what the caller wrote.
        target_name: what the test is called when the caller does not say.

    Raises:
        Invalid: see `changed_settings`.
    """
    is_instant = isinstance(body, NewInstantTest)
    return changed_settings(default_settings(target_name, body.target_agent_id, is_instant=is_instant), body)


def changed_settings(settings: VoiceTestSettings, body: InstantTestFields) -> VoiceTestSettings:
    """Put what a body says over what a test already has.

    Raises:
        Invalid: there is no such codec id; everything else is judged where tests are kept.
    """
    return with_changes(settings, read_fields(body, _READERS), _to_keep(body))


def changed_agent(body: AgentChange, workspace_id: int) -> AgentChanges:
    """Read what a caller changes about an agent.

    Raises:
        Invalid: the account groups are not the one that the agent is in.
    """
    groups, tests = body.account_groups, body.tests
    check_account_groups(UNSET if groups is UNSET else [each.aid for each in groups], workspace_id)
    return agent_changes(
        name=body.agent_name,
        host=body.target_for_tests,
        enabled=UNSET if body.enabled is UNSET else bool(body.enabled),
        test_ids=UNSET if tests is UNSET else [each.test_id for each in tests],
    )


def named_agents(agents: list[AgentRef] | UnsetType) -> list[int] | UnsetType:
    """The ids of a list of agents, if there is one."""
    return UNSET if agents is UNSET else [each.agent_id for each in agents]


def _to_keep(body: InstantTestFields) -> dict[str, Any]:
    """The part of a body that is only kept, by its names on the wire."""
    given = msgspec.to_builtins(body)
    kept = {name: given[name] for name in SHOWN_AGAIN if name in given}
    if body.agents is not UNSET:
        kept[SOURCE_ADDRESSES] = {
            str(agent.agent_id): agent.source_ip_address
            for agent in body.agents
            if agent.source_ip_address is not UNSET
        }
    return kept


def _read_agents(agents: list[SourceAgent]) -> tuple[int, ...]:
    return tuple(agent.agent_id for agent in agents)


_READERS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "agents": ("source_agent_ids", _read_agents),
    "target_agent_id": ("target_agent_id", as_it_is),
    "interval": ("interval", as_it_is),
    "test_name": ("name", as_it_is),
    "description": ("description", as_it_is),
    "codec_id": ("codec", read_codec_id),
    "dscp_id": ("dscp", as_it_is),
    "duration": ("duration", as_it_is),
    "jitter_buffer": ("jitter_buffer", to_seconds),
    "num_path_traces": ("path_traces", as_it_is),
    "enabled": ("enabled", bool),
    "alerts_enabled": ("alerts_enabled", bool),
}
"""A field of a body, the setting it becomes, and how."""
