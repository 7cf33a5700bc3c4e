"""Telling a name that is taken from every other broken constraint, on both databases."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sonde.model.errors import Conflict

_POSTGRESQL_UNIQUE_VIOLATION = "23505"
_SQLITE_UNIQUE_VIOLATIONS = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}


@contextmanager
def refusing_duplicates(session: Session, message: str, *, field: str) -> Iterator[None]:
    """Write what the block changed, and say `message` when it exists already.

    Raises:
        Conflict: a unique constraint is in the way. The transaction is lost.
    """
    try:
        yield
        session.flush()
    except IntegrityError as error:
        if not _is_duplicate(error):
            raise
        raise Conflict(message, field=field) from error


def _is_duplicate(error: IntegrityError) -> bool:
    if getattr(error.orig, "sqlstate", None) == _POSTGRESQL_UNIQUE_VIOLATION:
        return True
    return getattr(error.orig, "sqlite_errorcode", None) in _SQLITE_UNIQUE_VIOLATIONS
