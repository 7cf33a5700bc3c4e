"""Secrets of the server itself, the same for all of its processes."""

from datetime import datetime

from sqlalchemy.orm import Session

from sonde.directory.duplicates import refusing_duplicates
from sonde.directory.talk_tables import ServerSecretRow


class ServerSecretRepository:
    """Reads and writes secrets by their names."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, name: str) -> bytes | None:
        """The secret of that name, if it was made."""
        row = self._session.get(ServerSecretRow, name)
        return row.secret if row else None

    def add(self, name: str, secret: bytes, *, now: datetime) -> None:
        """Keep a new secret.

        Raises:
            Conflict: there is one of that name. The transaction is lost.
        """
        with refusing_duplicates(self._session, f"There is a secret {name} already.", field="name"):
            self._session.add(ServerSecretRow(name=name, secret=secret, created_at=now))
