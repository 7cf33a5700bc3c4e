"""What a caller writes about a voice test, as our settings; pure."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from sonde.api.thousandeyes.mapping import CODEC_SLUGS, FACADE, SOURCE_ADDRESSES, to_seconds
from sonde.api.thousandeyes.schema import NewVoiceTest, SourceAgent, VoiceTestChange
from sonde.model.errors import Invalid
from sonde.model.voice_tests import VoiceTestSettings

FIELD_NAMES: Mapping[str, str] = {
    "name": "testName",
    "source_agent_ids": "agents",
    "target_agent_id": "targetAgentId",
    "codec": "codecId",
    "dscp": "dscpId",
    "jitter_buffer": "jitterBuffer",
    "path_traces": "numPathTraces",
    "alerts_enabled": "alertsEnabled",
    "workspace_id": "aid",
    "test_id": "testId",
}
"""What callers of this API call a field of ours; fields that are not here have the same name."""

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


def new_settings(body: NewVoiceTest, target_name: str) -> VoiceTestSettings:
    """Read the settings of a new test, with the vendor's defaults.

    Args:
        body: what the caller wrote.
        target_name: what the test is called when the caller does not say.

    Raises:
        Invalid: see `changed_settings`.
    """
    defaults = VoiceTestSettings(
        name=target_name,
        source_agent_ids=(),
        target_agent_id=body.target_agent_id,
        duration=5,
        codec=CODEC_SLUGS[0],
        dscp=46,
        jitter_buffer=0.040,
        path_traces=3,
        alerts_enabled=True,
    )
    return changed_settings(defaults, body)


def changed_settings(settings: VoiceTestSettings, body: VoiceTestChange) -> VoiceTestSettings:
    """Put what a body says over what a test already has.

    Raises:
        Invalid: there is no such codec id; everything else is judged where tests are kept.
    """
    changes = {
        ours: read(value)
        for theirs, (ours, read) in _READERS.items()
        if (value := getattr(body, theirs)) is not UNSET
    }
    kept = {**settings.facade_settings.get(FACADE, {}), **_to_keep(body)}
    return msgspec.structs.replace(
        settings, **changes, facade_settings={**settings.facade_settings, FACADE: kept}
    )


def _to_keep(body: VoiceTestChange) -> dict[str, Any]:
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


def _read_codec(codec_id: int) -> str:
    if not 0 <= codec_id < len(CODEC_SLUGS):
        raise Invalid(f"Expected a number from 0 to {len(CODEC_SLUGS) - 1}, got {codec_id}.", field="codecId")
    return CODEC_SLUGS[codec_id]


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
    "codec_id": ("codec", _read_codec),
    "dscp_id": ("dscp", _as_it_is),
    "duration": ("duration", _as_it_is),
    "jitter_buffer": ("jitter_buffer", to_seconds),
    "num_path_traces": ("path_traces", _as_it_is),
    "enabled": ("enabled", bool),
    "alerts_enabled": ("alerts_enabled", bool),
}
"""A field of a body, the setting it becomes, and how."""
