"""People, and the workspaces they belong to."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.orm import Session

from sonde.directory.duplicates import refusing_duplicates
from sonde.directory.tables import MembershipRow, OrganizationRow, PersonRow, WorkspaceRow
from sonde.model.errors import Conflict
from sonde.model.people import Membership, Principal, Role, Workspace

# One question and no objects of rows: it comes before every request of a person.
_MEMBERS: Final = (
    select(
        PersonRow.id.label("person_id"),
        PersonRow.email,
        PersonRow.name,
        MembershipRow.role,
        MembershipRow.is_default,
        WorkspaceRow.id.label("workspace_id"),
        WorkspaceRow.name.label("workspace_name"),
        WorkspaceRow.organization_id,
        OrganizationRow.name.label("organization_name"),
    )
    .outerjoin(MembershipRow, MembershipRow.person_id == PersonRow.id)
    .outerjoin(WorkspaceRow, WorkspaceRow.id == MembershipRow.workspace_id)
    .outerjoin(OrganizationRow, OrganizationRow.id == WorkspaceRow.organization_id)
    .order_by(MembershipRow.workspace_id)
)


class PersonRepository:
    """Reads and writes people. Mail addresses are given and kept in lower case."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, email: str, name: str, *, now: datetime) -> int:
        """Add a person who belongs nowhere yet, and return their id.

        Raises:
            Conflict: somebody has that mail address.
        """
        row = PersonRow(email=email, name=name, created_at=now)
        with refusing_duplicates(
            self._session, f"There is a person with the address {email} already.", field="email"
        ):
            self._session.add(row)
        return row.id

    def join(self, person_id: int, workspace_id: int, *, role: Role) -> None:
        """Make a person a member of a workspace. Their first workspace becomes their default.

        Raises:
            Conflict: they are a member already.
        """
        row = MembershipRow(
            person_id=person_id,
            workspace_id=workspace_id,
            role=role.value,
            is_default=not self._belongs_somewhere(person_id),
        )
        with refusing_duplicates(
            self._session, "That person is a member of the workspace already.", field="email"
        ):
            self._session.add(row)

    def leave(self, workspace_id: int) -> None:
        """Take everybody out of a workspace; for whom it was the default, the oldest other one becomes it.

        Raises:
            Conflict: somebody belongs to no other one.
        """
        leaving = self._memberships(MembershipRow.workspace_id == workspace_id)
        for member in leaving:
            others = self._memberships(
                MembershipRow.person_id == member.person_id, MembershipRow.workspace_id != workspace_id
            )
            if not others:
                raise Conflict(
                    "Somebody belongs to this workspace alone.", hint="Let them into another one first."
                )
            # Flushed one by one: of a person's memberships no two may be the default at any time.
            self._session.delete(member)
            self._session.flush()
            if member.is_default:
                others[0].is_default = True
                self._session.flush()

    def get(self, person_id: int) -> Principal | None:
        """The person of that id, if there is one."""
        return self._principal(PersonRow.id == person_id)

    def by_email(self, email: str) -> Principal | None:
        """The person with that mail address, if there is one."""
        return self._principal(PersonRow.email == email)

    def _principal(self, condition: ColumnElement[bool]) -> Principal | None:
        rows = self._session.execute(_MEMBERS.where(condition)).all()
        if not rows:
            return None
        first = rows[0]
        memberships = tuple(_membership(row) for row in rows if row.role is not None)
        return Principal(
            person_id=first.person_id, email=first.email, name=first.name, memberships=memberships
        )

    def _memberships(self, *conditions: ColumnElement[bool]) -> list[MembershipRow]:
        query = select(MembershipRow).where(*conditions).order_by(MembershipRow.workspace_id)
        return list(self._session.scalars(query))

    def _belongs_somewhere(self, person_id: int) -> bool:
        query = select(MembershipRow.workspace_id).where(MembershipRow.person_id == person_id).limit(1)
        return self._session.scalar(query) is not None


def _membership(row: Row[*tuple[Any, ...]]) -> Membership:
    home = Workspace(
        workspace_id=row.workspace_id,
        name=row.workspace_name,
        organization_id=row.organization_id,
        organization_name=row.organization_name,
    )
    return Membership(workspace=home, role=Role(row.role), is_default=row.is_default)
