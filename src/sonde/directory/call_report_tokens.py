"""What is kept of the tokens of call reports: hashes, never the secrets."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from sonde.directory.call_tables import CallReportTokenRow
from sonde.directory.records import Credential, SealedToken
from sonde.directory.tables import MAX_ID, MembershipRow, PersonRow, WorkspaceRow
from sonde.model.people import Access, Principal
from sonde.model.sightings import CallReportToken, ReportingClient


class CallReportTokenRepository:
    """Reads and writes the tokens with which Telnyx SDKs upload call reports."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self,
        access: Access,
        person: Principal,
        token: SealedToken,
        *,
        label: str,
        now: datetime,
        expires_at: datetime,
    ) -> CallReportToken:
        """Keep a new token of a person in a workspace.

        Args:
            access: who makes it, and the workspace.
            person: whose it is.
            token: what is kept of it.
            label: what it is for.
            now: the time.
            expires_at: when it works no more.
        """
        row = CallReportTokenRow(
            workspace_id=access.workspace.workspace_id,
            person_id=person.person_id,
            prefix=token.prefix,
            hash=token.hash,
            label=label,
            created_by=access.person_label,
            created_at=now,
            expires_at=expires_at,
        )
        self._session.add(row)
        self._session.flush()
        return _token(row, person.email)

    def all(self, workspace_id: int) -> list[CallReportToken]:
        """All tokens a workspace ever had, oldest first."""
        query = (
            select(CallReportTokenRow, PersonRow.email)
            .join(PersonRow, PersonRow.id == CallReportTokenRow.person_id)
            .where(CallReportTokenRow.workspace_id == workspace_id)
            .order_by(CallReportTokenRow.id)
        )
        return [_token(row, email) for row, email in self._session.execute(query)]

    def credentials(self, prefix: str, *, now: datetime) -> list[Credential]:
        """What a presented token with this prefix can be compared with; only those that still work.

        A token works no longer than its person is a member of the workspace.
        """
        query = (
            select(CallReportTokenRow)
            .join(
                MembershipRow,
                (MembershipRow.person_id == CallReportTokenRow.person_id)
                & (MembershipRow.workspace_id == CallReportTokenRow.workspace_id),
            )
            .where(
                CallReportTokenRow.prefix == prefix,
                CallReportTokenRow.revoked_at.is_(None),
                CallReportTokenRow.expires_at > now,
            )
        )
        return [
            Credential(record_id=row.id, owner_id=row.workspace_id, hash=row.hash)
            for row in self._session.scalars(query)
        ]

    def client(self, token_id: int) -> ReportingClient:
        """Whom a token that exists lets report."""
        query = (
            select(CallReportTokenRow, WorkspaceRow.organization_id)
            .join(WorkspaceRow, WorkspaceRow.id == CallReportTokenRow.workspace_id)
            .where(CallReportTokenRow.id == token_id)
        )
        token, organization_id = self._session.execute(query).one()
        return ReportingClient(
            workspace_id=token.workspace_id,
            organization_id=organization_id,
            source_id=f"call-report-token/{token_id}",
            person_id=token.person_id,
        )

    def revoke(self, workspace_id: int, token_id: int, *, now: datetime) -> bool:
        """End a workspace's token. False when it has no such token that is not revoked."""
        if not 0 < token_id <= MAX_ID:
            return False
        statement = update(CallReportTokenRow).where(
            CallReportTokenRow.id == token_id,
            CallReportTokenRow.workspace_id == workspace_id,
            CallReportTokenRow.revoked_at.is_(None),
        )
        statement = statement.values(revoked_at=now)
        return self._session.scalar(statement.returning(CallReportTokenRow.id)) is not None


def _token(row: CallReportTokenRow, email: str) -> CallReportToken:
    return CallReportToken(
        token_id=row.id,
        prefix=row.prefix,
        email=email,
        label=row.label,
        created_by=row.created_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
