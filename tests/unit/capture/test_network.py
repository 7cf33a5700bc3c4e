"""A stream is found behind every link layer and every IP header."""

import struct

import pytest
from captures import Flow, frames, write_pcap

IPV6 = {"source": "2001:db8::1", "destination": "2001:db8::2"}


@pytest.fixture
def received(analyse_packets, call):
    """A function that says how many packets of a stream were found in a flow, and where it went."""

    def received(flow):
        [stream] = analyse_packets(call, flow=flow)["streams"]
        return stream["packets_received"], stream["destination_address"], stream["dscp"]

    return received


@pytest.mark.parametrize("tags", [(), (0x8100,), (0x88A8, 0x8100), (0x9100, 0x8100, 0x8100)])
@pytest.mark.parametrize("ends", [{}, IPV6])
def test_vlan_tags_are_passed(tags, ends, received):
    """One, two or more of them, before IPv4 and IPv6."""
    wanted = ends.get("destination", "192.0.2.2")
    assert received(Flow(tags=tags, **ends)) == (250, wanted, {"46": 250})


def test_ipv4_options_are_passed(received):
    """The header's own length counts."""
    assert received(Flow(options=bytes([1] * 8)))[0] == 250


@pytest.mark.parametrize(
    "extensions",
    [
        bytes([17, 0, 1, 4, 0, 0, 0, 0]),
        bytes([60, 0, 1, 4, 0, 0, 0, 0]) + bytes([17, 1]) + bytes(14),
        bytes([44, 0, 1, 4, 0, 0, 0, 0]) + bytes([17, 0, 0, 0, 0, 0, 0, 9]),
        bytes([51, 0, 1, 4, 0, 0, 0, 0]) + bytes([17, 4]) + bytes(22),
    ],
)
def test_ipv6_extension_headers_are_passed(extensions, received):
    """Options, a first fragment and authentication."""
    assert received(Flow(options=extensions, **IPV6))[0] == 250


@pytest.mark.parametrize(
    ("link", "head"),
    [
        (0, struct.pack("<I", 2)),
        (108, struct.pack(">I", 2)),
        (12, b""),
        (101, b""),
        (228, b""),
        (113, bytes(14) + b"\x08\x00"),
        (113, bytes(14) + b"\x81\x00" + b"\x00\x07\x08\x00"),
        (276, b"\x08\x00" + bytes(18)),
        (1, bytes(12) + b"\x88\x64" + bytes(6) + b"\x00\x21"),
    ],
)
def test_link_layers_are_passed(link, head, call, analyse, tmp_path):
    """Loopback, raw IP, both cooked forms of Linux, and PPPoE."""
    records = [(packet.arrival, head + Flow().ip(packet.rtp, packet.tos)) for packet in call]
    [stream] = analyse(write_pcap(tmp_path / "a", records, link=link))["streams"]
    assert (stream["packets_received"], stream["source_address"]) == (250, "192.0.2.1")


def test_later_fragments_are_counted(call, analyse, tmp_path):
    """They have no ports; the first fragments carry the headers of RTP."""
    records = []
    for packet in call:
        records.append((packet.arrival, bytes(12) + b"\x08\x00" + Flow().ip(packet.rtp, 0, fragment=0x2000)))
        records.append((packet.arrival, bytes(12) + b"\x08\x00" + Flow().ip(bytes(40), 0, fragment=10)))
    report = analyse(write_pcap(tmp_path / "a", records))
    assert (report["fragments"], report["streams"][0]["packets_received"]) == (250, 250)


def test_headers_cut_off_are_no_packets(call, analyse, tmp_path):
    """What a header says is not read from the bytes of the next record."""
    for snap in range(1, 54):
        report = analyse(write_pcap(tmp_path / "a", frames(call[:20]), snap=snap))
        assert (report["packets"], report["streams"]) == (20, [])
