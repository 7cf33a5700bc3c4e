"""Presets: what an application gives its participants under one name."""

from datetime import datetime
from typing import Any

import msgspec

from sonde.model.sessions import ViewType


class PresetSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What people choose about a preset.

    Attributes:
        name: what participants are given it by, unique in the workspace.
        view_type: of those who are given it.
        definition: what the application's client reads from it: permissions, media and looks, as they came.
    """

    name: str
    view_type: ViewType
    definition: dict[str, Any]


class Preset(msgspec.Struct, frozen=True, kw_only=True):
    """What an application gives its participants under one name.

    Attributes:
        preset_id: UUID in lower case.
    """

    preset_id: str
    workspace_id: int
    settings: PresetSettings
    created_at: datetime
    updated_at: datetime
