"""Ethernet frames: which packet is inside, and the same frame with a changed packet."""

from struct import pack_into, unpack_from

import msgspec

_ETHERNET = 14
_IPV4, _IPV6 = 0x0800, 0x86DD
_IPV6_HEADER = 40
_UDP_HEADER = 8
_TCP, _UDP, _ICMPV6 = 6, 17, 58
_CHECKSUM_AT = {_TCP: 16, _UDP: 6}
_NEIGHBOUR_DISCOVERY = range(133, 138)
_MORE_FRAGMENTS_OR_OFFSET = 0x3FFF


class Packet(msgspec.Struct, frozen=True, gc=False):
    """An IP packet in a frame.

    Attributes:
        frame: all of it, without padding.
        transport: index in the frame of what follows the IP header.
        protocol: IP protocol number; of a fragment 0, since it has no header of its own.
        body: index in the frame of the UDP payload, or for other protocols of the IP payload.
        ends: addresses and, of UDP and TCP, ports: source and destination.
    """

    frame: bytes
    transport: int
    protocol: int
    body: int
    ends: tuple[bytes, bytes]

    @property
    def is_ipv6(self) -> bool:
        """Whether it is IPv6, else IPv4."""
        return self.frame[_ETHERNET] >> 4 == 6

    @property
    def tos(self) -> int:
        """TOS or traffic class byte."""
        if self.is_ipv6:
            return (self.frame[_ETHERNET] & 0xF) << 4 | self.frame[_ETHERNET + 1] >> 4
        return self.frame[_ETHERNET + 1]

    @property
    def payload(self) -> bytes:
        """From `body` to the end."""
        return self.frame[self.body :]

    @property
    def size(self) -> int:
        """Bytes of the IP packet."""
        return len(self.frame) - _ETHERNET


def find_packet(frame: bytes) -> Packet | None:
    """The IP packet of a frame; None for what keeps a network alive and must not be impaired.

    That is everything that is not IP, such as ARP, and IPv6 neighbour discovery (RFC 4861).
    Also None for what is too short for its own header: whoever receives it shall refuse it.
    """
    if len(frame) < _ETHERNET + 20:
        return None
    (kind,) = unpack_from(">H", frame, 12)
    if kind == _IPV4:
        return _find_ipv4(frame)
    if kind == _IPV6 and len(frame) >= _ETHERNET + _IPV6_HEADER:
        return _find_ipv6(frame)
    return None


def rebuild(packet: Packet, payload: bytes, tos: int, *, with_checksum: bool = False) -> bytes:
    """The frame with another payload and TOS: lengths and checksums fit again.

    Args:
        packet: as it came.
        payload: not longer than before.
        tos: TOS or traffic class byte.
        with_checksum: the packet came without the checksum of UDP or TCP, which the sender left to a network
            card that is not there.
    """
    is_changed = payload != packet.payload
    if not is_changed and not with_checksum and tos == packet.tos:
        return packet.frame
    frame = bytearray(packet.frame[: packet.body] + payload)
    if packet.is_ipv6:
        pack_into(">H", frame, _ETHERNET + 4, len(frame) - _ETHERNET - _IPV6_HEADER)
        frame[_ETHERNET] = 0x60 | tos >> 4
        frame[_ETHERNET + 1] = (tos & 0xF) << 4 | frame[_ETHERNET + 1] & 0xF
    else:
        pack_into(">H", frame, _ETHERNET + 2, len(frame) - _ETHERNET)
        frame[_ETHERNET + 1] = tos
        pack_into(">H", frame, _ETHERNET + 10, 0)
        pack_into(">H", frame, _ETHERNET + 10, checksum(bytes(frame[_ETHERNET : packet.transport])))
    if packet.protocol == _UDP and is_changed:
        pack_into(">H", frame, packet.transport + 4, len(frame) - packet.transport)
    if with_checksum or (packet.protocol == _UDP and is_changed):
        _sum_transport(packet, frame, always=with_checksum)
    return bytes(frame)


def checksum(data: bytes) -> int:
    """The internet checksum (RFC 1071)."""
    # A sum of 16-bit words with end-around carry is the whole number modulo 2^16 - 1.
    remainder = int.from_bytes(data if len(data) % 2 == 0 else data + b"\0") % 0xFFFF
    if remainder:
        return 0xFFFF - remainder
    return 0 if any(data) else 0xFFFF


def _find_ipv4(frame: bytes) -> Packet | None:
    header = 4 * (frame[_ETHERNET] & 0xF)
    length, fragment = unpack_from(">HxxH", frame, _ETHERNET + 2)
    transport, end = _ETHERNET + header, _ETHERNET + length
    if frame[_ETHERNET] >> 4 != 4 or header < 20 or not transport <= end <= len(frame):
        return None
    protocol = 0 if fragment & _MORE_FRAGMENTS_OR_OFFSET else frame[_ETHERNET + 9]
    return _packet(frame[:end], transport, protocol, _ETHERNET + 12, 4)


def _find_ipv6(frame: bytes) -> Packet | None:
    (length,) = unpack_from(">H", frame, _ETHERNET + 4)
    transport = _ETHERNET + _IPV6_HEADER
    end = transport + length
    if frame[_ETHERNET] >> 4 != 6 or end > len(frame):
        return None
    protocol = frame[_ETHERNET + 6]
    if protocol == _ICMPV6 and length and frame[transport] in _NEIGHBOUR_DISCOVERY:
        return None
    return _packet(frame[:end], transport, protocol, _ETHERNET + 8, 16)


def _packet(frame: bytes, transport: int, protocol: int, source: int, size: int) -> Packet:
    has_ports = protocol in _CHECKSUM_AT and len(frame) >= transport + _UDP_HEADER
    ports = frame[transport : transport + 4] if has_ports else b""
    ends = (
        frame[source : source + size] + ports[:2],
        frame[source + size : source + 2 * size] + ports[2:],
    )
    is_udp = has_ports and protocol == _UDP
    body = transport + _UDP_HEADER if is_udp else transport
    return Packet(frame, transport, protocol if has_ports or protocol not in _CHECKSUM_AT else 0, body, ends)


def _sum_transport(packet: Packet, frame: bytearray, *, always: bool) -> None:
    """Write the checksum of UDP or TCP; one of 0 says that there is none and stays (RFC 768)."""
    place = _CHECKSUM_AT.get(packet.protocol)
    if place is None or len(frame) < packet.transport + place + 2:
        return
    at = packet.transport + place
    if not always and frame[at : at + 2] == b"\0\0":
        return
    pack_into(">H", frame, at, 0)
    segment = bytes(frame[packet.transport :])
    size = 16 if packet.is_ipv6 else 4
    addresses = packet.ends[0][:size] + packet.ends[1][:size]
    pseudo = addresses + len(segment).to_bytes(4) + packet.protocol.to_bytes(4)
    pack_into(">H", frame, at, checksum(pseudo + segment) or 0xFFFF)
