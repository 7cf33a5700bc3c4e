"""What a caller of version 6 writes, as our settings; pure."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from sonde.api.thousandeyes.names import CODEC_SLUGS, FACADE, SOURCE_ADDRESSES, read_codec_id
from sonde.api.thousandeyes.units import to_seconds
from sonde.api.thousandeyes.v6.bodies import (
    AgentChange,
    InstantTestFields,
    NewInstantTest,
    NewVoiceTest,
    SourceAgent,
)
from sonde.model.errors import Invalid
from sonde.model.voice_tests import ON_REQUEST, VoiceTestSettings
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
        body: what the caller wrote; an instant test has no timetable and raises no alerts.
        target_name: what the test is called when the caller does not say.

    Raises:
        Invalid: see `changed_settings`.
    """
    defaults = VoiceTestSettings(
        name=target_name,
        source_agent_ids=(),
        target_agent_id=body.target_agent_id,
        interval=ON_REQUEST,
        duration=5,
        codec=CODEC_SLUGS[0],
        dscp=46,
        jitter_buffer=0.040,
        path_traces=3,
        alerts_enabled=isinstance(body, NewVoiceTest),
    )
    return changed_settings(defaults, body)


def changed_settings(settings: VoiceTestSettings, body: InstantTestFields) -> VoiceTestSettings:
    """Put what a body says over what a test already has.

    Raises:
        Invalid: there is no such codec id; everything else is judged where tests are kept.
    """
    changes = {
        ours: read(value)
        for theirs, (ours, read) in _READERS.items()
        if (value := getattr(body, theirs, UNSET)) is not UNSET
    }
    kept = {**settings.facade_settings.get(FACADE, {}), **_to_keep(body)}
    return msgspec.structs.replace(
        settings, **changes, facade_settings={**settings.facade_settings, FACADE: kept}
    )


def agent_changes(body: AgentChange, workspace_id: int) -> AgentChanges:
    """Read what a caller changes about an agent.

    Raises:
        Invalid: the account groups are not the one that the agent is in.
    """
    if body.account_groups is not UNSET and [each.aid for each in body.account_groups] != [workspace_id]:
        raise Invalid(
            f"An agent belongs to the account group it enrolled in, {workspace_id}.", field="accountGroups"
        )
    return AgentChanges(
        name=None if body.agent_name is UNSET else body.agent_name,
        host=None if body.target_for_tests is UNSET else body.target_for_tests,
        enabled=None if body.enabled is UNSET else bool(body.enabled),
        test_ids=None if body.tests is UNSET else frozenset(each.test_id for each in body.tests),
    )


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


def _as_it_is(value: Any) -> Any:
    return value


_READERS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "agents": ("source_agent_ids", _read_agents),
    "target_agent_id": ("target_agent_id", _as_it_is),
    "interval": ("interval", _as_it_is),
    "test_name": ("name", _as_it_is),
    "description": ("description", _as_it_is),
    "codec_id": ("codec", read_codec_id),
    "dscp_id": ("dscp", _as_it_is),
    "duration": ("duration", _as_it_is),
    "jitter_buffer": ("jitter_buffer", to_seconds),
    "num_path_traces": ("path_traces", _as_it_is),
    "enabled": ("enabled", bool),
    "alerts_enabled": ("alerts_enabled", bool),
}
"""A field of a body, the setting it becomes, and how."""
