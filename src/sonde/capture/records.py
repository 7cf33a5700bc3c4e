"""Records of capture files, in chunks of columns, whatever the container.

A chunk is a buffer of bytes and, for each record in it, where its packet begins. Nothing is copied packet
by packet.
"""

from typing import Any, BinaryIO, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from sonde.rtp.units import Integers

Bytes: TypeAlias = npt.NDArray[np.uint8]
Mask: TypeAlias = npt.NDArray[np.bool_]

CHUNK: Final = 1 << 22
"""Bytes read at once."""

LONGEST_PACKET: Final = 1 << 18
"""Bytes of one packet, the largest snap length tools know; a longer record is damage."""

MARGIN: Final = 256
"""Zero bytes behind the records of a chunk, so that reading a header never leaves the buffer."""

LATEST: Final = 1 << 62
"""Nanoseconds since the epoch that no stamp exceeds."""


class Records(NamedTuple):
    """Packets as captured, one entry of each column for each, in the order of the file.

    Attributes:
        data: the bytes all of them are in, with a margin behind.
        start: place of the first byte in `data`.
        captured: how many bytes were kept.
        stamp: nanoseconds since the epoch.
        link: link type, numbered as in pcap files.
    """

    data: Bytes
    start: Integers
    captured: Integers
    stamp: Integers
    link: Integers


class Damage(Exception):
    """The rest of the file cannot be read.

    Attributes:
        sentence: what is wrong where.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Source:
    """The bytes of a file that are not consumed yet, and how many were."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = b""
        self._at_end = False
        self.consumed = 0

    def take(self, count: int) -> bytes:
        """Consume that many bytes, or fewer at the end of the file."""
        while len(self._left) < count and self._read():
            pass
        taken, self._left = self._left[:count], self._left[count:]
        self.consumed += len(taken)
        return taken

    def peek(self) -> bytes:
        """At least `CHUNK` bytes from here on, or all that are left."""
        while len(self._left) < CHUNK and self._read():
            pass
        return self._left

    def skip(self, count: int) -> None:
        """Consume bytes that were peeked at."""
        self._left = self._left[count:]
        self.consumed += count

    @property
    def at_end(self) -> bool:
        """Whether what was peeked at is all that is left."""
        return self._at_end

    def _read(self) -> bool:
        piece = self._file.read(CHUNK)
        self._at_end = not piece
        self._left += piece
        return not self._at_end


def as_array(chunk: bytes) -> Bytes:
    """A chunk as numbers, with a margin behind."""
    return np.frombuffer(chunk + bytes(MARGIN), dtype=np.uint8)


def fields(data: Bytes, start: Integers, width: int) -> Bytes:
    """The `width` bytes from each start on, one row for each; `width` at most `MARGIN`."""
    return _at(data, start, f"V{width}").view(np.uint8).reshape(-1, width)


def numbers(data: Bytes, start: Integers, kind: str) -> Integers:
    """The number at each start.

    Args:
        data: the bytes.
        start: places of the first byte, within the records.
        kind: how to read it, as numpy names it, such as `>u2`.
    """
    return _at(data, start, kind).astype(np.int64)


def _at(data: Bytes, start: Integers, kind: str) -> npt.NDArray[Any]:
    """What begins at each start, by a view in which an item begins at every byte."""
    size = np.dtype(kind).itemsize
    everywhere = np.ndarray(len(data) - size + 1, dtype=kind, buffer=data, strides=(1,))
    found: npt.NDArray[Any] = everywhere[start]
    return found
