"""The server's own private keys. They never leave it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from sonde.directory.duplicates import refusing_duplicates
from sonde.directory.webhook_tables import SigningKeyRow


class SigningKeyRepository:
    """Keeps one key for each purpose, for all servers of this directory and as long as it exists."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, purpose: str) -> bytes | None:
        """The private key for a purpose, if it was made."""
        query = select(SigningKeyRow.private_key).where(SigningKeyRow.purpose == purpose)
        return self._session.scalar(query)

    def add(self, purpose: str, private_key: bytes, *, now: datetime) -> None:
        """Keep a new private key.

        Raises:
            Conflict: there is one for this purpose.
        """
        row = SigningKeyRow(purpose=purpose, private_key=private_key, created_at=now)
        with refusing_duplicates(self._session, f"There is a key for {purpose} already.", field="purpose"):
            self._session.add(row)
