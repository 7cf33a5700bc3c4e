"""RTCP packets, single and compound, to and from bytes."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.rtp.rtcp import UnreadPacket, build, build_compound, parse, parse_compound
from sonde.rtp.rtcp_reports import ReceiverReport, ReportBlock, SenderReport
from sonde.rtp.rtcp_sources import Goodbye, SdesChunk, SdesItem, SourceDescription
from sonde.rtp.rtcp_xr import ExtendedReport, UnknownBlock, VoipMetrics
from sonde.rtp.wire import MalformedPacket

uint2 = st.integers(0, 3)
uint8 = st.integers(0, 0xFF)
uint16 = st.integers(0, 0xFFFF)
uint32 = st.integers(0, 0xFFFF_FFFF)
int8 = st.integers(-128, 127)
words = st.lists(st.binary(min_size=4, max_size=4), max_size=4).map(b"".join)
report_blocks = st.lists(
    st.builds(
        ReportBlock,
        ssrc=uint32,
        fraction_lost=uint8,
        packets_lost=st.integers(-(1 << 23), (1 << 23) - 1),
        highest_sequence=uint32,
        jitter=uint32,
        last_report=uint32,
        delay_since_last_report=uint32,
    ),
    max_size=31,
).map(tuple)
sender_reports = st.builds(
    SenderReport,
    ssrc=uint32,
    ntp_time=st.integers(0, (1 << 64) - 1),
    rtp_timestamp=uint32,
    packets_sent=uint32,
    octets_sent=uint32,
    reports=report_blocks,
    extension=words,
)
receiver_reports = st.builds(ReceiverReport, ssrc=uint32, reports=report_blocks, extension=words)
items = st.builds(SdesItem, kind=st.integers(1, 255), value=st.binary(max_size=255))
chunks = st.builds(SdesChunk, ssrc=uint32, items=st.lists(items, max_size=3).map(tuple))
descriptions = st.builds(SourceDescription, chunks=st.lists(chunks, max_size=31).map(tuple))
goodbyes = st.builds(
    Goodbye, ssrcs=st.lists(uint32, max_size=31).map(tuple), reason=st.none() | st.binary(max_size=255)
)
voip_metrics = st.builds(
    VoipMetrics,
    ssrc=uint32,
    **dict.fromkeys(["loss_rate", "discard_rate", "burst_density", "gap_density", "gmin"], uint8),
    **dict.fromkeys(["burst_duration", "gap_duration", "round_trip_delay", "end_system_delay"], uint16),
    **dict.fromkeys(["signal_level", "noise_level"], int8),
    **dict.fromkeys(["echo_return_loss", "r_factor", "external_r_factor", "mos_lq", "mos_cq"], uint8),
    **dict.fromkeys(["loss_concealment", "buffer_adaptive"], uint2),
    buffer_rate=st.integers(0, 15),
    **dict.fromkeys(["buffer_nominal", "buffer_maximum", "buffer_absolute_maximum"], uint16),
)
unknown_blocks = st.builds(
    UnknownBlock, block_type=uint8.filter(lambda kind: kind != 7), type_specific=uint8, data=words
)
extended_reports = st.builds(
    ExtendedReport, ssrc=uint32, blocks=st.lists(voip_metrics | unknown_blocks, max_size=4).map(tuple)
)
unread_packets = st.builds(
    UnreadPacket,
    packet_type=st.sampled_from([0, 192, 204, 208, 255]),
    count=st.integers(0, 31),
    body=words,
) | st.builds(
    UnreadPacket,
    packet_type=st.sampled_from([205, 206]),
    count=st.integers(0, 31),
    body=words.map(lambda data: b"sources." + data),
)
reports = sender_reports | receiver_reports
packets = reports | descriptions | goodbyes | extended_reports | unread_packets
compounds = st.builds(lambda first, rest: (first, *rest), reports, st.lists(packets, max_size=3))
headed_bytes = st.builds(
    lambda first, kind, body: bytes([first, kind]) + (len(body) // 4).to_bytes(2) + body,
    st.integers(0x80, 0xBF),
    st.integers(200, 207),
    st.binary(max_size=80),
)

RECEIVER_REPORT = bytes.fromhex("80c9000111223344")
GOODBYE = bytes.fromhex("81cb000111223344")
SAMPLES = Path(os.environ.get("SONDE_TEST_RTP_SAMPLES", ""))
CUT_SHORT = {
    "rtcp_bye_invalid": "list of 17 sources cut short",
    "rtcp_psfb_invalid": "sources of feedback cut short",
    "rtcp_rr_invalid": "report block cut short",
    "rtcp_rtpfb_invalid": "sources of feedback cut short",
    "rtcp_sdes_item_truncated": "item of 148 bytes cut short",
    "rtcp_sdes_source_truncated": "10 bytes behind the packet",
    "rtcp_sr_invalid": "sender report cut short",
}
"""Why each malformed sample is refused."""


def outcome_of(read, data):
    """What was read, or the one error that may come instead."""
    try:
        return read(data)
    except MalformedPacket as error:
        return error


@given(packets)
def test_parse_gives_back_what_build_was_given(packet):
    """No field of any packet is lost or changed on the wire."""
    assert parse(build(packet)) == packet


@given(compounds)
def test_compound_packets_come_back_in_order(together):
    """Packets in one datagram do not disturb each other."""
    assert parse_compound(build_compound(together)) == together


@given(st.binary(max_size=80) | headed_bytes)
def test_any_bytes_give_a_packet_or_one_error(data):
    """A stranger's bytes never raise anything but MalformedPacket, at a place inside them."""
    outcome = outcome_of(parse, data)
    if isinstance(outcome, MalformedPacket):
        assert 0 <= outcome.offset <= len(data)
    else:
        assert parse(build(outcome)) == outcome


@given(st.lists(headed_bytes, max_size=3).map(b"".join) | headed_bytes.map(RECEIVER_REPORT.__add__))
def test_any_datagram_gives_packets_or_one_error(data):
    """The same holds for packets in a row."""
    outcome = outcome_of(parse_compound, data)
    if isinstance(outcome, MalformedPacket):
        assert 0 <= outcome.offset <= len(data)
    else:
        assert parse_compound(build_compound(outcome)) == outcome


@given(packets, st.integers(1, 63))
def test_padding_changes_nothing(packet, padding_words):
    """A padded packet says what it says without padding."""
    data = build(packet)
    size = 4 * padding_words
    length = (len(data) + size) // 4 - 1
    padded = (
        bytes([data[0] | 0x20, data[1]]) + length.to_bytes(2) + data[4:] + bytes(size - 1) + bytes([size])
    )
    assert parse(padded) == packet


@pytest.mark.parametrize(
    ("data", "offset", "reason"),
    [
        ("", 0, "header cut short"),
        ("80c900", 3, "header cut short"),
        ("40c9000111223344", 0, "version 1 is not 2"),
        ("80c9000211223344", 8, "packet of 3 words cut short"),
        ("80c900011122334455", 8, "1 bytes behind the packet"),
        ("a0cc0000", 4, "padding announced but absent"),
        ("a0cc000100000000", 7, "padding of 0 bytes in 4"),
        ("a0cc000100000003", 7, "padding of 3 bytes in 4"),
        ("a0cc000100000008", 7, "padding of 8 bytes in 4"),
    ],
)
def test_malformed_frame_says_where_and_why(data, offset, reason):
    """Each way to be malformed has its own reason and the byte at which it shows."""
    error = outcome_of(parse, bytes.fromhex(data))
    assert (error.offset, error.reason) == (offset, reason)


@pytest.mark.parametrize(
    ("data", "offset", "reason"),
    [
        (b"", 0, "header cut short"),
        (GOODBYE, 1, "first packet has type 203, not 200 or 201"),
        (
            bytes.fromhex("a0c900021122334400000004"),
            0,
            "padding in the first packet or before the last",
        ),
        (
            RECEIVER_REPORT + bytes.fromhex("a0cb000100000004") + GOODBYE,
            8,
            "padding in the first packet or before the last",
        ),
        (RECEIVER_REPORT + b"\x40" + GOODBYE[1:], 8, "version 1 is not 2"),
        (RECEIVER_REPORT + GOODBYE[:-1], 15, "packet of 2 words cut short"),
        (RECEIVER_REPORT + GOODBYE + b"\x80", 17, "header cut short"),
        (RECEIVER_REPORT + b"\x82" + GOODBYE[1:], 16, "list of 2 sources cut short"),
    ],
)
def test_invalid_compound_packets_are_refused(data, offset, reason):
    """The checks of RFC 3550 appendix A.2 hold, and places count from the start of the datagram."""
    error = outcome_of(parse_compound, data)
    assert (error.offset, error.reason) == (offset, reason)


def test_last_packet_of_several_may_be_padded():
    """Padding behind the last packet is where RFC 3550 wants it."""
    read = parse_compound(RECEIVER_REPORT + bytes.fromhex("a1cb00021122334400000004"))
    assert read == (ReceiverReport(ssrc=0x11223344), Goodbye(ssrcs=(0x11223344,)))


@pytest.mark.parametrize(
    ("packet", "message"),
    [
        (Goodbye(ssrcs=(0,) * 32), "count 32 does not fit 5 bits"),
        (UnreadPacket(packet_type=256), "packet_type 256 does not fit 8 bits"),
        (UnreadPacket(packet_type=204, count=-1), "count -1 does not fit 5 bits"),
        (UnreadPacket(packet_type=204, body=bytes(4 << 16)), "length in words 65536 does not fit 16 bits"),
        (UnreadPacket(packet_type=204, body=b"123"), "body of 3 bytes is not whole 32-bit words"),
        (UnreadPacket(packet_type=206, body=b"1234"), "feedback of 4 bytes has no room for its sources"),
        (UnreadPacket(packet_type=200), "packet_type 200 has a struct of its own"),
    ],
)
def test_build_refuses_what_parse_would_not_give_back(packet, message):
    """A value without room in the header, or another meaning on the wire, is refused and not cut."""
    with pytest.raises(ValueError, match=message):
        build(packet)


@pytest.mark.parametrize("together", [(), (Goodbye(),)])
def test_compound_starts_with_a_report(together):
    """What a receiver would drop is not built."""
    with pytest.raises(ValueError, match="starts with a sender or receiver report"):
        build_compound(together)


@pytest.mark.skipif(
    not list(SAMPLES.glob("rtcp_*.bin")),
    reason="SONDE_TEST_RTP_SAMPLES names no folder with rtcp_*.bin files",
)
def test_packets_of_other_programs_are_read_or_refused():
    """Sound packets made by other programs come out as they went in; each malformed one has its reason."""
    for path in SAMPLES.glob("rtcp_*.bin"):
        data = path.read_bytes()
        outcome = outcome_of(parse, data)
        if isinstance(outcome, MalformedPacket):
            assert outcome.reason == CUT_SHORT[path.stem]
        elif data[0] & 0x20:
            assert outcome == Goodbye()
        else:
            assert path.stem not in CUT_SHORT
            assert build(outcome) == data
