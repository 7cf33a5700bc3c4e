"""Frames are built by another implementation (dpkt): a rebuilt frame is the one it would have built."""

import dpkt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sonde.impair.frames import checksum, find_packet, rebuild

ADDRESSES = {4: (bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])), 6: (b"\xfd" + bytes(14) + b"\x01", bytes(16))}
HOSTS = {"src": b"\x02" * 6, "dst": b"\x04" * 6}
TYPES = {4: 0x0800, 6: 0x86DD}
UDP, TCP = dpkt.udp.UDP, dpkt.tcp.TCP

versions = st.sampled_from([4, 6])
bytes_of_tos = st.integers(0, 255)


def frame(version: int, payload: bytes, *, tos: int = 184, segment=UDP, padding: bytes = b"") -> bytes:
    """An Ethernet frame with an IP packet, lengths and checksums as they must be."""
    inner = segment(sport=5004, dport=49152, data=payload)
    if segment is UDP:
        inner.ulen = len(inner)
    source, target = ADDRESSES[version]
    protocol = 17 if segment is UDP else 6
    if version == 4:
        ip = dpkt.ip.IP(src=source, dst=target, tos=tos, p=protocol, data=inner)
    else:
        ip = dpkt.ip6.IP6(src=source, dst=target, nxt=protocol, plen=len(inner), data=inner)
        ip.fc = tos
    return bytes(dpkt.ethernet.Ethernet(**HOSTS, type=TYPES[version], data=ip)) + padding


@given(version=versions, payload=st.binary(max_size=300), tos=bytes_of_tos, padding=st.binary(max_size=20))
def test_udp_is_found_with_its_ends(version: int, payload: bytes, tos: int, padding: bytes) -> None:
    """Payload, mark, ends and size are those that went in; what pads a short frame is left out."""
    raw = frame(version, payload, tos=tos, padding=padding)
    packet = find_packet(raw)
    assert (packet.payload, packet.tos) == (payload, tos)
    source, target = ADDRESSES[version]
    assert packet.ends == (source + (5004).to_bytes(2), target + (49152).to_bytes(2))
    assert packet.size == len(raw) - 14 - len(padding)
    assert rebuild(packet, payload, tos) == raw[: 14 + packet.size]


@given(version=versions, payload=st.binary(min_size=1, max_size=300), tos=bytes_of_tos, data=st.data())
def test_a_changed_packet_is_what_its_sender_would_have_made(version, payload, tos, data) -> None:
    """Lengths and checksums of a cut, changed and remarked packet are right."""
    changed = data.draw(st.binary(max_size=len(payload)))
    packet = find_packet(frame(version, payload))
    assert rebuild(packet, changed, tos) == frame(version, changed, tos=tos)


@given(
    version=versions, payload=st.binary(max_size=300), tos=bytes_of_tos, segment=st.sampled_from([UDP, TCP])
)
def test_a_checksum_left_to_the_card_is_computed(version, payload, tos, segment) -> None:
    """Whatever the sender left in its place."""
    whole = frame(version, payload, segment=segment)
    at = 14 + (20 if version == 4 else 40) + (6 if segment is UDP else 16)
    without = whole[:at] + b"\x12\x34" + whole[at + 2 :]
    packet = find_packet(without)
    assert rebuild(packet, packet.payload, tos, with_checksum=True) == frame(
        version, payload, tos=tos, segment=segment
    )


def test_no_checksum_stays_none() -> None:
    """IPv4 may leave UDP without one, and a changed payload is no reason to write one (RFC 768)."""
    raw = bytearray(frame(4, b"voice"))
    raw[40:42] = b"\0\0"
    changed = rebuild(find_packet(bytes(raw)), b"void", 0)
    assert changed[40:42] == b"\0\0"
    assert changed[42:] == b"void"


@pytest.mark.parametrize("kind", [133, 134, 135, 136, 137])
def test_what_a_network_lives_on_is_no_packet(kind: int) -> None:
    """ARP and neighbour discovery are never impaired; a ping is."""
    arp = bytes(dpkt.ethernet.Ethernet(**HOSTS, type=0x0806, data=dpkt.arp.ARP()))
    header = dpkt.ip6.IP6(src=ADDRESSES[6][0], dst=ADDRESSES[6][1], nxt=58, plen=8)
    ethernet = dpkt.ethernet.Ethernet(**HOSTS, type=0x86DD)
    start = bytes(ethernet) + bytes(header)
    assert find_packet(arp) is None
    assert find_packet(start + bytes([kind]) + bytes(7)) is None
    assert find_packet(start + bytes([128]) + bytes(7)).payload == bytes([128]) + bytes(7)


def test_a_fragment_has_no_ports() -> None:
    """Later fragments begin with anything, and the first one's checksum is that of all."""
    raw = bytearray(frame(4, b"voice" * 9))
    raw[20] |= 0x20
    raw[24:26] = bytes(2)
    raw[24:26] = checksum(bytes(raw[14:34])).to_bytes(2)
    packet = find_packet(bytes(raw))
    assert packet.ends == ADDRESSES[4]
    assert packet.payload == bytes(raw[34:])
    assert rebuild(packet, packet.payload, 0)[34:] == bytes(raw[34:])


@given(raw=st.binary(max_size=120), kind=st.sampled_from([b"\x08\x00", b"\x86\xdd", b"\x08\x06"]))
@example(raw=bytes(2), kind=b"\x08\x00")
def test_any_frame_is_a_packet_or_passed(raw: bytes, kind: bytes) -> None:
    """Frames that are no Ethernet, or lie about their lengths, break nothing."""
    whole = raw[:12] + kind + raw[12:]
    packet = find_packet(whole)
    if packet is not None:
        assert whole.startswith(packet.frame)
        rebuilt = rebuild(packet, packet.payload[: len(packet.payload) // 2], 8)
        assert find_packet(rebuilt) is None or find_packet(rebuilt).tos == 8


@given(data=st.binary(max_size=99))
def test_the_checksum_is_that_of_the_rfc(data: bytes) -> None:
    """RFC 1071, as the other implementation has it."""
    assert checksum(data) == dpkt.in_cksum(data)
