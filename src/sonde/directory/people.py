"""People, and the workspaces they belong to."""

from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from sonde.directory.duplicates import refusing_duplicates
from sonde.directory.tables import MembershipRow, PersonRow
from sonde.directory.workspaces import workspace
from sonde.model.errors import Conflict
from sonde.model.people import Membership, Principal, Role


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
        # Rows seen earlier in the transaction would answer with the memberships they had then.
        query = select(PersonRow).where(condition).execution_options(populate_existing=True)
        row = self._session.scalars(query).one_or_none()
        return _principal(row) if row else None

    def _memberships(self, *conditions: ColumnElement[bool]) -> list[MembershipRow]:
        query = select(MembershipRow).where(*conditions).order_by(MembershipRow.workspace_id)
        return list(self._session.scalars(query))

    def _belongs_somewhere(self, person_id: int) -> bool:
        query = select(MembershipRow.workspace_id).where(MembershipRow.person_id == person_id).limit(1)
        return self._session.scalar(query) is not None


def _principal(row: PersonRow) -> Principal:
    return Principal(
        person_id=row.id,
        email=row.email,
        name=row.name,
        memberships=tuple(
            Membership(
                workspace=workspace(member.workspace), role=Role(member.role), is_default=member.is_default
            )
            for member in row.memberships
        ),
    )
