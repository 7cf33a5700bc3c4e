"""The spool: many threads append, one thread writes for all of them, one reader takes chunks."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Literal, NamedTuple, Self

import msgspec

from sonde.lockfile import LockFile
from sonde.model.errors import Invalid, Unavailable
from sonde.spool.file import Chunk, SpoolFile, size_of

MAX_UNWRITTEN_BYTES = 64 * 1024 * 1024
"""Most that may wait in memory for a disk that is slower than its writers."""

MAX_CHUNK_BYTES = 64 * 1024 * 1024
"""Bytes at which a chunk ends, unless its reader wants smaller ones."""

RETRY_AFTER = 1.0
"""Seconds after which it is worth appending to a full spool again."""


class SpoolDepth(msgspec.Struct, frozen=True, kw_only=True):
    """How much waits in a spool.

    Attributes:
        items: bodies on the disk, those of a chunk that is handed out included.
        bytes: their size as `max_bytes` counts it.
        dropped: items given up for newer ones since the file was made.
        oldest_age: seconds the oldest item has waited, None when nothing waits.
    """

    items: int
    bytes: int
    dropped: int
    oldest_age: float | None


class _Append(NamedTuple):
    bodies: tuple[bytes, ...]
    size: int
    future: Future[None]


class Spool:
    """Bodies that must not be lost, kept in a file until the next stage confirms them.

    Whatever happens to the process or the machine, a body whose future has resolved comes out of
    `next_chunk` until `done` is told about it. A chunk that was handed out comes again with the same
    items and the same token, so a receiver that remembers tokens can ignore the repetition.

    Args:
        path: the file; a lock file of the same name with `.lock` lies beside it.
        max_bytes: most bytes of bodies to keep, with 32 for each item.
        when_full: `refuse` raises `Unavailable` from the future; `drop-oldest` gives up the oldest
            items outside the chunk that is handed out, and counts them.
        lighten: with `drop-oldest`, gives an item without what can be spared; all items outside of the
            chunk are made lighter, the oldest first, before any is given up.
        linger: seconds the writer waits for company before it writes.

    Raises:
        Unavailable: another process uses the spool, or the file is damaged or something else.
    """

    def __init__(
        self,
        path: Path,
        *,
        max_bytes: int,
        when_full: Literal["refuse", "drop-oldest"],
        lighten: Callable[[bytes], bytes] | None = None,
        linger: float = 0.003,
    ) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._lighten = lighten
        self._drops_oldest = when_full == "drop-oldest"
        self._linger = linger
        self._lock_file = LockFile(path.with_name(f"{path.name}.lock"), guarded=f"The spool {path}")
        try:
            self._file = SpoolFile(path)
        except BaseException:
            self._lock_file.release()
            raise
        self._file_lock = threading.Lock()
        self._unwritten: list[_Append] = []
        self._unwritten_bytes = 0
        self._arrival = threading.Condition()
        self._closing = threading.Event()
        self._writer = threading.Thread(
            target=self._write_until_closed, name=f"spool-{path.name}", daemon=True
        )
        self._writer.start()

    def append(self, bodies: Sequence[bytes]) -> Future[None]:
        """Keep these bodies, all or none.

        Returns:
            A future that resolves when they are on the disk, and raises `Unavailable` when they are
            not: the spool is full or the disk failed.

        Raises:
            Unavailable: the spool is closed, or too much already waits for the disk.
            Invalid: the bodies are larger than the whole spool.
        """
        entry = _Append(tuple(bodies), size_of(bodies), Future())
        if entry.size > self._max_bytes:
            raise Invalid(f"{entry.size} bytes do not fit a spool of {self._max_bytes} bytes.")
        with self._arrival:
            self._require_open()
            if self._unwritten and self._unwritten_bytes + entry.size > MAX_UNWRITTEN_BYTES:
                raise Unavailable("The disk is slower than what arrives.", retry_after=RETRY_AFTER)
            self._unwritten.append(entry)
            self._unwritten_bytes += entry.size
            self._arrival.notify()
        return entry.future

    def next_chunk(self, max_items: int, *, max_bytes: int = MAX_CHUNK_BYTES) -> Chunk | None:
        """The chunk that is handed out, or else a new one of the oldest items.

        Its boundaries are on the disk before it is returned. Until `done`, every call returns the same
        chunk, whatever `max_items` says then.

        Args:
            max_items: most items in a new chunk.
            max_bytes: a new chunk ends with the item that reaches so many.

        Returns:
            None when nothing waits.

        Raises:
            Unavailable: the spool is closed or cannot be read or written.
        """
        with self._file_lock:
            self._require_open()
            if self._file.state.chunk_first is None and self._file.state.items:
                with self._file.transaction():
                    self._file.open_chunk(max_items, max_bytes)
            if self._file.state.chunk_first is None:
                self._file.shrink()
                return None
            return self._file.read_chunk()

    def done(self, chunk: Chunk) -> None:
        """Forget a chunk that its receiver has made durable.

        Raises:
            ValueError: it is not the chunk that is handed out.
            Unavailable: the spool is closed or cannot be written; the chunk will come again.
        """
        with self._file_lock:
            self._require_open()
            with self._file.transaction():
                self._file.delete_chunk(chunk)

    def depth(self) -> SpoolDepth:
        """How much waits, as of now.

        Raises:
            Unavailable: the spool is closed or cannot be read.
        """
        with self._file_lock:
            self._require_open()
            state, oldest = self._file.state, self._file.oldest()
            return SpoolDepth(
                items=state.items,
                bytes=state.bytes,
                dropped=state.dropped,
                oldest_age=None if oldest is None else max(0.0, time.time() - oldest),
            )

    def close(self) -> None:
        """Write what was appended, then let go of the file. Closing twice is harmless."""
        with self._arrival:
            if self._closing.is_set():
                return
            self._closing.set()
            self._arrival.notify()
        self._writer.join()
        with self._file_lock:
            try:
                self._file.close()
            finally:
                self._lock_file.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _require_open(self) -> None:
        if self._closing.is_set():
            raise Unavailable(f"The spool {self._path} is closed.")

    def _write_until_closed(self) -> None:
        while not (self._closing.is_set() and not self._unwritten):
            if group := self._take_group():
                self._write(group)

    def _take_group(self) -> list[_Append]:
        """Wait for an append, and then a little for company."""
        with self._arrival:
            self._arrival.wait_for(lambda: self._unwritten or self._closing.is_set())
        self._closing.wait(self._linger)
        with self._arrival:
            group, self._unwritten, self._unwritten_bytes = self._unwritten, [], 0
        return [entry for entry in group if entry.future.set_running_or_notify_cancel()]

    def _write(self, group: list[_Append]) -> None:
        try:
            with self._file_lock, self._file.transaction():
                kept = [self._insert(entry) for entry in group]
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody may wait for this group for ever
            for entry in group:
                entry.future.set_exception(error)
            return
        for entry, is_kept in zip(group, kept, strict=True):
            if is_kept:
                entry.future.set_result(None)
            else:
                entry.future.set_exception(
                    Unavailable(f"The spool {self._path} is full.", retry_after=RETRY_AFTER)
                )

    def _insert(self, entry: _Append) -> bool:
        """Whether there was room for it, or could be made."""
        excess = self._file.state.bytes + entry.size - self._max_bytes
        if excess > 0 and self._drops_oldest and self._lighten:
            excess -= self._file.lighten_oldest(excess, self._lighten)
        if excess > 0 and not (self._drops_oldest and self._file.drop_oldest(excess)):
            return False
        self._file.insert(entry.bodies, appended_at=time.time())
        return True
