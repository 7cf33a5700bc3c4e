"""What happens when the file is not a healthy spool."""

import sqlite3
from pathlib import Path

import pytest

from sonde.model.errors import Unavailable
from sonde.spool import Spool


def open_spool(path: Path) -> Spool:
    """A spool without waiting."""
    return Spool(path, max_bytes=10_000_000, when_full="refuse", linger=0.0)


def test_text_file_is_refused_and_kept(tmp_path: Path) -> None:
    """A file that is no database gives a sentence with its path, and is left as it was."""
    path = tmp_path / "notes.txt"
    path.write_text("not a database " * 100)
    with pytest.raises(Unavailable, match=r"notes\.txt cannot be used: file is not a database"):
        open_spool(path)
    assert path.read_text() == "not a database " * 100


def test_foreign_database_is_refused_and_kept(tmp_path: Path) -> None:
    """Somebody else's SQLite database is not written to."""
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE items (name)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(Unavailable, match="is not a spool"):
        open_spool(path)
    assert path.read_bytes() == before


def test_newer_format_is_refused(tmp_path: Path) -> None:
    """After a downgrade the message says to upgrade."""
    path = tmp_path / "spool.db"
    open_spool(path).close()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 2")
    database.close()
    with pytest.raises(Unavailable, match=r"newer release \(format 2, known is 1\)"):
        open_spool(path)


def test_damaged_page_is_noticed_at_the_start(tmp_path: Path) -> None:
    """A file with a broken page is refused before anything is acknowledged on it."""
    path = tmp_path / "spool.db"
    with open_spool(path) as spool:
        spool.append([b"x" * 3000] * 50).result(10)
    damaged = bytearray(path.read_bytes())
    damaged[5 * 4096 : 20 * 4096] = b"\xff" * (15 * 4096)
    path.write_bytes(damaged)
    with pytest.raises(Unavailable, match=r"spool\.db cannot be used"):
        open_spool(path)


def test_damaged_header_is_noticed_at_the_start(tmp_path: Path) -> None:
    """A torn first page is refused."""
    path = tmp_path / "spool.db"
    open_spool(path).close()
    path.write_bytes(b"\0" * 512 + path.read_bytes()[512:])
    with pytest.raises(Unavailable, match=r"spool\.db cannot be used"):
        open_spool(path)


def test_refused_file_does_not_stay_locked(tmp_path: Path) -> None:
    """Once the damaged file is moved away, the same process can start afresh."""
    path = tmp_path / "spool.db"
    path.write_text("not a database " * 100)
    with pytest.raises(Unavailable):
        open_spool(path)
    path.unlink()
    open_spool(path).close()


def test_empty_file_becomes_a_spool(tmp_path: Path) -> None:
    """A crash right after the file was made leaves it empty; the next start completes it."""
    path = tmp_path / "spool.db"
    path.touch()
    with open_spool(path) as spool:
        spool.append([b"a"]).result(10)
        assert spool.depth().items == 1


@pytest.mark.parametrize(("pragma", "expected"), [("journal_mode", "wal"), ("auto_vacuum", 2)])
def test_settings_that_stay_in_the_file(tmp_path: Path, pragma: str, expected: str | int) -> None:
    """The write-ahead log is on, and the file can give space back."""
    path = tmp_path / "spool.db"
    open_spool(path).close()
    database = sqlite3.connect(path)
    assert database.execute(f"PRAGMA {pragma}").fetchone()[0] == expected
    database.close()
