"""Reading forward through bytes of a stranger, and refusing to write what has no room."""

from collections.abc import Iterable
from struct import Struct
from typing import Final

WORD: Final = 4
"""Bytes of the 32-bit words that RTP and RTCP count in."""

_UINT32: Final = Struct("!I")


class MalformedPacket(ValueError):
    """Bytes that are no packet of the kind expected.

    Attributes:
        offset: of the byte at which it went wrong.
        reason: what is wrong there.
    """

    def __init__(self, reason: str, *, offset: int) -> None:
        super().__init__(f"{reason} at byte {offset}")
        self.reason = reason
        self.offset = offset


class Reader:
    """Goes through part of a datagram; every error names a byte of the whole datagram.

    Args:
        data: the datagram.
        start: first byte to read.
        end: byte after the last one to read.
    """

    def __init__(self, data: bytes, *, start: int, end: int) -> None:
        self._data = data
        self._end = end
        self.offset = start

    @property
    def remaining(self) -> int:
        """Bytes not yet read."""
        return self._end - self.offset

    def take(self, size: int, what: str) -> bytes:
        """The next bytes.

        Raises:
            MalformedPacket: fewer are left; the error calls them `what`.
        """
        if size > self.remaining:
            raise MalformedPacket(f"{what} cut short", offset=self._end)
        self.offset += size
        return self._data[self.offset - size : self.offset]

    def unpack(self, layout: Struct, what: str) -> tuple[int, ...]:
        """The next integers; raises as `take` does."""
        return layout.unpack(self.take(layout.size, what))

    def take_uint8(self, what: str) -> int:
        """The next byte as a number; raises as `take` does."""
        return self.take(1, what)[0]

    def take_uint32(self, what: str) -> int:
        """The next word as a number; raises as `take` does."""
        return self.unpack(_UINT32, what)[0]

    def align(self) -> None:
        """Skip to the next whole word of the datagram, or stay at one."""
        self.take(-self.offset % WORD, "padding to a whole word")

    def finish(self, what: str) -> None:
        """Make sure that nothing is left.

        Raises:
            MalformedPacket: there are bytes behind `what`.
        """
        if self.remaining:
            raise MalformedPacket(f"{self.remaining} bytes behind {what}", offset=self.offset)


def require_fit(limits: Iterable[tuple[str, int, int]]) -> None:
    """Check that numbers have room on the wire.

    Args:
        limits: name, value and unsigned bits of each field.

    Raises:
        ValueError: one has none; the message names it.
    """
    for name, value, bits in limits:
        if not 0 <= value < 1 << bits:
            raise ValueError(f"{name} {value} does not fit {bits} bits")


def require_signed_fit(limits: Iterable[tuple[str, int, int]]) -> None:
    """Check two's complement numbers as `require_fit` checks others."""
    for name, value, bits in limits:
        if not -1 << bits - 1 <= value < 1 << bits - 1:
            raise ValueError(f"{name} {value} does not fit {bits} bits with sign")


def require_words(name: str, data: bytes) -> None:
    """Check that bytes fill whole 32-bit words.

    Raises:
        ValueError: they do not; the message names them.
    """
    if len(data) % WORD:
        raise ValueError(f"{name} of {len(data)} bytes is not whole 32-bit words")


def pad(data: bytes) -> bytes:
    """The bytes with as many zeros as a whole word needs, maybe none."""
    return data + bytes(-len(data) % WORD)
