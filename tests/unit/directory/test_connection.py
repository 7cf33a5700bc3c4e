import stat
from pathlib import Path

import pytest
from sqlalchemy import text

from sonde.directory import Directory
from sonde.directory.connection import open_engine
from sonde.model.errors import Invalid, Unavailable


def pragma(directory: Directory, name: str) -> object:
    with directory._reader.connect() as connection:
        return connection.execute(text(f"PRAGMA {name}")).scalar_one()


@pytest.mark.parametrize(
    ("name", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 5000)],
)
def test_sqlite_is_set_up_to_lose_nothing(directory: Directory, name: str, value: object) -> None:
    """A commit survives a power cut, references hold, and writers wait for each other."""
    assert pragma(directory, name) == value


def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    """The file holds keys, so its mode, and that of the files beside it, shuts others out."""
    directory = Directory(f"sqlite:///{tmp_path / 'made' / 'directory.db'}")
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "made").iterdir()}
    directory.close()
    assert modes["directory.db"] == 0o600
    assert set(modes.values()) == {0o600}


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "mysql://host/db",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql://u:secret@host:port/db",
    ],
)
def test_an_unusable_url_is_refused_without_showing_it(url: str) -> None:
    """The sentence says which URLs work; the URL itself may hold a password and is not repeated."""
    with pytest.raises(Invalid) as refusal:
        open_engine(url)
    assert refusal.value.field == "directory_url"
    assert "sqlite:////" in refusal.value.hint
    assert "secret" not in f"{refusal.value} {refusal.value.hint}"


def test_a_file_that_is_something_else_is_unavailable(tmp_path: Path) -> None:
    """A file that is no database is reported, not overwritten."""
    file = tmp_path / "notes.txt"
    file.write_text("not a database, " * 100)
    with pytest.raises(Unavailable, match="not a database"):
        Directory(f"sqlite:///{file}")
    assert file.read_text().startswith("not a database")


def test_a_folder_in_place_of_the_file_is_unavailable(tmp_path: Path) -> None:
    """A path that cannot be a file gives a sentence."""
    with pytest.raises(Unavailable, match="cannot be"):
        Directory(f"sqlite:///{tmp_path}")


def test_a_server_that_does_not_answer_is_unavailable(tmp_path: Path) -> None:
    """No PostgreSQL at the address gives a sentence and the advice to come back."""
    with pytest.raises(Unavailable) as refusal:
        Directory(f"postgresql://nobody@/nothing?host={tmp_path}")
    assert refusal.value.retry_after > 0
