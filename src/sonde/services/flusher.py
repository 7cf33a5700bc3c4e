"""From the spool to the store, in the background, for as long as the server runs."""

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Generic, TypeVar

import msgspec
import structlog

from sonde.model.errors import Invalid
from sonde.model.rounds import RoundResult
from sonde.spool import Chunk, Spool
from sonde.store import Store
from sonde.store.rounds import insert_rounds

INTERVAL: Final = 0.5
"""Seconds between two looks into the spool, unless somebody wants others."""

CHUNK_ITEMS: Final = 1000
"""Most items in one insert; larger ones make whoever waits for the same disk wait longer."""

CHUNK_BYTES: Final = 16 * 1024 * 1024
"""Bytes at which an insert is large enough: what it makes of them is in memory several times over."""

BACKOFF_MAX: Final = 30.0
"""Longest pause in seconds while the store fails again and again."""

T = TypeVar("T")

_log = structlog.get_logger()


class Flusher(Generic[T]):
    """Moves what was acknowledged from a spool to the store. Nothing leaves the spool before it is there.

    Items that the store can never take, because they do not decode or do not fit, are set aside as
    files, so that they neither block the others nor vanish.

    Args:
        spool: where the items wait.
        decode: makes an item of a body; raises `MsgspecError`, `ValueError` or `Invalid` when it cannot.
        insert: puts items into the store under a token, as `sonde.store.rounds.insert_rounds` does. It must
            bear being repeated.
        set_aside: folder for what cannot be stored; made when it is needed.
        interval: seconds between two looks into the spool. An insert costs much however little is in it.
    """

    def __init__(
        self,
        spool: Spool,
        *,
        decode: Callable[[bytes], T],
        insert: Callable[[Sequence[T], str], None],
        set_aside: Path,
        interval: float = INTERVAL,
    ) -> None:
        self._spool = spool
        self._interval = interval
        self._decode = decode
        self._insert = insert
        self._set_aside_folder = set_aside
        self._set_aside_count = 0
        self._failures = 0
        self._failure = ""
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="flusher", daemon=True)

    @property
    def failure(self) -> str:
        """Why the last attempt failed; empty when it did not."""
        return self._failure

    @property
    def set_aside_count(self) -> int:
        """Items set aside since the start."""
        return self._set_aside_count

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def close(self) -> None:
        """Empty the spool once more, as far as the store takes it, and stop."""
        self._closing.set()
        if self._thread.ident is not None:
            self._thread.join()

    def flush(self) -> bool:
        """Move all that waits now. False when something failed; what is left comes again next time.

        What comes meanwhile waits for the next time, or under load each insert would be one of little.
        """
        try:
            waiting = self._spool.depth().items
            while waiting > 0 and (chunk := self._spool.next_chunk(CHUNK_ITEMS, max_bytes=CHUNK_BYTES)):
                self._move(chunk)
                waiting -= len(chunk.items)
        except Exception as error:  # noqa: BLE001 - whatever it is, later items must not wait for a restart
            self._failures += 1
            self._failure = f"{type(error).__name__}: {error}"
            _log.warning("flusher.failed", failures=self._failures, reason=self._failure)
            return False
        self._failures = 0
        self._failure = ""
        return True

    def _run(self) -> None:
        while not self._closing.wait(self._pause()):
            self.flush()
        self.flush()

    def _pause(self) -> float:
        return float(min(self._interval * 2 ** min(self._failures, 10), BACKOFF_MAX))

    def _move(self, chunk: Chunk) -> None:
        rows: dict[int, T] = {}
        for index, body in enumerate(chunk.items):
            try:
                rows[index] = self._decode(body)
            except (msgspec.MsgspecError, ValueError, Invalid) as error:
                self._set_aside(chunk, index, error)
        try:
            self._insert(list(rows.values()), chunk.token)
        except Invalid:
            self._insert_one_by_one(chunk, rows)
        self._spool.done(chunk)
        _log.debug("flusher.moved", items=len(rows))

    def _insert_one_by_one(self, chunk: Chunk, rows: dict[int, T]) -> None:
        """Find the items that do not fit the store, and insert the others."""
        for index, row in rows.items():
            try:
                self._insert([row], f"{chunk.token}/{index}")
            except Invalid as error:
                self._set_aside(chunk, index, error)

    def _set_aside(self, chunk: Chunk, index: int, error: Exception) -> None:
        """Keep a body as a file. It was acknowledged: it must be on the disk before it leaves the spool."""
        self._set_aside_folder.mkdir(parents=True, exist_ok=True)
        name = f"{chunk.token}-{index}.msgpack".replace(":", "-")
        with (self._set_aside_folder / name).open("wb") as file:
            file.write(chunk.items[index])
            file.flush()
            os.fsync(file.fileno())
        self._set_aside_count += 1
        _log.error("flusher.set_aside", file=name, reason=f"{type(error).__name__}: {error}")


def flush_rounds(spool: Spool, store: Store, *, set_aside: Path) -> Flusher[RoundResult]:
    """What takes the results of agents to the store."""
    return Flusher(
        spool,
        decode=msgspec.msgpack.Decoder(RoundResult).decode,
        insert=lambda rows, token: insert_rounds(store, rows, token=token),
        set_aside=set_aside,
    )
