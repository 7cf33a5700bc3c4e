"""From the spool to the store, in the background, for as long as the server runs."""

import os
import threading
from pathlib import Path
from typing import Final

import msgspec
import structlog

from sonde.model.errors import Invalid
from sonde.model.rounds import RoundResult
from sonde.spool import Chunk, Spool
from sonde.store import Store
from sonde.store.rounds import insert_rounds

INTERVAL: Final = 0.5
"""Seconds between two looks into the spool."""

CHUNK_ITEMS: Final = 1000
"""Most rounds in one insert; larger ones make whoever waits for the same disk wait longer."""

BACKOFF_MAX: Final = 30.0
"""Longest pause in seconds while the store fails again and again."""

_decode = msgspec.msgpack.Decoder(RoundResult).decode
_log = structlog.get_logger()


class Flusher:
    """Moves acknowledged rounds from the spool to the store. Nothing leaves the spool before it is there.

    Rounds that the store can never take, because they do not decode or do not fit, are set aside as
    files, so that they neither block the others nor vanish.

    Args:
        spool: where `Rounds.record` puts them.
        store: where they belong.
        set_aside: folder for what cannot be stored; made when it is needed.
    """

    def __init__(self, spool: Spool, store: Store, *, set_aside: Path) -> None:
        self._spool = spool
        self._store = store
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
        """Rounds set aside since the start."""
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
        """Move all that waits. False when something failed; what is left comes again next time."""
        try:
            while chunk := self._spool.next_chunk(CHUNK_ITEMS):
                self._move(chunk)
        except Exception as error:  # noqa: BLE001 - whatever it is, later rounds must not wait for a restart
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
        return float(min(INTERVAL * 2 ** min(self._failures, 10), BACKOFF_MAX))

    def _move(self, chunk: Chunk) -> None:
        rows: dict[int, RoundResult] = {}
        for index, body in enumerate(chunk.items):
            try:
                rows[index] = _decode(body)
            except (msgspec.MsgspecError, ValueError) as error:
                self._set_aside(chunk, index, error)
        try:
            insert_rounds(self._store, list(rows.values()), token=chunk.token)
        except Invalid:
            self._insert_one_by_one(chunk, rows)
        self._spool.done(chunk)
        _log.debug("flusher.moved", rounds=len(rows))

    def _insert_one_by_one(self, chunk: Chunk, rows: dict[int, RoundResult]) -> None:
        """Find the rounds that do not fit the store, and insert the others."""
        for index, row in rows.items():
            try:
                insert_rounds(self._store, [row], token=f"{chunk.token}/{index}")
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
