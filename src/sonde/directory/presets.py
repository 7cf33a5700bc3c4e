"""Presets of a workspace."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from sonde.directory.call_tables import PresetRow, possible_id
from sonde.directory.containing import Containing
from sonde.directory.duplicates import refusing_duplicates
from sonde.directory.numbered import count_through
from sonde.model.listing import NumberedPage, PageNumber
from sonde.model.presets import Preset, PresetSettings
from sonde.model.sessions import ViewType


class PresetRepository:
    """Reads and writes presets."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, workspace_id: int, settings: PresetSettings, *, now: datetime) -> Preset:
        """Add a preset.

        Raises:
            Conflict: the workspace has one of that name.
        """
        row = PresetRow(id=str(uuid4()), workspace_id=workspace_id, created_at=now)
        with refusing_duplicates(self._session, _taken(settings), field="name"):
            _fill(row, settings, now=now)
            self._session.add(row)
        return _preset(row)

    def get(self, workspace_id: int, preset_id: str) -> Preset | None:
        """The workspace's preset of that id, if there is one."""
        row = self._row(workspace_id, preset_id)
        return _preset(row) if row else None

    def named(self, workspace_id: int, name: str) -> Preset | None:
        """The workspace's preset of that name, if there is one."""
        query = select(PresetRow).where(PresetRow.workspace_id == workspace_id, PresetRow.name == name)
        row = self._session.scalars(query).one_or_none()
        return _preset(row) if row else None

    def numbered(self, workspace_id: int, page: PageNumber, *, search: str = "") -> NumberedPage[Preset]:
        """One page of the presets with these words in the name, the newest first."""
        query = select(PresetRow).where(PresetRow.workspace_id == workspace_id)
        if search:
            query = query.where(Containing(PresetRow.name, search))
        query = query.order_by(PresetRow.created_at.desc(), PresetRow.id.desc())
        return count_through(self._session, query, page, _preset)

    def update(
        self, workspace_id: int, preset_id: str, settings: PresetSettings, *, now: datetime
    ) -> Preset | None:
        """Replace a preset's settings. None when the workspace has no such preset.

        Raises:
            Conflict: the workspace has another one of that name.
        """
        row = self._row(workspace_id, preset_id)
        if row is None:
            return None
        with refusing_duplicates(self._session, _taken(settings), field="name"):
            _fill(row, settings, now=now)
        return _preset(row)

    def remove(self, workspace_id: int, preset_id: str) -> Preset | None:
        """Delete a preset and return what it was. None when the workspace has no such preset."""
        row = self._row(workspace_id, preset_id)
        if row is None:
            return None
        self._session.delete(row)
        return _preset(row)

    def _row(self, workspace_id: int, preset_id: str) -> PresetRow | None:
        query = select(PresetRow).where(
            PresetRow.workspace_id == workspace_id, PresetRow.id == possible_id(preset_id)
        )
        return self._session.scalars(query).one_or_none()


def _taken(settings: PresetSettings) -> str:
    return f"There is a preset named {settings.name} already."


def _fill(row: PresetRow, settings: PresetSettings, *, now: datetime) -> None:
    row.name = settings.name
    row.view_type = settings.view_type
    row.definition = settings.definition
    row.updated_at = now


def _preset(row: PresetRow) -> Preset:
    return Preset(
        preset_id=row.id,
        workspace_id=row.workspace_id,
        settings=PresetSettings(name=row.name, view_type=ViewType(row.view_type), definition=row.definition),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
