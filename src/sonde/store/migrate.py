"""Numbered changes of the tables: `NNNN_name.up.sql` to make one, `NNNN_name.down.sql` to undo it.

ClickHouse has no transactions over tables, so a file is noted as applied after its last statement, and
every statement must bear being repeated (`IF NOT EXISTS`, `IF EXISTS`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sonde.model.errors import Unavailable

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

FOLDER = Path(__file__).parent / "migrations"

CREATE_LOG = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    number UInt32,
    name String,
    is_applied Bool,
    changed_at DateTime64(9, 'UTC')
) ENGINE = MergeTree ORDER BY (number, changed_at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1,
    max_suspicious_broken_parts = 1000000
"""

APPLIED = """
SELECT number FROM schema_migrations
GROUP BY number HAVING argMax(is_applied, changed_at)
ORDER BY number
"""

NOTE = """
INSERT INTO schema_migrations (number, name, is_applied, changed_at)
SELECT {number:UInt32}, {name:String}, {is_applied:Bool}, now64(9)
"""


class Migration(NamedTuple):
    """One numbered change."""

    number: int
    name: str
    up: Path
    down: Path


def known_migrations(folder: Path = FOLDER) -> list[Migration]:
    """The changes in a folder, in their order.

    Raises:
        ValueError: two have the same number.
        FileNotFoundError: one cannot be undone.
    """
    found: dict[int, Migration] = {}
    for up in sorted(folder.glob("*.up.sql")):
        number, _, name = up.name.removesuffix(".up.sql").partition("_")
        down = up.with_name(f"{number}_{name}.down.sql")
        if int(number) in found:
            raise ValueError(f"two migrations have the number {number}")
        if not down.exists():
            raise FileNotFoundError(down)
        found[int(number)] = Migration(int(number), name, up, down)
    return list(found.values())


def applied_numbers(client: Client) -> list[int]:
    """Numbers of the changes that are in force, rising."""
    client.command(CREATE_LOG)
    return [number for (number,) in client.query(APPLIED).result_rows]


def upgrade(client: Client, folder: Path = FOLDER) -> None:
    """Apply the changes that are missing.

    Raises:
        Unavailable: a newer release has changed the tables already.
    """
    migrations = known_migrations(folder)
    applied = applied_numbers(client)
    if set(applied) - {migration.number for migration in migrations}:
        raise Unavailable(
            "The telemetry store was made by a newer release.", hint="Upgrade, or use another store."
        )
    for migration in migrations:
        if migration.number not in applied:
            _run(client, migration, migration.up, is_applied=True)


def downgrade(client: Client, to: int, folder: Path = FOLDER) -> None:
    """Undo the changes above number `to`, the latest first. What they hold is lost."""
    applied = applied_numbers(client)
    for migration in reversed(known_migrations(folder)):
        if to < migration.number and migration.number in applied:
            _run(client, migration, migration.down, is_applied=False)


def _run(client: Client, migration: Migration, path: Path, *, is_applied: bool) -> None:
    for statement in _statements(path.read_text("utf-8")):
        client.command(statement)
    client.command(
        NOTE, parameters={"number": migration.number, "name": migration.name, "is_applied": is_applied}
    )


def _statements(text: str) -> Iterator[str]:
    """The statements of a file; each ends with a semicolon at the end of a line."""
    for statement in text.split(";\n"):
        if statement.strip():
            yield statement
