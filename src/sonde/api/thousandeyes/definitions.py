"""Voice tests as callers of this API define them: the vendor's defaults, and what is only kept. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from sonde.api.thousandeyes.names import CODEC_SLUGS, FACADE
from sonde.model.voice_tests import ON_REQUEST, VoiceTestSettings


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


def as_it_is(value: Any) -> Any:
    """The reader of a field that means the same here and there."""
    return value
