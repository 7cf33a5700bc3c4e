"""The store's tables follow the release, up and down."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sonde.model.errors import Unavailable
from sonde.store import Store
from sonde.store.clients import open_client
from sonde.store.migrate import applied_numbers, downgrade, known_migrations, upgrade

pytestmark = pytest.mark.integration


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two migrations; the second has two statements."""
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_first.up.sql").write_text("CREATE TABLE IF NOT EXISTS a (x Int8) ENGINE = Memory;\n")
    (folder / "0001_first.down.sql").write_text("DROP TABLE IF EXISTS a;\n")
    (folder / "0002_second.up.sql").write_text(
        "CREATE TABLE IF NOT EXISTS b (x Int8) ENGINE = Memory;\n\n"
        "-- a remark\nCREATE TABLE IF NOT EXISTS c (x Int8) ENGINE = Memory;\n"
    )
    (folder / "0002_second.down.sql").write_text("DROP TABLE IF EXISTS c;\nDROP TABLE IF EXISTS b;\n")
    return folder


@pytest.fixture
def client(dsn: str) -> Iterator[object]:
    """A bare client on an empty engine."""
    client = open_client(dsn, database="default", settings={})
    client.command("CREATE DATABASE trial ENGINE = Atomic")
    client.database = "trial"
    yield client
    client.close()


def tables(client) -> list[str]:
    """Names of the tables but the log's."""
    rows = client.query(
        "SELECT name FROM system.tables "
        "WHERE database = currentDatabase() AND name != 'schema_migrations' ORDER BY name"
    ).result_rows
    return [name for (name,) in rows]


def test_upgrade_applies_what_is_missing_once(client, folder: Path) -> None:
    """All at first, nothing when repeated."""
    upgrade(client, folder)
    assert tables(client) == ["a", "b", "c"]
    client.command("DROP TABLE a")
    upgrade(client, folder)
    assert tables(client) == ["b", "c"]
    assert applied_numbers(client) == [1, 2]


def test_downgrade_undoes_down_to_a_number(client, folder: Path) -> None:
    """The latest first; and up again afterwards."""
    upgrade(client, folder)
    downgrade(client, 1, folder)
    assert (tables(client), applied_numbers(client)) == (["a"], [1])
    downgrade(client, 0, folder)
    assert (tables(client), applied_numbers(client)) == ([], [])
    upgrade(client, folder)
    assert (tables(client), applied_numbers(client)) == (["a", "b", "c"], [1, 2])


def test_upgrade_after_a_crash_within_a_migration(client, folder: Path) -> None:
    """A migration that got half way is not noted, and is made whole the next time."""
    client.command("CREATE TABLE b (x Int8) ENGINE = Memory")
    upgrade(client, folder)
    assert tables(client) == ["a", "b", "c"]


def test_tables_of_a_newer_release_are_refused(client, folder: Path) -> None:
    """An older release does not touch tables that it does not know."""
    upgrade(client, folder)
    for path in folder.glob("0002*"):
        path.unlink()
    with pytest.raises(Unavailable, match="newer release"):
        upgrade(client, folder)


def test_our_migrations_go_up_down_and_up(dsn: str) -> None:
    """The packaged ones can all be undone and made again, from an open store's state."""
    Store(dsn).close()
    client = open_client(dsn, database="sonde", settings={})
    before = tables(client)
    downgrade(client, 0)
    assert tables(client) == []
    upgrade(client)
    assert tables(client) == before
    assert {"round_results", "reports", "stream_samples", "stream_intervals", "issues"} < set(before)
    client.close()


def test_our_migrations_bear_to_be_repeated(dsn: str) -> None:
    """As after a crash between a statement and its note."""
    Store(dsn).close()
    client = open_client(dsn, database="sonde", settings={})
    for migration in known_migrations():
        client.command("TRUNCATE TABLE schema_migrations")
        upgrade(client)
        assert migration.number in applied_numbers(client)
    client.close()


def test_migration_without_a_way_back_is_noticed(folder: Path) -> None:
    """Every change must be undoable, and have a number of its own."""
    (folder / "0002_second.down.sql").unlink()
    with pytest.raises(FileNotFoundError):
        known_migrations(folder)
    (folder / "0001_again.up.sql").touch()
    (folder / "0001_again.down.sql").touch()
    with pytest.raises(ValueError, match="two migrations"):
        known_migrations(folder)
