"""What is kept of the keys and tokens of those who report: hashes, never the secrets."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from sonde.directory.call_tables import ClientKeyRow, ParticipantRow, ParticipantTokenRow
from sonde.directory.records import Credential, SealedToken
from sonde.directory.tables import MAX_ID, WorkspaceRow
from sonde.model.sightings import ClientKey, ReportingClient

ASKED_AT_ONCE: Final = 500
"""Most ids in one statement, which may have so many parameters only."""


class ClientKeyRepository:
    """Reads and writes the client keys of workspaces."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self, workspace_id: int, token: SealedToken, *, label: str, created_by: str, now: datetime
    ) -> ClientKey:
        """Keep a new key of a workspace."""
        row = ClientKeyRow(
            workspace_id=workspace_id,
            prefix=token.prefix,
            hash=token.hash,
            label=label,
            created_by=created_by,
            created_at=now,
        )
        self._session.add(row)
        self._session.flush()
        return _client_key(row)

    def all(self, workspace_id: int) -> list[ClientKey]:
        """All keys a workspace ever had, oldest first."""
        query = select(ClientKeyRow).where(ClientKeyRow.workspace_id == workspace_id)
        return [_client_key(row) for row in self._session.scalars(query.order_by(ClientKeyRow.id))]

    def credentials(self, prefix: str) -> list[Credential]:
        """What a presented key with this prefix can be compared with. Without the revoked ones."""
        query = select(ClientKeyRow).where(ClientKeyRow.prefix == prefix, ClientKeyRow.revoked_at.is_(None))
        return [
            Credential(record_id=row.id, owner_id=row.workspace_id, hash=row.hash)
            for row in self._session.scalars(query)
        ]

    def working(self, key_ids: Sequence[int]) -> set[int]:
        """Those of the given keys that are not revoked."""
        return _found(
            self._session, select(ClientKeyRow.id).where(ClientKeyRow.revoked_at.is_(None)), key_ids
        )

    def client(self, key_id: int) -> ReportingClient:
        """Whom a key that exists lets report."""
        query = (
            select(WorkspaceRow.id, WorkspaceRow.organization_id)
            .join(ClientKeyRow, ClientKeyRow.workspace_id == WorkspaceRow.id)
            .where(ClientKeyRow.id == key_id)
        )
        workspace_id, organization_id = self._session.execute(query).one()
        return ReportingClient(
            workspace_id=workspace_id, organization_id=organization_id, source_id=f"client-key/{key_id}"
        )

    def revoke(self, workspace_id: int, key_id: int, *, now: datetime) -> bool:
        """End a workspace's key. False when it has no such key that still works."""
        if not 0 < key_id <= MAX_ID:
            return False
        statement = update(ClientKeyRow).where(
            ClientKeyRow.id == key_id,
            ClientKeyRow.workspace_id == workspace_id,
            ClientKeyRow.revoked_at.is_(None),
        )
        statement = statement.values(revoked_at=now)
        return self._session.scalar(statement.returning(ClientKeyRow.id)) is not None


class ParticipantTokenRepository:
    """Reads and writes the tokens that let one participant report."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self,
        workspace_id: int,
        participant_id: str,
        token: SealedToken,
        *,
        created_by: str,
        now: datetime,
        expires_at: datetime,
    ) -> None:
        """Keep a new token of a participant."""
        self._session.add(
            ParticipantTokenRow(
                workspace_id=workspace_id,
                participant_id=participant_id,
                prefix=token.prefix,
                hash=token.hash,
                created_by=created_by,
                created_at=now,
                expires_at=expires_at,
            )
        )
        self._session.flush()

    def credentials(self, prefix: str, *, now: datetime) -> list[Credential]:
        """What a presented token with this prefix can be compared with; only those that still work."""
        query = select(ParticipantTokenRow).where(
            ParticipantTokenRow.prefix == prefix,
            ParticipantTokenRow.revoked_at.is_(None),
            ParticipantTokenRow.expires_at > now,
        )
        return [
            Credential(record_id=row.id, owner_id=row.workspace_id, hash=row.hash)
            for row in self._session.scalars(query)
        ]

    def working(self, token_ids: Sequence[int], *, now: datetime) -> set[int]:
        """Those of the given tokens that are neither revoked nor expired."""
        row = ParticipantTokenRow
        query = select(row.id).where(row.revoked_at.is_(None), row.expires_at > now)
        return _found(self._session, query, token_ids)

    def client(self, token_id: int) -> ReportingClient:
        """Whom a token that exists lets report."""
        query = (
            select(ParticipantRow, WorkspaceRow.organization_id)
            .join(ParticipantTokenRow, ParticipantTokenRow.participant_id == ParticipantRow.id)
            .join(WorkspaceRow, WorkspaceRow.id == ParticipantRow.workspace_id)
            .where(ParticipantTokenRow.id == token_id)
        )
        participant, organization_id = self._session.execute(query).one()
        return ReportingClient(
            workspace_id=participant.workspace_id,
            organization_id=organization_id,
            source_id=f"participant-token/{token_id}",
            meeting_id=participant.meeting_id,
            participant_id=participant.id,
        )

    def revoke_all(self, workspace_id: int, participant_id: str, *, now: datetime) -> None:
        """End all tokens of a participant."""
        statement = update(ParticipantTokenRow).where(
            ParticipantTokenRow.workspace_id == workspace_id,
            ParticipantTokenRow.participant_id == participant_id,
            ParticipantTokenRow.revoked_at.is_(None),
        )
        self._session.execute(statement.values(revoked_at=now))


def _found(session: Session, query: Select[int], ids: Sequence[int]) -> set[int]:
    """Those of the given ids that a query for ids has, asked for in pieces."""
    [column] = query.selected_columns
    pieces = (ids[first : first + ASKED_AT_ONCE] for first in range(0, len(ids), ASKED_AT_ONCE))
    return {found for piece in pieces for found in session.scalars(query.where(column.in_(piece)))}


def _client_key(row: ClientKeyRow) -> ClientKey:
    return ClientKey(
        key_id=row.id,
        prefix=row.prefix,
        label=row.label,
        created_by=row.created_by,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )
