"""UDP sockets that tell when and how a packet arrived.

Linux options by number where Python has no name for them. An option that a system lacks is left out and
shows in the result (`timestamp_source`); nothing is guessed.
"""

import contextlib
import ctypes
import resource
import socket
import struct
import time
from pathlib import Path
from urllib.parse import urlsplit

from sonde.model.errors import Unavailable
from sonde.probe.datagrams import Arrival

SO_TIMESTAMPNS = 35
SO_RXQ_OVFL = 40
IP_RECVTTL = 12
IP_PKTINFO = 8
RECEIVE_BUFFER = 4 * 2**20
"""Bytes asked for; the default holds only about 500 voice packets."""

_TIMESPEC = struct.Struct("@ll")
_INT = struct.Struct("@i")
_ANCILLARY = 256
_LARGEST = 2048
_PR_SET_TIMERSLACK = 29


def boot_id() -> bytes:
    """What tells this running kernel from every other; empty where the system does not say."""
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_bytes().strip()
    return b""


def sharpen_timers() -> None:
    """Asks the kernel to wake this thread when told to, not up to 50 us later."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, 1, 0, 0, 0)


def allow_many() -> None:
    """Raises the number of open files to what the system permits: each stream has a socket of its own."""
    with contextlib.suppress(OSError, ValueError):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def resolve(host: str, port: int) -> tuple[socket.AddressFamily, tuple[str, int]]:
    """Family and numeric address of a host.

    Raises:
        OSError: the name or address means nothing here.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    except UnicodeError as error:
        raise OSError(f"{host} is no host name") from error
    return family, (str(address[0]), int(address[1]))


def address_towards(url: str) -> str:
    """The address of ours that packets to a server leave from; sends nothing.

    Raises:
        Unavailable: there is no way to it from here.
    """
    parts = urlsplit(url)
    try:
        family, address = resolve(parts.hostname or "", parts.port or 443)
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect(address)
            return str(sock.getsockname()[0])
    except (OSError, ValueError) as error:
        raise Unavailable(f"{url} cannot be reached: {error}", hint="check the URL") from error


def listening_socket(host: str, port: int) -> socket.socket:
    """The socket of a target; `::` takes IPv4 as well.

    Raises:
        OSError: the address is not ours, or somebody else listens there.
    """
    family, address = resolve(host, port)
    sock = _measuring_socket(family)
    try:
        _try_option(sock, socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            _try_option(sock, socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        else:
            _try_option(sock, socket.IPPROTO_IP, IP_PKTINFO, 1)
        sock.bind(address)
        # Only now, so that a port somebody else has is still refused; sockets of streams may share it.
        _try_option(sock, socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    except OSError:
        sock.close()
        raise
    return sock


def stream_socket(listener: socket.socket, arrival: Arrival, dscp: int, buffer: int) -> socket.socket:
    """A socket on the listener's port for what comes from one source alone.

    Args:
        listener: whose port it shares.
        arrival: a datagram from that source.
        dscp: of all that is sent back.
        buffer: bytes its queue may take, 0 for the system's default.

    Raises:
        OSError: there are too many, or the system does not let a port be shared.
    """
    host, port = listener.getsockname()[:2]
    sock = _measuring_socket(socket.AddressFamily(listener.family))
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if listener.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        if buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        mark(sock, dscp)
        sock.bind((arrival.destination or host, port))
        sock.connect(arrival.source)
    except OSError:
        sock.close()
        raise
    return sock


def connected_socket(address: str, port: int, dscp: int) -> socket.socket:
    """The socket of one stream: marked before it says a word, since stateful boxes remember the first mark.

    Args:
        address: numeric.
        port: of the target.
        dscp: of all that is sent.

    Raises:
        OSError: there is no way to that address from here.
    """
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        _try_option(sock, socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        mark(sock, dscp)
        sock.connect((address, port))
    except OSError:
        sock.close()
        raise
    return sock


def mark(sock: socket.socket, dscp: int) -> None:
    """Gives everything a socket sends from now on its code point."""
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, dscp << 2)
    # A socket of IPv6 may speak IPv4, which has a mark of its own.
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, dscp << 2)


def counts_drops(sock: socket.socket) -> bool:
    """Whether the kernel says how many datagrams the socket's queue lost."""
    try:
        return sock.getsockopt(socket.SOL_SOCKET, SO_RXQ_OVFL) != 0
    except OSError:
        return False


def stamps_arrivals(sock: socket.socket) -> bool:
    """Whether the kernel says when a datagram came, so that it need not be read at once."""
    try:
        return sock.getsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS) != 0
    except OSError:
        return False


def receive(sock: socket.socket) -> Arrival | None:
    """The next waiting datagram, None when there is none or an ICMP error stood in the queue instead."""
    try:
        data, ancillary, _, source = sock.recvmsg(_LARGEST, _ANCILLARY, socket.MSG_DONTWAIT)
    except OSError:
        return None
    address = (source[0], source[1]) if source else ("", 0)
    arrival = Arrival(data, address, time.time_ns(), tos=-1, ttl=0, timestamp_source="user")
    for level, kind, value in ancillary:
        _read_ancillary(arrival, level, kind, value)
    return arrival


def send_marked(sock: socket.socket, data: bytes, to: Arrival, dscp: int) -> None:
    """Answers a datagram, with a code point and from the address it was sent to.

    A full queue or vanished peer is the network's business.
    """
    with contextlib.suppress(OSError):
        sock.sendmsg([data], _return_path(sock, to, dscp), socket.MSG_DONTWAIT, to.source)


def _return_path(sock: socket.socket, to: Arrival, dscp: int) -> list[tuple[int, int, bytes]]:
    code_point = _INT.pack(dscp << 2)
    if sock.family == socket.AF_INET6 and not to.source[0].startswith("::ffff:"):
        path = [(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, code_point)]
    else:
        path = [(socket.IPPROTO_IP, socket.IP_TOS, code_point)]
    if to.destination and sock.family == socket.AF_INET6:
        ours = socket.inet_pton(socket.AF_INET6, to.destination)
        path.append((socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, ours + _INT.pack(0)))
    elif to.destination:
        ours = socket.inet_pton(socket.AF_INET, to.destination)
        path.append((socket.IPPROTO_IP, IP_PKTINFO, _INT.pack(0) + ours + bytes(4)))
    return path


def send(sock: socket.socket, data: bytes) -> None:
    """Sends one datagram where the socket is connected to, or loses it like the network."""
    with contextlib.suppress(OSError):
        sock.send(data, socket.MSG_DONTWAIT)


def _measuring_socket(family: socket.AddressFamily) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.setblocking(False)
    _try_option(sock, socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    _try_option(sock, socket.SOL_SOCKET, SO_RXQ_OVFL, 1)
    _try_option(sock, socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
    _try_option(sock, socket.IPPROTO_IP, IP_RECVTTL, 1)
    if family == socket.AF_INET6:
        _try_option(sock, socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS, 1)
        _try_option(sock, socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
    return sock


def _try_option(sock: socket.socket, level: int, option: int, value: int) -> None:
    with contextlib.suppress(OSError):
        sock.setsockopt(level, option, value)


def _read_ancillary(arrival: Arrival, level: int, kind: int, value: bytes) -> None:
    if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS and len(value) >= _TIMESPEC.size:
        seconds, nanoseconds = _TIMESPEC.unpack_from(value)
        arrival.received_at = seconds * 10**9 + nanoseconds
        arrival.timestamp_source = "kernel"
    elif level == socket.SOL_SOCKET and kind == SO_RXQ_OVFL:
        arrival.drops = int.from_bytes(value[:4], "little")
    elif (level, kind) in ((socket.IPPROTO_IP, socket.IP_TOS), (socket.IPPROTO_IPV6, socket.IPV6_TCLASS)):
        arrival.tos = value[0]
    elif (level, kind) in ((socket.IPPROTO_IP, socket.IP_TTL), (socket.IPPROTO_IPV6, socket.IPV6_HOPLIMIT)):
        arrival.ttl = value[0]
    elif (level, kind) == (socket.IPPROTO_IP, IP_PKTINFO):
        arrival.destination = socket.inet_ntop(socket.AF_INET, value[8:12])
    elif (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO):
        arrival.destination = socket.inet_ntop(socket.AF_INET6, value[:16])
