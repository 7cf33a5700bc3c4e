"""From our presets to the vendor's, and back. Pure."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import UNSET

from sonde.api.realtimekit.preset_shapes import PresetBody, PresetChange, PresetItem, PresetName
from sonde.api.realtimekit.units import show_moment
from sonde.model.errors import Invalid
from sonde.model.presets import Preset, PresetSettings
from sonde.model.sessions import ViewType

VIEW_TYPES: Final = ViewType.__members__
"""The vendor's names of view types."""


def show_name(preset: Preset) -> PresetName:
    """A preset as it is listed."""
    return PresetName(
        id=preset.preset_id,
        name=preset.settings.name,
        created_at=show_moment(preset.created_at),
        updated_at=show_moment(preset.updated_at),
    )


def show_preset(preset: Preset) -> PresetItem:
    """A preset as clients see it."""
    definition = preset.settings.definition
    return PresetItem(
        **msgspec.structs.asdict(show_name(preset)),
        config=definition.get("config", {}),
        permissions=definition.get("permissions", {}),
        ui=definition.get("ui", {}),
    )


def whole_preset(body: PresetBody) -> PresetSettings:
    """What a preset shall be of which everything is said.

    Raises:
        Invalid: its config has no view type, or one that there is not.
    """
    definition = {"config": body.config, "permissions": body.permissions, "ui": body.ui}
    return PresetSettings(name=body.name, view_type=_view_type(body.config), definition=definition)


def changed_preset(change: PresetChange, preset: Preset) -> PresetSettings:
    """What a preset shall be of which some things change; raises the same."""
    settings = preset.settings
    said = {"config": change.config, "permissions": change.permissions, "ui": change.ui}
    named = {name: value for name, value in said.items() if value is not UNSET}
    definition = _merged(settings.definition, named)
    return PresetSettings(
        name=settings.name if change.name is UNSET else change.name,
        view_type=_view_type(definition.get("config", {})),
        definition=definition,
    )


def _merged(known: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """Objects member by member, everything else as it is said."""
    merged = dict(known)
    for name, value in said.items():
        before = merged.get(name)
        is_part = isinstance(before, dict) and isinstance(value, dict)
        merged[name] = _merged(before or {}, value) if is_part else value
    return merged


def _view_type(config: Mapping[str, Any]) -> ViewType:
    given = config.get("view_type")
    if not isinstance(given, str) or given not in VIEW_TYPES:
        known = ", ".join(VIEW_TYPES)
        raise Invalid(f"Expected one of {known}.", field="config.view_type")
    return VIEW_TYPES[given]
