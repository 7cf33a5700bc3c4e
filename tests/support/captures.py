"""Capture files and the streams in them, built byte by byte without any code of ours."""

import ipaddress
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

START = 1_700_000_000_000_000_000
MICROSECOND = 1_000
MILLISECOND = 1_000_000
SECOND = 1_000_000_000


@dataclass(frozen=True)
class Packet:
    """One RTP packet as it was captured."""

    arrival: int
    sequence: int
    timestamp: int
    ssrc: int = 0x11223344
    payload_type: int = 0
    marker: bool = False
    payload: bytes = bytes(160)
    tos: int = 184

    @property
    def rtp(self) -> bytes:
        second = self.marker << 7 | self.payload_type
        return struct.pack("!BBHII", 0x80, second, self.sequence, self.timestamp, self.ssrc) + self.payload


@cache
def address(text: str) -> bytes:
    """The bytes of an address."""
    return ipaddress.ip_address(text).packed


@dataclass(frozen=True)
class Flow:
    """Both ends of a stream and how it is wrapped."""

    source: str = "192.0.2.1"
    destination: str = "192.0.2.2"
    source_port: int = 41000
    destination_port: int = 40000
    tags: tuple[int, ...] = ()
    options: bytes = b""

    def frame(self, payload: bytes, tos: int = 0) -> bytes:
        """An Ethernet frame."""
        kind = 0x0800 if len(address(self.source)) == 4 else 0x86DD
        tags = b"".join(struct.pack("!HH", tag, 7) for tag in self.tags)
        return bytes(12) + tags + struct.pack("!H", kind) + self.ip(payload, tos)

    def ip(self, payload: bytes, tos: int = 0, fragment: int = 0) -> bytes:
        """An IP packet with UDP; `options` may be extension headers of IPv6, the first of kind 60."""
        udp = struct.pack("!HHHH", self.source_port, self.destination_port, 8 + len(payload), 0) + payload
        source, destination = address(self.source), address(self.destination)
        if len(source) == 4:
            size = 20 + len(self.options)
            head = struct.pack("!BBHHHBBH", 0x40 | size // 4, tos, size + len(udp), 1, fragment, 60, 17, 0)
            return head + source + destination + self.options + udp
        following = 60 if self.options else 17
        head = struct.pack("!IHBB", 6 << 28 | tos << 20, len(self.options) + len(udp), following, 60)
        return head + source + destination + self.options + udp


def frames(packets: Iterable[Packet], flow: Flow | None = None) -> list[tuple[int, bytes]]:
    """Stamp and Ethernet frame of each packet."""
    return [(packet.arrival, (flow or Flow()).frame(packet.rtp, packet.tos)) for packet in packets]


def write_pcap(
    path: Path,
    records: Iterable[tuple[int, bytes]],
    *,
    order: str = "<",
    nanoseconds: bool = False,
    link: int = 1,
    snap: int = 65535,
) -> Path:
    """A pcap file of records that are stamped in nanoseconds."""
    magic, unit = (0xA1B23C4D, 1) if nanoseconds else (0xA1B2C3D4, 1000)
    with path.open("wb") as file:
        file.write(struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, snap, link))
        for stamp, frame in records:
            kept = frame[:snap]
            head = (stamp // SECOND, stamp % SECOND // unit, len(kept), len(frame))
            file.write(struct.pack(f"{order}IIII", *head) + kept)
    return path


@dataclass(frozen=True)
class Interface:
    """An interface of a pcapng file; `resolution` as its option has it."""

    link: int = 1
    resolution: int | None = None
    offset: int = 0

    @property
    def units(self) -> int:
        """Of its stamps in a second."""
        code = 6 if self.resolution is None else self.resolution
        return 1 << (code & 0x7F) if code & 0x80 else 10**code


def block(kind: int, body: bytes, order: str) -> bytes:
    """A pcapng block around a body."""
    body += bytes(-len(body) % 4)
    size = struct.pack(f"{order}I", 12 + len(body))
    return struct.pack(f"{order}I", kind) + size + body + size


def section(interfaces: Iterable[Interface], order: str = "<") -> bytes:
    """A pcapng section header with its interfaces."""
    parts = [block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1), order)]
    for each in interfaces:
        options = b""
        if each.resolution is not None:
            options += struct.pack(f"{order}HHB3x", 9, 1, each.resolution)
        if each.offset:
            options += struct.pack(f"{order}HHq", 14, 8, each.offset)
        if options:
            options += bytes(4)
        parts.append(block(1, struct.pack(f"{order}HHI", each.link, 0, 0) + options, order))
    return b"".join(parts)


def packet_block(stamp: int, frame: bytes, *, number: int, interface: Interface, order: str = "<") -> bytes:
    """An Enhanced Packet Block."""
    ticks = (stamp - each_offset(interface)) * interface.units // SECOND
    head = struct.pack(f"{order}IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame))
    return block(6, head + frame, order)


def each_offset(interface: Interface) -> int:
    """The interface's offset in nanoseconds."""
    return interface.offset * SECOND


@dataclass
class Scenario:
    """A stream with what really became of each of its packets.

    Attributes:
        sent: sequence number (endless), timestamp and media time in ns of each packet.
        packets: copies that arrived, in arrival order.
        indexes: which packet each of them is a copy of.
        clock_rate, packet_interval: of the stream; the interval in seconds.
    """

    name: str
    packets: list[Packet]
    indexes: list[int]
    sent: int
    clock_rate: int
    packet_interval: float
    media: list[int] = field(default_factory=list)
    drift: float = 0.0

    def with_packets(self, change) -> "Scenario":
        """The same with every packet changed."""
        return replace(self, packets=[change(packet) for packet in self.packets])
