"""A network interface, frame by frame: what comes in by it, and what is sent out by it (packet(7))."""

import socket
import struct
import time

import msgspec

from sonde.impair.stamps import Departure, SendStamps
from sonde.model.errors import Unavailable

# Linux numbers that the socket module does not name.
_SO_TIMESTAMPNS = 35
_SO_RCVBUFFORCE = 33
_SOL_PACKET = 263
_ADD_MEMBERSHIP, _STATISTICS, _AUXDATA, _IGNORE_OUTGOING = 1, 6, 8, 23
_PROMISCUOUS = 1
_CHECKSUM_NOT_READY = 1 << 3
_EVERY_PROTOCOL = 3

_TIMESPEC = struct.Struct("@ll")
_STATUS = struct.Struct("@I")
_COUNTERS = struct.Struct("@II")
_MEMBERSHIP = struct.Struct("@iHH8x")
_RECEIVE_BUFFER = 32 << 20
_FRAME_MAX = 1 << 17
_ANCILLARY_MAX = 256


class Received(msgspec.Struct, frozen=True, gc=False):
    """One frame as it came.

    Attributes:
        received_at: ns since the epoch, by the kernel where `kernel_stamp` is true.
        lacks_checksum: its sender left the checksum of UDP or TCP to a network card.
    """

    frame: bytes
    received_at: int
    kernel_stamp: bool
    lacks_checksum: bool


class Link:
    """A packet socket on one interface, in promiscuous mode, that does not see what it sends itself.

    Args:
        name: of the interface.

    Attributes:
        stamps: when what it sent left.

    Raises:
        Unavailable: there is no such interface, or we may not read frames.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._overflowed = 0
        # Allocating the largest frame for each small one costs more than all the rest of receiving it.
        self._buffer = memoryview(bytearray(_FRAME_MAX))
        try:
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        except PermissionError as error:
            raise Unavailable(
                "Bridging needs the right to read whole frames (CAP_NET_RAW).",
                hint="Run as root, or in a namespace of your own: unshare --map-root-user --net",
            ) from error
        try:
            self._open()
        except OSError as error:
            self._socket.close()
            raise Unavailable(
                f"Cannot bridge the interface '{name}': {error.strerror or error}.",
                hint="`ip link` shows the interfaces there are.",
            ) from error
        self.stamps = SendStamps(self._socket)

    def _open(self) -> None:
        self._socket.setblocking(False)
        for option in (socket.SO_RCVBUF, _SO_RCVBUFFORCE):
            try:
                self._socket.setsockopt(socket.SOL_SOCKET, option, _RECEIVE_BUFFER)
            except PermissionError:
                continue
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._socket.setsockopt(_SOL_PACKET, _AUXDATA, 1)
        self._socket.setsockopt(_SOL_PACKET, _IGNORE_OUTGOING, 1)
        index = socket.if_nametoindex(self.name)
        membership = _MEMBERSHIP.pack(index, _PROMISCUOUS, 0)
        self._socket.setsockopt(_SOL_PACKET, _ADD_MEMBERSHIP, membership)
        # The socket hears nothing before it is bound, so nothing of another interface either.
        self._socket.bind((self.name, _EVERY_PROTOCOL))

    @property
    def overflowed(self) -> int:
        """Frames the kernel threw away because this socket was not read in time."""
        data = self._socket.getsockopt(_SOL_PACKET, _STATISTICS, _COUNTERS.size)
        self._overflowed += _COUNTERS.unpack(data)[1]  # reading sets the kernel's count back
        return self._overflowed

    def fileno(self) -> int:
        """For epoll."""
        return self._socket.fileno()

    def receive(self) -> Received | None:
        """The next frame, None when there is none or the interface is down."""
        try:
            length, ancillary, _, _ = self._socket.recvmsg_into([self._buffer], _ANCILLARY_MAX)
        except OSError:
            return None
        stamp, status = 0, 0
        for level, kind, data in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS):
                seconds, nanoseconds = _TIMESPEC.unpack(data)
                stamp = seconds * 1_000_000_000 + nanoseconds
            elif (level, kind) == (_SOL_PACKET, _AUXDATA):
                (status,) = _STATUS.unpack_from(data)
        lacks_checksum = bool(status & _CHECKSUM_NOT_READY)
        frame = bytes(self._buffer[:length])
        return Received(frame, stamp or time.time_ns(), stamp != 0, lacks_checksum)

    def send(self, frame: bytes) -> Departure:
        """Send it.

        Raises:
            OSError: the kernel did not take it.
        """
        clock = time.time_ns()
        try:
            self._socket.send(frame)
        except OSError:
            self.stamps.refused()
            raise
        return self.stamps.left(clock)

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()
