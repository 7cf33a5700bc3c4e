"""The spool's file: items in the order of their arrival, and the chunk that is handed out."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sonde.spool.database import explaining_errors, open_database

ITEM_OVERHEAD = 32
"""Bytes counted for every item beside its body: row header, id and time."""

LIGHTEN_AT_ONCE = 100
"""Items that are read together when they shall become lighter."""

SHRINK_PAGES = 256
"""A file with more free pages than this is cut back."""


class Chunk(msgspec.Struct, frozen=True, kw_only=True):
    """Items handed over together, always the same ones under the same token.

    Attributes:
        token: names these very items, across restarts and across spools.
        items: bodies in the order they were appended, never empty.
    """

    token: str
    items: tuple[bytes, ...]


@dataclass(slots=True)
class State:
    """The one row beside the items; it changes in the same transactions as they do.

    Attributes:
        spool_id: random, given when the file is made.
        items, bytes: what waits; each item counts its body and `ITEM_OVERHEAD`.
        dropped: items given up for newer ones since the file was made.
        chunk_first, chunk_last: ids of the chunk that is handed out; None when none is.
    """

    spool_id: str
    items: int
    bytes: int
    dropped: int
    chunk_first: int | None
    chunk_last: int | None

    @property
    def token(self) -> str:
        """Name of the chunk that is handed out; ids are never used twice, so neither is this."""
        return f"{self.spool_id}:{self.chunk_first}-{self.chunk_last}"


class SpoolFile:
    """A small SQLite database. One thread at a time may use it.

    What a transaction did is on the disk when it ends. Every method raises `Unavailable` when the
    file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._light_until = 0
        self._database = open_database(path)
        with explaining_errors(path):
            self.state = self._load_state()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that happens inside reaches the disk together, or not at all."""
        with explaining_errors(self._path):
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._save_state()
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                self.state = self._load_state()
                self._light_until = 0
                raise

    def insert(self, bodies: Sequence[bytes], *, appended_at: float) -> None:
        """Add items at the end. Inside a transaction only."""
        self._database.executemany(
            "INSERT INTO items (appended_at, body) VALUES (?, ?)", [(appended_at, body) for body in bodies]
        )
        self.state.items += len(bodies)
        self.state.bytes += size_of(bodies)

    def lighten_oldest(self, excess: int, lighten: Callable[[bytes], bytes]) -> int:
        """Replace the oldest items that no chunk holds by lighter ones. Inside a transaction only.

        Args:
            excess: bytes that must become free.
            lighten: gives an item without what can be spared, or the item itself.

        Returns:
            Bytes that became free, which may be fewer.
        """
        freed = 0
        while freed < excess and (rows := self._heavy_items()):
            for item_id, body in rows:
                light = lighten(body)
                self._light_until = item_id
                if len(light) < len(body):
                    self._database.execute("UPDATE items SET body = ? WHERE id = ?", (light, item_id))
                    freed += len(body) - len(light)
                if freed >= excess:
                    break
        self.state.bytes -= freed
        return freed

    def drop_oldest(self, excess: int) -> bool:
        """Give up the oldest items that no chunk holds. Inside a transaction only.

        Args:
            excess: bytes that must become free.

        Returns:
            False, with nothing dropped, when so much cannot be freed.
        """
        held = self.state.chunk_last or 0
        freed = 0
        cursor = self._database.execute(
            "SELECT id, length(body) FROM items WHERE id > ? ORDER BY id", (held,)
        )
        for item_id, length in cursor:
            freed += length + ITEM_OVERHEAD
            if freed >= excess:
                cursor.close()
                self.state.dropped += self._delete(held + 1, item_id, size=freed)
                return True
        return False

    def open_chunk(self, max_items: int, max_bytes: int) -> None:
        """Fix the boundaries of the next chunk, if anything waits. Inside a transaction only.

        It ends with the item that reaches `max_bytes`, so that one that is larger alone goes too.
        """
        self.state.chunk_first, self.state.chunk_last = self._database.execute(
            "SELECT min(id), max(id) FROM ("
            "SELECT id, sum(length(body)) OVER (ORDER BY id) - length(body) AS ahead "
            "FROM (SELECT id, body FROM items ORDER BY id LIMIT ?)) WHERE ahead < ?",
            (max_items, max_bytes),
        ).fetchone()

    def read_chunk(self) -> Chunk:
        """The chunk whose boundaries are fixed."""
        with explaining_errors(self._path):
            rows = self._database.execute(
                "SELECT body FROM items WHERE id BETWEEN ? AND ? ORDER BY id",
                (self.state.chunk_first, self.state.chunk_last),
            ).fetchall()
        return Chunk(token=self.state.token, items=tuple(body for (body,) in rows))

    def delete_chunk(self, chunk: Chunk) -> None:
        """Forget a chunk: its items and its boundaries. Inside a transaction only.

        Raises:
            ValueError: it is not the chunk that is handed out.
        """
        first, last = self.state.chunk_first, self.state.chunk_last
        if first is None or last is None or chunk.token != self.state.token:
            raise ValueError(f"chunk {chunk.token} is not the one that is handed out")
        self._delete(first, last, size=size_of(chunk.items))
        self.state.chunk_first = self.state.chunk_last = None

    def oldest(self) -> float | None:
        """When the oldest item was appended, in epoch seconds; None when there is none."""
        with explaining_errors(self._path):
            row = self._database.execute("SELECT appended_at FROM items ORDER BY id LIMIT 1").fetchone()
        return None if row is None else float(row[0])

    def shrink(self) -> None:
        """Give the disk space of deleted items back. Cheap only when few items are left."""
        with explaining_errors(self._path):
            if self._database.execute("PRAGMA freelist_count").fetchone()[0] > SHRINK_PAGES:
                # A plain execute would free one page only: the pragma has a step for each.
                self._database.executescript("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the file; SQLite folds its log into it."""
        with explaining_errors(self._path):
            self._database.close()

    def _heavy_items(self) -> list[tuple[int, bytes]]:
        """The oldest items that no chunk holds and that were not made lighter since the file was opened."""
        after = max(self._light_until, self.state.chunk_last or 0)
        return self._database.execute(
            "SELECT id, body FROM items WHERE id > ? ORDER BY id LIMIT ?", (after, LIGHTEN_AT_ONCE)
        ).fetchall()

    def _load_state(self) -> State:
        row = self._database.execute(
            "SELECT spool_id, items, bytes, dropped, chunk_first, chunk_last FROM state"
        ).fetchone()
        if row is None:
            raise sqlite3.DatabaseError("its state is missing")
        return State(*row)

    def _save_state(self) -> None:
        state = self.state
        self._database.execute(
            "UPDATE state SET items = ?, bytes = ?, dropped = ?, chunk_first = ?, chunk_last = ?",
            (state.items, state.bytes, state.dropped, state.chunk_first, state.chunk_last),
        )

    def _delete(self, first: int, last: int, *, size: int) -> int:
        count = self._database.execute("DELETE FROM items WHERE id BETWEEN ? AND ?", (first, last)).rowcount
        self.state.items -= count
        self.state.bytes -= size
        return count


def size_of(bodies: Sequence[bytes]) -> int:
    """Bytes that these bodies count for in a spool."""
    return sum(map(len, bodies)) + ITEM_OVERHEAD * len(bodies)
