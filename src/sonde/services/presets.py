"""Presets: what an application gives its participants under one name."""

from collections.abc import Callable
from typing import Final

import msgspec

from sonde.directory import Directory
from sonde.model.errors import Invalid, NotFound
from sonde.model.listing import NumberedPage, PageNumber
from sonde.model.people import Access
from sonde.model.presets import Preset, PresetSettings
from sonde.services.accounts import require_admin
from sonde.services.clock import Clock, utc_now
from sonde.services.text import NAME_LENGTH, checked_name, checked_text

DEFINITION_MAX: Final = 64 * 1024
"""Most bytes of a definition, written as JSON."""


class Presets:
    """The presets of each workspace."""

    def __init__(self, directory: Directory, now: Clock = utc_now) -> None:
        self._directory = directory
        self._now = now

    def create(self, access: Access, settings: PresetSettings) -> Preset:
        """Make a preset.

        Raises:
            Denied: not an administrator.
            Invalid: the name cannot be used, or the definition is too long.
            Conflict: the workspace has one of that name.
        """
        require_admin(access)
        settings = _checked(settings)
        with self._directory.write() as tx:
            return tx.presets.add(access.workspace.workspace_id, settings, now=self._now())

    def change(self, access: Access, preset_id: str, change: Callable[[Preset], PresetSettings]) -> Preset:
        """Change a preset's settings. Who was given it before keeps its name and view type.

        Args:
            access: who asks.
            preset_id: of the preset.
            change: from what it is to what its settings shall be.

        Raises:
            Denied: not an administrator.
            NotFound: the workspace has no such preset.
            Invalid: the name cannot be used, or the definition is too long.
            Conflict: the workspace has another one of that name.
        """
        require_admin(access)
        workspace_id = access.workspace.workspace_id
        with self._directory.write() as tx:
            settings = _checked(change(_found(tx.presets.get(workspace_id, preset_id), preset_id)))
            changed = tx.presets.update(workspace_id, preset_id, settings, now=self._now())
            return _found(changed, preset_id)

    def remove(self, access: Access, preset_id: str) -> Preset:
        """Remove a preset and return what it was. Who was given it before keeps its name and view type.

        Raises:
            Denied: not an administrator.
            NotFound: the workspace has no such preset.
        """
        require_admin(access)
        with self._directory.write() as tx:
            return _found(tx.presets.remove(access.workspace.workspace_id, preset_id), preset_id)

    def get(self, access: Access, preset_id: str) -> Preset:
        """One of the workspace's presets.

        Raises:
            NotFound: the workspace has no such preset.
        """
        with self._directory.read() as tx:
            return _found(tx.presets.get(access.workspace.workspace_id, preset_id), preset_id)

    def named(self, access: Access, name: str) -> Preset | None:
        """The workspace's preset of that name, if there is one."""
        with self._directory.read() as tx:
            return tx.presets.named(access.workspace.workspace_id, name)

    def numbered(self, access: Access, page: PageNumber, *, search: str = "") -> NumberedPage[Preset]:
        """One page of the workspace's presets with these words in the name, the newest first.

        Raises:
            Invalid: the words are not plain text.
        """
        checked_text(search, field="search", longest=NAME_LENGTH)
        with self._directory.read() as tx:
            return tx.presets.numbered(access.workspace.workspace_id, page, search=search)


def _checked(settings: PresetSettings) -> PresetSettings:
    if len(msgspec.json.encode(settings.definition)) > DEFINITION_MAX:
        raise Invalid(f"A preset must be at most {DEFINITION_MAX} bytes.", field="definition")
    return msgspec.structs.replace(settings, name=checked_name(settings.name, field="name"))


def _found(preset: Preset | None, preset_id: str) -> Preset:
    if preset is None:
        raise NotFound(f"There is no preset {preset_id} in this workspace.")
    return preset
