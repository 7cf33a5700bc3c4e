"""Opening the database: which kinds there are, and what each needs to keep its promises."""

from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from sonde.lockfile import make_folder
from sonde.model.errors import Invalid, Unavailable

BUSY_TIMEOUT = 5.0
"""Seconds to wait for another writer before giving up."""

WRITES = "sonde_writes"
"""Execution option of an engine whose transactions write."""

MAPPED = 2**30
"""Bytes of a SQLite file that are read where the system has them in memory, without a copy."""

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    # The default for WAL loses the last commits in a power cut.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    # Lists are counted in indexes, of which the two megabytes that a connection keeps hold little.
    f"PRAGMA mmap_size = {MAPPED}",
    f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT * 1000)}",
)


def open_engine(url: str) -> Engine:
    """Make the engine for `sqlite:///file` or `postgresql://...`. Connects to nothing yet.

    Raises:
        Invalid: the URL cannot be read or names another kind of database.
        Unavailable: the file of a SQLite database can be neither found nor made.
    """
    parsed = _parse(url)
    # Other drivers than these two are not tested, whatever the URL says.
    match parsed.get_backend_name():
        case "sqlite" if parsed.database and parsed.database != ":memory:":
            return _open_sqlite(parsed.set(drivername="sqlite"), Path(parsed.database))
        case "postgresql":
            return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    raise _unusable()


def _parse(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        # The URL may hold a password, so neither it nor the original error is shown.
        raise _unusable() from None


def _unusable() -> Invalid:
    return Invalid(
        "The directory's database URL cannot be used.",
        hint="Write sqlite:////folder/file.db or postgresql+psycopg://user:password@host/database.",
        field="directory_url",
    )


def _open_sqlite(url: URL, file: Path) -> Engine:
    try:
        make_folder(file.parent)
        # The file holds the keys of the streams. SQLite gives its side files the same mode.
        file.touch(mode=0o600)
    except OSError as error:
        raise Unavailable(f"The directory cannot be opened: {error.strerror}: {file}") from error
    engine = create_engine(url)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # Python's sqlite3 begins transactions by its own rules, too late for reads and for DDL.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads before it writes cannot wait for another writer: SQLite refuses it
    # at once. So writers take the lock first.
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
