"""Opening a spool's database: making a new one, and refusing what is not one."""

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sonde.model.errors import Unavailable

APPLICATION_ID = 0x536F6E64
"""Marks the file as a spool ("Sond"), so that no other SQLite database is taken for one."""

FORMAT = 1
"""Format of the file that this program writes, and the newest that it reads."""

WAL_LIMIT = 4 * 1024 * 1024
"""The write-ahead log is cut back to this many bytes after a checkpoint."""

SCHEMA = """
CREATE TABLE items (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    appended_at REAL NOT NULL,
    body BLOB NOT NULL
);
CREATE TABLE state (
    spool_id TEXT NOT NULL,
    items INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    dropped INTEGER NOT NULL,
    chunk_first INTEGER,
    chunk_last INTEGER
);
"""


def open_database(path: Path) -> sqlite3.Connection:
    """Open a spool's database, or make it.

    Raises:
        Unavailable: the file is damaged, is something else, or cannot be used.
    """
    with explaining_errors(path):
        database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        with explaining_errors(path):
            _prepare(database, path)
    except BaseException:
        database.close()
        raise
    return database


@contextmanager
def explaining_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite complains about into a sentence with the file's name.

    Raises:
        Unavailable: SQLite raised an error inside.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise Unavailable(
            f"The spool {path} cannot be used: {error}.",
            hint="Check the disk. If the file is damaged, move it away: a new one will be made.",
        ) from error


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    is_new = _recognise(database, path)
    database.execute("PRAGMA auto_vacuum = INCREMENTAL")
    database.execute("PRAGMA journal_mode = WAL")
    # NORMAL, the usual companion of WAL, loses the latest commits in a power cut.
    database.execute("PRAGMA synchronous = FULL")
    database.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT}")
    if is_new:
        _create(database)
        return
    problem = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if problem != "ok":
        raise sqlite3.DatabaseError(problem)


def _recognise(database: sqlite3.Connection, path: Path) -> bool:
    """Whether the file is new. It is not written to before we know that it is ours."""
    application = database.execute("PRAGMA application_id").fetchone()[0]
    version = database.execute("PRAGMA user_version").fetchone()[0]
    tables = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if (application, version, tables) == (0, 0, 0):
        return True
    if application != APPLICATION_ID:
        raise Unavailable(f"The file {path} is not a spool.", hint="Choose another file for the spool.")
    if version > FORMAT:
        raise Unavailable(
            f"The spool {path} was written by a newer release (format {version}, known is {FORMAT}).",
            hint="Upgrade, or choose another file for the spool.",
        )
    return False


def _create(database: sqlite3.Connection) -> None:
    """Make everything in one transaction: a crash leaves a new file or a whole one."""
    database.executescript(f"BEGIN; {SCHEMA}")
    database.execute("INSERT INTO state VALUES (?, 0, 0, 0, NULL, NULL)", (uuid.uuid4().hex,))
    database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    database.execute(f"PRAGMA user_version = {FORMAT}")
    database.execute("COMMIT")
