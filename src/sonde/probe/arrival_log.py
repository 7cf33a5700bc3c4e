"""What arrived of one stream, kept raw while it runs and decoded a block at a time.

Datagrams that a batch read come as rows of bytes, single ones from the shared socket decoded already. Both
wait until a block is full or the record is wanted; then all tags of the block are compared at once. However
much arrives, a log holds one block and twice the packets that were announced.
"""

import struct
from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from sonde.probe import frames
from sonde.probe.batch import HEAD, HEADER, ROW
from sonde.probe.frames import Hello
from sonde.probe.record import DropWindow
from sonde.probe.rows import Columns, Words, decode
from sonde.rtp.units import Integers

BLOCK: Final = 256
"""Datagrams that wait to be decoded."""

WINDOWS_MAX: Final = 1000
"""Overflows of one stream's queue that are told apart."""

NONE: Final = -1
"""Number of the clock question before the first and after the last."""

_FIELDS = struct.Struct("@qqqqq")

Truths: TypeAlias = npt.NDArray[np.bool_]


class ArrivalLog:
    """The packets of one stream, as they come.

    Args:
        hello: what was announced.
        tags: of the packets, eight bytes each.
        sync_tags: of the clock questions, likewise.
    """

    def __init__(self, hello: Hello, tags: bytes, sync_tags: bytes) -> None:
        self._hello = hello
        self._tags = np.frombuffer(tags, dtype=np.uint64)
        self._sync_tags = np.frombuffer(sync_tags, dtype=np.uint64)
        self._ssrc = np.frombuffer(hello.ssrc.to_bytes(4, "big"), dtype=np.uint32)[0]
        self._rows, self._headers = bytearray(), bytearray()
        self._raw = 0
        self._heads, self._fields = bytearray(), bytearray()
        self._columns: list[tuple[Integers, Integers, Integers, Integers]] = []
        self._count = 0
        self._drops = 0
        self._is_open = False
        self._last_sync = NONE
        self._windows: list[DropWindow] = []
        self.forged = 0

    def take(self, rows: memoryview, headers: memoryview, count: int) -> None:
        """Takes what `Batch` read at a socket of this stream alone, at most `BLOCK` datagrams."""
        if self._fields or self._raw + count > BLOCK:
            self._decode()
        if not self._rows:
            self._rows, self._headers = bytearray(BLOCK * ROW), bytearray(BLOCK * HEADER)
        at = self._raw
        self._rows[at * ROW : (at + count) * ROW] = rows[: count * ROW]
        self._headers[at * HEADER : (at + count) * HEADER] = headers[: count * HEADER]
        self._raw = at + count

    def note(self, data: bytes, fields: tuple[int, int, int], drops: int = 0) -> None:
        """Takes one datagram with its stamp, code point and TTL.

        Args:
            data: the datagram.
            fields: stamp in ns since the epoch, code point byte, TTL.
            drops: the count of the stream's own socket, 0 for a shared one.
        """
        if self._raw or len(self._fields) >= BLOCK * _FIELDS.size:
            self._decode()
        self._heads += data[:HEAD].ljust(HEAD, b"\0")
        self._fields += _FIELDS.pack(len(data), *fields, max(drops, self._drops))

    def finish(self, drops: int) -> None:
        """Decodes what waits; `drops` is the count of the stream's socket by now, 0 for a shared one."""
        self._decode()
        if drops > self._drops:
            self._overflowed(self._count, drops)

    @property
    def columns(self) -> tuple[Integers, Integers, Integers, Integers]:
        """Index, stamp, code point and TTL of each packet that was accepted."""
        if not self._columns:
            nothing = np.empty(0, dtype=np.int64)
            return nothing, nothing, nothing, nothing
        index, stamps, tos, ttl = (np.concatenate(each) for each in zip(*self._columns, strict=True))
        return index, stamps, tos, ttl

    @property
    def windows(self) -> Sequence[DropWindow]:
        """Where the stream's socket lost datagrams because nobody read it."""
        return self._windows

    def _decode(self) -> None:
        if self._raw:
            raw, self._raw = self._raw, 0
            self._admit(decode(self._rows[: raw * ROW], self._headers[: raw * HEADER]))
        if self._fields:
            values = np.frombuffer(bytes(self._fields), dtype=np.int64).reshape(-1, 5).T
            heads = np.frombuffer(bytes(self._heads), dtype=np.uint8).reshape(-1, HEAD)
            self._heads, self._fields = bytearray(), bytearray()
            self._admit(Columns(heads, *values))

    def _admit(self, block: Columns) -> None:
        """Sorts a block into packets, questions and forgeries."""
        hello, heads = self._hello, block.heads
        index = heads[:, 2:4].copy().view(">u2")[:, 0].astype(np.int64)
        index = (index - hello.first_sequence) & 0xFFFF
        tags = heads[:, frames.TAG_AT : frames.SYNC_SIZE].copy().view(np.uint64)[:, 0]
        is_packet = (heads[:, 0] & 0xC0) == 0x80
        genuine = is_packet & (block.sizes == hello.packet_size) & (index < hello.packets)
        genuine &= heads[:, 8:12].copy().view(np.uint32)[:, 0] == self._ssrc
        genuine[genuine] = self._tags[index[genuine]] == tags[genuine]
        self.forged += int(np.count_nonzero(is_packet & ~genuine))
        self._note_drops(block.drops, genuine, self._questions(block, tags))
        self._keep(block, index, genuine)

    def _keep(self, block: Columns, index: Integers, genuine: Truths) -> None:
        room = 2 * self._hello.packets - self._count
        at = np.flatnonzero(genuine)[:room]
        if len(at):
            self._columns.append((index[at], block.stamps[at], block.tos[at], block.ttl[at]))
            self._count += len(at)

    def _questions(self, block: Columns, tags: Words) -> Integers:
        """The number of each genuine clock question, `NONE` in the place of everything else."""
        number = block.heads[:, 8:12].copy().view(">u4")[:, 0].astype(np.int64)
        genuine = (block.heads[:, 0] == frames.SYNC) & (block.sizes >= frames.SYNC_SIZE)
        genuine &= number < len(self._sync_tags)
        genuine[genuine] = self._sync_tags[number[genuine]] == tags[genuine]
        return np.where(genuine, number, NONE)

    def _note_drops(self, drops: Integers, genuine: Truths, questions: Integers) -> None:
        """Notes where the socket's count of lost datagrams grew."""
        if int(drops[-1]) == self._drops and not self._is_open:
            self._last_sync = max(self._last_sync, int(questions.max()))
            return
        count = self._count
        for lost, is_packet, question in zip(
            drops.tolist(), genuine.tolist(), questions.tolist(), strict=True
        ):
            if lost > self._drops:
                self._overflowed(count, lost)
            if question != NONE:
                self._heard_question(question)
            count += is_packet

    def _overflowed(self, after: int, lost: int) -> None:
        if len(self._windows) < WINDOWS_MAX:
            window = DropWindow(after, self._last_sync, NONE, lost - self._drops)
            self._windows.append(window)
        self._drops, self._is_open = lost, True

    def _heard_question(self, number: int) -> None:
        self._last_sync = max(self._last_sync, number)
        if self._is_open:
            self._windows = [
                w if w.next_sync != NONE else w._replace(next_sync=number) for w in self._windows
            ]
            self._is_open = False
