"""A UDP socket that tells when and how marked a datagram came, and sends each one as marked as asked."""

import errno
import socket
import struct
import time
from typing import cast

import msgspec

from sonde.impair.notation import Endpoint, format_endpoint
from sonde.impair.stamps import Departure, SendStamps
from sonde.model.errors import Unavailable

Address = tuple[str, int] | tuple[str, int, int, int]
"""A socket address as the kernel gives it, IPv4 or IPv6."""

# Linux numbers that the socket module does not name.
_SO_TIMESTAMPNS = 35
_SO_RXQ_OVFL = 40

_TIMESPEC = struct.Struct("@ll")
_INT = struct.Struct("@i")
_COUNTER = struct.Struct("@I")
_RECEIVE_BUFFER = 4 << 20
_DATAGRAM_MAX = 65535
_ANCILLARY_MAX = 256
_HEADERS = {socket.AF_INET: 28, socket.AF_INET6: 48}
_TRAFFIC_CLASS = {
    socket.AF_INET: (socket.IPPROTO_IP, socket.IP_TOS),
    socket.AF_INET6: (socket.IPPROTO_IPV6, socket.IPV6_TCLASS),
}


class Datagram(msgspec.Struct, frozen=True, gc=False):
    """One datagram as it came.

    Attributes:
        received_at: ns since the epoch, by the kernel where `kernel_stamp` is true.
        tos: TOS or traffic class byte.
    """

    payload: bytes
    peer: Address
    received_at: int
    tos: int
    kernel_stamp: bool


class Port:
    """A non-blocking UDP socket with kernel stamps and per-packet TOS.

    Attributes:
        overflowed: datagrams the kernel threw away because this socket was not read in time.
        header_size: bytes of the IP and UDP headers, without options.
        stamps: when what it sent left.
    """

    def __init__(self, family: socket.AddressFamily) -> None:
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._traffic_class = _TRAFFIC_CLASS[family]
        self.overflowed = 0
        # Allocating the longest datagram for each short one costs more than all the rest of receiving it.
        self._buffer = memoryview(bytearray(_DATAGRAM_MAX))
        self.header_size = _HEADERS[family]
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_RXQ_OVFL, 1)
        if family == socket.AF_INET6:
            # An IPv4 client on an IPv6 socket would need the other family's way to mark packets.
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS, 1)
        else:
            self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
        self.stamps = SendStamps(self._socket)

    def bind(self, address: Address) -> None:
        """Take a local address.

        Raises:
            OSError: it is taken or not ours.
        """
        self._socket.bind(address)

    def connect(self, address: Address) -> None:
        """Send to and hear from this peer only.

        Raises:
            OSError: there is no way to it.
        """
        self._socket.connect(address)

    @property
    def address(self) -> Endpoint:
        """The local address."""
        host, port, *_ = self._socket.getsockname()
        return host, port

    def fileno(self) -> int:
        """For epoll."""
        return self._socket.fileno()

    def receive(self) -> Datagram | None:
        """The next datagram, None when there is none or the last one sent met a closed port."""
        try:
            length, ancillary, _, peer = self._socket.recvmsg_into([self._buffer], _ANCILLARY_MAX)
        except (BlockingIOError, ConnectionRefusedError):
            return None
        stamp, tos = 0, 0
        for level, kind, data in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS):
                seconds, nanoseconds = _TIMESPEC.unpack(data)
                stamp = seconds * 1_000_000_000 + nanoseconds
            elif (level, kind) == self._traffic_class:
                tos = data[0] if len(data) == 1 else _INT.unpack(data)[0]
            elif (level, kind) == (socket.SOL_SOCKET, _SO_RXQ_OVFL):
                (self.overflowed,) = _COUNTER.unpack(data)
        payload = bytes(self._buffer[:length])
        return Datagram(payload, peer, stamp or time.time_ns(), tos, kernel_stamp=stamp != 0)

    def send(self, payload: bytes, *, tos: int, to: Address | None = None) -> Departure:
        """Send with this TOS.

        Raises:
            OSError: the kernel did not take it.
        """
        level, kind = self._traffic_class
        ancillary = [(level, kind, _INT.pack(tos))]
        clock = time.time_ns()
        try:
            try:
                self._socket.sendmsg([payload], ancillary, 0, to)
            except ConnectionRefusedError:
                # It belongs to an earlier datagram; reporting it cleared it, and this one was not sent.
                self.stamps.refused()
                clock = time.time_ns()
                self._socket.sendmsg([payload], ancillary, 0, to)
        except OSError:
            self.stamps.refused()
            raise
        return self.stamps.left(clock)

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()


def resolve(endpoint: Endpoint) -> tuple[socket.AddressFamily, Address]:
    """The first address of a host.

    Raises:
        Unavailable: the name does not resolve.
    """
    host, port = endpoint
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    except OSError as error:
        raise Unavailable(f"Cannot find the host '{host}': {error.strerror}.") from error
    return family, cast("Address", address)


def open_listener(endpoint: Endpoint) -> Port:
    """A port bound to this local address; port 0 takes any free one.

    Raises:
        Unavailable: the address is taken, not ours, or unknown.
    """
    family, address = resolve(endpoint)
    port = Port(family)
    try:
        port.bind(address)
    except OSError as error:
        port.close()
        hint = "Choose another port, or 0 for any free one." if error.errno == errno.EADDRINUSE else ""
        raise Unavailable(
            f"Cannot listen on {format_endpoint(endpoint)}: {error.strerror}.", hint=hint
        ) from error
    return port
