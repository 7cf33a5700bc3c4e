"""Organizations and their workspaces."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from sonde.directory.duplicates import refusing_duplicates
from sonde.directory.tables import MAX_ID, OrganizationRow, WorkspaceRow
from sonde.model.people import Workspace


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

    def get(self, workspace_id: int) -> Workspace | None:
        """The workspace of that id, if there is one."""
        if not 0 < workspace_id <= MAX_ID:
            return None
        row = self._session.get(WorkspaceRow, workspace_id)
        return workspace(row) if row else None

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
