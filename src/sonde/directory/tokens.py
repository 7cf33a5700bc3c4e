"""What is kept of people's API tokens and of agents' enrolment tokens: hashes, never the tokens."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from sonde.directory.records import ApiToken, Credential, SealedToken
from sonde.directory.tables import MAX_ID, ApiTokenRow, EnrolmentTokenRow

LAST_USED_GRANULARITY = timedelta(minutes=1)
"""How far behind `last_used_at` may lag, so that not every request of a person is a write."""

# Made once: these come before every request of a person.
_CREDENTIALS: Final = select(ApiTokenRow.id, ApiTokenRow.person_id, ApiTokenRow.hash).where(
    ApiTokenRow.prefix == bindparam("prefix"), ApiTokenRow.revoked_at.is_(None)
)
_LAST_USED: Final = select(ApiTokenRow.last_used_at).where(ApiTokenRow.id == bindparam("token_id"))


class ApiTokenRepository:
    """Reads and writes the tokens by which people use the API."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, person_id: int, token: SealedToken, *, label: str, now: datetime) -> ApiToken:
        """Keep a new token of a person."""
        row = ApiTokenRow(
            person_id=person_id, prefix=token.prefix, hash=token.hash, label=label, created_at=now
        )
        self._session.add(row)
        self._session.flush()
        return _api_token(row)

    def all(self, person_id: int) -> list[ApiToken]:
        """All tokens a person ever had, oldest first."""
        query = select(ApiTokenRow).where(ApiTokenRow.person_id == person_id).order_by(ApiTokenRow.id)
        return [_api_token(row) for row in self._session.scalars(query)]

    def credentials(self, prefix: str) -> list[Credential]:
        """What a presented token with this prefix can be compared with. Without the revoked ones."""
        return [
            Credential(record_id=row.id, owner_id=row.person_id, hash=row.hash)
            for row in self._session.execute(_CREDENTIALS, {"prefix": prefix})
        ]

    def was_used_lately(self, token_id: int, *, now: datetime) -> bool:
        """Whether the kept time of last use is still near enough to `now`."""
        used = self._session.scalar(_LAST_USED, {"token_id": token_id})
        return used is not None and now - used < LAST_USED_GRANULARITY

    def mark_used(self, token_id: int, *, now: datetime) -> None:
        """Note that a token was used."""
        self._session.execute(update(ApiTokenRow).where(ApiTokenRow.id == token_id).values(last_used_at=now))

    def revoke(self, person_id: int, token_id: int, *, now: datetime) -> bool:
        """End a person's token. False when they have no such token that still works."""
        if not 0 < token_id <= MAX_ID:
            return False
        statement = update(ApiTokenRow).where(
            ApiTokenRow.id == token_id,
            ApiTokenRow.person_id == person_id,
            ApiTokenRow.revoked_at.is_(None),
        )
        statement = statement.values(revoked_at=now)
        return self._session.scalar(statement.returning(ApiTokenRow.id)) is not None


class EnrolmentTokenRepository:
    """Reads and writes the tokens that let one agent in, once."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self,
        workspace_id: int,
        token: SealedToken,
        *,
        label: str,
        created_by: str,
        now: datetime,
        expires_at: datetime,
    ) -> None:
        """Keep a new token of a workspace."""
        self._session.add(
            EnrolmentTokenRow(
                workspace_id=workspace_id,
                prefix=token.prefix,
                hash=token.hash,
                label=label,
                created_by=created_by,
                created_at=now,
                expires_at=expires_at,
            )
        )
        self._session.flush()

    def credentials(self, prefix: str) -> list[Credential]:
        """What a presented token with this prefix can be compared with, used and expired ones too."""
        query = select(EnrolmentTokenRow).where(EnrolmentTokenRow.prefix == prefix)
        return [
            Credential(record_id=row.id, owner_id=row.workspace_id, hash=row.hash)
            for row in self._session.scalars(query)
        ]

    def use(self, token_id: int, *, now: datetime) -> bool:
        """Use a token up. False when it was used or has expired; of two racing callers one gets True."""
        statement = update(EnrolmentTokenRow).where(
            EnrolmentTokenRow.id == token_id,
            EnrolmentTokenRow.used_at.is_(None),
            EnrolmentTokenRow.expires_at > now,
        )
        statement = statement.values(used_at=now)
        return self._session.scalar(statement.returning(EnrolmentTokenRow.id)) is not None


def _api_token(row: ApiTokenRow) -> ApiToken:
    return ApiToken(
        token_id=row.id,
        prefix=row.prefix,
        label=row.label,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
