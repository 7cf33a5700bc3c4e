"""Many datagrams in one system call (recvmmsg(2)), each with what the kernel tells of it.

Python's `recvmsg` costs as much as the kernel's own work again, for every datagram. One `recvmmsg` into
memory that is laid out once costs it for all that wait. Nothing is decoded here: a datagram is a row of
bytes, its beginning and its ancillary data, and whole blocks of rows are decoded at once in `rows`.
"""

import ctypes
import socket
import struct
import sys
from typing import Final

HEAD: Final = 32
"""Bytes of each datagram that stay in its row: all of SYNC and TIME, and of RTP all but the filling."""

CONTROL: Final = 128
"""Bytes of ancillary data of a row; stamp, count of drops, code point and TTL take 104."""

ROW: Final = HEAD + CONTROL
"""Bytes of a row."""

HEADER: Final = 64
"""Bytes of a `struct mmsghdr` on a 64-bit system."""

LENGTH_AT: Final = 56
CONTROL_LENGTH_AT: Final = 40
"""Where a header has the length of the datagram and that of its ancillary data."""

AT_MOST: Final = 64
"""Datagrams of one call."""

_REST: Final = 2048 - HEAD
_IOVEC = struct.Struct("@PN")
_MSGHDR = struct.Struct("@PIxxxxPNPNi4xI4x")
_CMSGHDR = struct.Struct("@Nii")
_TIMESPEC = struct.Struct("@qq")
_SO_TIMESTAMPNS: Final = 35
_SO_RXQ_OVFL: Final = 40


def is_supported() -> bool:
    """Whether this system has recvmmsg with the layout that this module knows."""
    return sys.maxsize > 2**32 and hasattr(ctypes.CDLL(None), "recvmmsg")


class Batch:
    """Memory for the datagrams of one call; one serves all sockets of a process, one after the other."""

    def __init__(self) -> None:
        self._recvmmsg = ctypes.CDLL(None, use_errno=True).recvmmsg
        memory = bytearray(AT_MOST * (ROW + HEADER + _REST + 2 * _IOVEC.size))
        self._pin = (ctypes.c_char * len(memory)).from_buffer(memory)
        whole = memoryview(memory)
        self.rows = whole[: AT_MOST * ROW]
        self.headers = whole[AT_MOST * ROW :][: AT_MOST * HEADER]
        self._rest = whole[AT_MOST * (ROW + HEADER) :][: AT_MOST * _REST]
        self._lay_out(memory, ctypes.addressof(self._pin))
        self._fresh = bytes(self.headers)
        self._address = ctypes.c_void_p(ctypes.addressof(self._pin) + AT_MOST * ROW)
        self._flags = socket.MSG_DONTWAIT | socket.MSG_TRUNC

    def read(self, fileno: int) -> int:
        """Takes what waits at a socket, up to `AT_MOST`; the number of datagrams, 0 for none.

        An ICMP error that stands in the queue counts as none: it is gone with this call.
        """
        self.headers[:] = self._fresh
        count: int = self._recvmmsg(fileno, self._address, AT_MOST, self._flags, None)
        return max(count, 0)

    def kinds(self, count: int) -> memoryview:
        """The first byte of each datagram; of an empty one whatever was there before."""
        return self.rows[: count * ROW : ROW]

    def length(self, at: int) -> int:
        """Bytes of a datagram, all of them even if it was too long for its place."""
        return int.from_bytes(self.headers[at * HEADER + LENGTH_AT :][:4], sys.byteorder)

    def head(self, at: int) -> bytes:
        """The beginning of a datagram; what goes past its end is not its own."""
        return bytes(self.rows[at * ROW : at * ROW + HEAD])

    def frame(self, at: int) -> bytes:
        """A whole datagram."""
        length = self.length(at)
        head = bytes(self.rows[at * ROW :][: min(length, HEAD)])
        return head + bytes(self._rest[at * _REST :][: max(0, length - HEAD)]) if length > HEAD else head

    def copy(self, count: int) -> tuple[bytes, bytes]:
        """Rows and headers of the first `count` datagrams, to be decoded at leisure."""
        return bytes(self.rows[: count * ROW]), bytes(self.headers[: count * HEADER])

    def stamp(self, at: int) -> int:
        """When the kernel received a datagram, ns since the epoch; 0 when it does not tell."""
        place = self._find(at, _SO_TIMESTAMPNS)
        if not place:
            return 0
        seconds, nanoseconds = _TIMESPEC.unpack_from(self.rows, place)
        return int(seconds) * 10**9 + int(nanoseconds)

    def drops(self, at: int) -> int:
        """How many datagrams the socket's queue had lost before this one came."""
        place = self._find(at, _SO_RXQ_OVFL)
        return int.from_bytes(self.rows[place : place + 4], sys.byteorder) if place else 0

    def _find(self, at: int, wanted: int) -> int:
        """Where in the rows the data of a socket-level message begins; 0 when there is none."""
        length = at * HEADER + CONTROL_LENGTH_AT
        place = at * ROW + HEAD
        end = place + int.from_bytes(self.headers[length : length + 4], sys.byteorder)
        while place + _CMSGHDR.size <= end:
            size, level, kind = _CMSGHDR.unpack_from(self.rows, place)
            if kind == wanted and level == socket.SOL_SOCKET:
                return place + _CMSGHDR.size
            place += max(_CMSGHDR.size, (size + 7) & ~7)
        return 0

    def _lay_out(self, memory: bytearray, base: int) -> None:
        rest_at = AT_MOST * (ROW + HEADER)
        vectors_at = rest_at + AT_MOST * _REST
        for at in range(AT_MOST):
            vectors = vectors_at + at * 2 * _IOVEC.size
            _IOVEC.pack_into(memory, vectors, base + at * ROW, HEAD)
            _IOVEC.pack_into(memory, vectors + _IOVEC.size, base + rest_at + at * _REST, _REST)
            header = (0, 0, base + vectors, 2, base + at * ROW + HEAD, CONTROL, 0, 0)
            _MSGHDR.pack_into(memory, AT_MOST * ROW + at * HEADER, *header)
