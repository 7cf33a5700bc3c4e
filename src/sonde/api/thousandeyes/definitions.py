"""Voice tests as callers of this API define them: the vendor's defaults, and what is only kept. Pure."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from sonde.api.thousandeyes.names import CODEC_SLUGS, FACADE
from sonde.model.agents import Agent
from sonde.model.errors import Invalid
from sonde.model.voice_tests import ON_REQUEST, VoiceTestSettings
from sonde.services.agents import AgentChanges


def default_settings(target_name: str, target_agent_id: int, *, is_instant: bool) -> VoiceTestSettings:
    """A new test before its body is looked at.

    Args:
        target_name: what the test is called when the caller does not say.
        target_agent_id: who receives.
        is_instant: it has no timetable and raises no alerts.
    """
    return VoiceTestSettings(
        name=target_name,
        source_agent_ids=(),
        target_agent_id=target_agent_id,
        interval=ON_REQUEST,
        duration=5,
        codec=CODEC_SLUGS[0],
        dscp=46,
        jitter_buffer=0.040,
        path_traces=3,
        alerts_enabled=not is_instant,
    )


def read_fields(
    body: msgspec.Struct, readers: Mapping[str, tuple[str, Callable[[Any], Any]]]
) -> dict[str, Any]:
    """Read the fields that a body has.

    Args:
        body: what the caller wrote.
        readers: for a field of a body, what it is called here and how its value is read.
    """
    return {
        ours: read(value)
        for theirs, (ours, read) in readers.items()
        if (value := getattr(body, theirs, UNSET)) is not UNSET
    }


def with_changes(
    settings: VoiceTestSettings, changes: Mapping[str, Any], kept: Mapping[str, Any]
) -> VoiceTestSettings:
    """Put what a body says over what a test already has.

    Args:
        settings: as they are.
        changes: settings by name.
        kept: fields that are only shown again, by their names in version 6.
    """
    keeps = {**settings.facade_settings.get(FACADE, {}), **kept}
    facade_settings = {**settings.facade_settings, FACADE: keeps}
    return msgspec.structs.replace(settings, **changes, facade_settings=facade_settings)


def check_agents_of_group(wanted: Collection[int] | UnsetType, agents: Iterable[Agent]) -> None:
    """Refuse another list of an account group's agents than there is.

    Raises:
        Invalid: it is another one; agents stay where they enrolled.
    """
    if wanted is not UNSET and set(wanted) != {agent.agent_id for agent in agents}:
        raise Invalid("Agents belong to the account group they enrolled in.", field="agents")


def agent_changes(
    *,
    name: str | UnsetType,
    host: str | UnsetType,
    enabled: bool | UnsetType,
    test_ids: Iterable[int] | UnsetType,
) -> AgentChanges:
    """Read what a caller changes about an agent; what was left out stays as it is."""
    return AgentChanges(
        name=None if name is UNSET else name,
        host=None if host is UNSET else host,
        enabled=None if enabled is UNSET else bool(enabled),
        test_ids=None if test_ids is UNSET else frozenset(test_ids),
    )


def check_account_groups(wanted: Iterable[int] | UnsetType, workspace_id: int) -> None:
    """Refuse to move an agent.

    Raises:
        Invalid: the account groups are not the one that it is in.
    """
    if wanted is not UNSET and list(wanted) != [workspace_id]:
        raise Invalid(
            f"An agent belongs to the account group it enrolled in, {workspace_id}.", field="accountGroups"
        )


def as_it_is(value: Any) -> Any:
    """The reader of a field that means the same here and there."""
    return value
