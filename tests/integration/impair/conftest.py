import ctypes
import os
import socket
import struct
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ClassVar

import pytest

PATIENCE = 10.0
"""Seconds a test waits for a packet that must come."""


class Peer:
    """A plain UDP socket that sends with any TOS and says with which TOS a packet came."""

    def __init__(self, family: socket.AddressFamily, port: int, host: str) -> None:
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
        self._socket.bind((host or ("127.0.0.1" if family == socket.AF_INET else "::1"), port))
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

    def opening(family: socket.AddressFamily = socket.AF_INET, *, port: int = 0, host: str = "") -> Peer:
        peers.append(Peer(family, port, host))
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


class Wires:
    """Two hosts on one wire that is cut in the middle: three network namespaces, and two pairs of veths.

    `first` and `second` are the hosts, `between` is where the two loose ends are that a bridge can join.
    """

    ADDRESSES: ClassVar = {"first": ("10.77.0.1", "fd77::1"), "second": ("10.77.0.2", "fd77::2")}
    ENDS = ("end1", "end2")

    def __init__(self) -> None:
        self._names = {role: f"impair-{os.getpid()}-{role}" for role in ("first", "second", "between")}

    def lay(self) -> None:
        """Make namespaces, interfaces and addresses; hosts compute their checksums themselves."""
        for name in self._names.values():
            _ip("netns", "add", name)
        for (role, addresses), end in zip(self.ADDRESSES.items(), self.ENDS, strict=True):
            here, there = self._names[role], self._names["between"]
            _ip("link", "add", "wire0", "netns", here, "type", "veth", "peer", "name", end, "netns", there)
            for address, length in zip(addresses, (24, 64), strict=True):
                _ip("-n", here, "addr", "add", f"{address}/{length}", "dev", "wire0", "nodad")
            for name, interface in ((here, "lo"), (here, "wire0"), (there, end)):
                _ip("-n", name, "link", "set", "dev", interface, "up")
            self.run(role, "ethtool", "-K", "wire0", "tx", "off")

    def run(self, role: str, *words: str) -> None:
        """Run a command there."""
        subprocess.run(["ip", "netns", "exec", self._names[role], *words], check=True, capture_output=True)

    @contextmanager
    def inside(self, role: str) -> Iterator[None]:
        """This thread is there, and so are the sockets it opens and the processes it starts meanwhile."""
        with Path("/proc/thread-self/ns/net").open("rb") as home:
            with Path(f"/run/netns/{self._names[role]}").open("rb") as there:
                _enter(there.fileno())
            try:
                yield
            finally:
                _enter(home.fileno())

    def cut(self) -> None:
        """Take everything away; the interfaces go with their namespaces."""
        for name in self._names.values():
            with suppress(subprocess.CalledProcessError):  # it was never made
                _ip("netns", "del", name)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def _enter(namespace: int) -> None:
    if ctypes.CDLL(None, use_errno=True).setns(namespace, 0x40000000):
        raise OSError(ctypes.get_errno(), "setns")


@pytest.fixture(scope="module")
def wires() -> Iterator[Wires]:
    """Two hosts and a place between them."""
    wires = Wires()
    try:
        wires.lay()
        yield wires
    finally:
        wires.cut()
