import socket
import struct
from collections.abc import Callable, Iterator

import pytest

PATIENCE = 10.0
"""Seconds a test waits for a packet that must come."""


class Peer:
    """A plain UDP socket that sends with any TOS and says with which TOS a packet came."""

    def __init__(self, family: socket.AddressFamily, port: int) -> None:
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.settimeout(PATIENCE)
        # The default holds fewer small packets than these tests send before they read.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        if family == socket.AF_INET:
            self._mark = (socket.IPPROTO_IP, socket.IP_TOS)
            self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
        else:
            self._mark = (socket.IPPROTO_IPV6, socket.IPV6_TCLASS)
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS, 1)
        self._socket.bind(("127.0.0.1" if family == socket.AF_INET else "::1", port))
        self.address: tuple[str, int] = self._socket.getsockname()[:2]

    def send(self, payload: bytes, to: tuple, *, tos: int = 0) -> None:
        """Send one packet with this TOS or traffic class."""
        self._socket.sendmsg([payload], [(*self._mark, struct.pack("@i", tos))], 0, to)

    def receive(self) -> tuple[bytes, int, tuple]:
        """The next packet, its TOS and its sender."""
        payload, ancillary, _, peer = self._socket.recvmsg(2048, 256)
        (tos,) = (data[0] for level, kind, data in ancillary if (level, kind) == self._mark)
        return payload, tos, peer

    def receive_many(self, count: int) -> list[bytes]:
        """The payloads of the next packets."""
        return [self.receive()[0] for _ in range(count)]

    def is_silent(self) -> bool:
        """Whether nothing is waiting to be read."""
        self._socket.setblocking(False)
        try:
            self._socket.recv(2048, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        finally:
            self._socket.settimeout(PATIENCE)
        return False

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()


@pytest.fixture
def open_peer() -> Iterator[Callable[..., Peer]]:
    """Opens peers and closes them after the test."""
    peers: list[Peer] = []

    def opening(family: socket.AddressFamily = socket.AF_INET, *, port: int = 0) -> Peer:
        peers.append(Peer(family, port))
        return peers[-1]

    yield opening
    for peer in peers:
        peer.close()


@pytest.fixture
def client(open_peer: Callable[..., Peer]) -> Peer:
    """Who speaks first."""
    return open_peer()


@pytest.fixture
def target(open_peer: Callable[..., Peer]) -> Peer:
    """Where the relay leads."""
    return open_peer()


@pytest.fixture
def rtp() -> Callable[..., bytes]:
    """Builds RTP packets of one stream: only what a relay looks at is meant to be real."""

    def build(sequence: int, *, ssrc: int = 0xCAFE) -> bytes:
        return struct.pack("!BBHII", 0x80, 0, sequence, sequence * 160, ssrc) + b"voice"

    return build
