"""When the kernel really sent a packet: stamps from the error queue of the socket it was sent by.

The kernel stamps a packet when its driver takes it, and answers with the packet's number on that socket
(SO_TIMESTAMPING with SOF_TIMESTAMPING_OPT_ID, Documentation/networking/timestamping.rst).
"""

import socket
import struct

from sonde.impair.schedule import SendStamp

# Linux numbers that the socket module does not name.
_SO_TIMESTAMPING = 37
_TX_SOFTWARE, _SOFTWARE, _OPT_ID, _OPT_TSONLY = 1 << 1, 1 << 4, 1 << 7, 1 << 11
_FLAGS = _TX_SOFTWARE | _SOFTWARE | _OPT_ID | _OPT_TSONLY

_TIMESPEC = struct.Struct("@ll")
_EXTENDED_ERROR = struct.Struct("@IBBBBII")
_ORIGIN_TIMESTAMPING = 4
_ANCILLARY_MAX = 256
_AWAITED_MAX = 4096


class Departure:
    """One packet handed to the kernel; the stamp is ours until the kernel's comes.

    Attributes:
        stamp: when it left.
    """

    __slots__ = ("stamp",)

    def __init__(self, clock: int) -> None:
        self.stamp = SendStamp(clock, by_kernel=False)


class SendStamps:
    """The stamps of what one socket sends.

    Args:
        sock: a datagram or packet socket; a kernel that cannot stamp its packets leaves them with ours.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._awaited: dict[int, Departure] = {}
        self._next = 0
        self._available = self._begin()

    def left(self, clock: int) -> Departure:
        """Note that the kernel took a packet; `clock` was read right before, ns since the epoch."""
        departure = Departure(clock)
        if len(self._awaited) >= _AWAITED_MAX:  # this kernel's driver gives none
            self._awaited.clear()
        if self._available:
            self._awaited[self._next] = departure
            self._next = (self._next + 1) & 0xFFFFFFFF
        return departure

    def refused(self) -> None:
        """Note that the kernel did not accept a packet, after which not all kernels count alike."""
        self.collect()
        self._awaited.clear()
        self._available = self._begin()

    @property
    def awaited(self) -> int:
        """Departures without the kernel's stamp."""
        return len(self._awaited)

    def collect(self, *, late: bool = False) -> None:
        """Give the stamps that have come to their departures; `late` ones also when none is awaited."""
        try:
            while self._awaited or late:
                _, ancillary, _, _ = self._socket.recvmsg(0, _ANCILLARY_MAX, socket.MSG_ERRQUEUE)
                number, at = _read(ancillary)
                departure = self._awaited.pop(number, None)
                if departure is not None and at:
                    departure.stamp = SendStamp(at, by_kernel=True)
        except BlockingIOError:
            return
        except OSError:  # the socket was closed
            self._awaited.clear()

    def _begin(self) -> bool:
        self._next = 0
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPING, 0)
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPING, _FLAGS)
        except OSError:
            return False
        return True


def _read(ancillary: list[tuple[int, int, bytes]]) -> tuple[int, int]:
    """Number and stamp of the packet, -1 and 0 when it is about something else."""
    number, at = -1, 0
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPING:
            seconds, nanoseconds = _TIMESPEC.unpack_from(data)
            at = seconds * 1_000_000_000 + nanoseconds
        elif level != socket.SOL_SOCKET and len(data) >= _EXTENDED_ERROR.size:
            _, origin, _, _, _, _, value = _EXTENDED_ERROR.unpack_from(data)
            if origin == _ORIGIN_TIMESTAMPING:
                number = value
    return number, at
