"""Organizations and their workspaces."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sonde.directory.duplicates import refusing_duplicates
from sonde.directory.tables import (
    MAX_ID,
    AgentRow,
    EnrolmentTokenRow,
    OrganizationRow,
    VoiceTestRow,
    WorkspaceRow,
)
from sonde.model.errors import Conflict
from sonde.model.people import Workspace
from sonde.model.voice_tests import ON_REQUEST


class WorkspaceRepository:
    """Reads and writes workspaces, and the organizations they are in."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_organization(self, name: str, *, now: datetime) -> int:
        """Add a tenant and return its id.

        Raises:
            Conflict: there is one of that name.
        """
        row = OrganizationRow(name=name, created_at=now)
        with refusing_duplicates(
            self._session, f"There is an organization named {name} already.", field="organization"
        ):
            self._session.add(row)
        return row.id

    def add(self, organization_id: int, name: str, *, now: datetime) -> Workspace:
        """Add a workspace to an organization.

        Raises:
            Conflict: the organization has one of that name.
        """
        row = WorkspaceRow(organization_id=organization_id, name=name, created_at=now)
        with refusing_duplicates(
            self._session, f"There is a workspace named {name} already.", field="workspace"
        ):
            self._session.add(row)
        return workspace(row)

    def rename(self, workspace_id: int, name: str) -> Workspace | None:
        """Give a workspace another name. None when there is no such workspace.

        Raises:
            Conflict: the organization has another one of that name.
        """
        row = self._session.get(WorkspaceRow, workspace_id)
        if row is None:
            return None
        with refusing_duplicates(
            self._session, f"There is a workspace named {name} already.", field="workspace"
        ):
            row.name = name
        return workspace(row)

    def remove(self, workspace_id: int) -> None:
        """Delete a workspace without members, with what is kept of agents and requests that are gone.

        Raises:
            Conflict: it holds something that is in use. The transaction is lost.
        """
        remains = (
            delete(VoiceTestRow).where(
                VoiceTestRow.workspace_id == workspace_id, VoiceTestRow.interval == ON_REQUEST
            ),
            delete(AgentRow).where(AgentRow.workspace_id == workspace_id, AgentRow.removed_at.is_not(None)),
            delete(EnrolmentTokenRow).where(EnrolmentTokenRow.workspace_id == workspace_id),
        )
        try:
            for statement in (*remains, delete(WorkspaceRow).where(WorkspaceRow.id == workspace_id)):
                self._session.execute(statement)
        except IntegrityError as error:
            raise Conflict(
                f"Workspace {workspace_id} still has agents, tests or other things in it.",
                hint="Delete them first.",
            ) from error

    def get(self, workspace_id: int) -> Workspace | None:
        """The workspace of that id, if there is one."""
        if not 0 < workspace_id <= MAX_ID:
            return None
        row = self._session.get(WorkspaceRow, workspace_id)
        return workspace(row) if row else None

    def made_at(self, workspace_ids: Collection[int]) -> dict[int, datetime]:
        """When each of these workspaces was made, by id."""
        query = select(WorkspaceRow.id, WorkspaceRow.created_at).where(WorkspaceRow.id.in_(workspace_ids))
        return {row.id: row.created_at for row in self._session.execute(query)}

    def all(self) -> list[Workspace]:
        """All workspaces of all organizations, oldest first. For the operator of the server only."""
        return [
            workspace(row) for row in self._session.scalars(select(WorkspaceRow).order_by(WorkspaceRow.id))
        ]


def workspace(row: WorkspaceRow) -> Workspace:
    """The workspace that a row holds."""
    return Workspace(
        workspace_id=row.id,
        name=row.name,
        organization_id=row.organization_id,
        organization_name=row.organization.name,
    )
