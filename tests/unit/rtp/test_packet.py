"""RTP packets to and from bytes."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.rtp.packet import HeaderExtension, RtpPacket, build, parse
from sonde.rtp.wire import MalformedPacket

uint16 = st.integers(0, 0xFFFF)
uint32 = st.integers(0, 0xFFFF_FFFF)
words = st.lists(st.binary(min_size=4, max_size=4), max_size=8).map(b"".join)
packets = st.builds(
    RtpPacket,
    payload_type=st.integers(0, 127),
    sequence_number=uint16,
    timestamp=uint32,
    ssrc=uint32,
    payload=st.binary(max_size=40),
    marker=st.booleans(),
    csrcs=st.lists(uint32, max_size=15).map(tuple),
    extension=st.none() | st.builds(HeaderExtension, profile=uint16, data=words),
    padding=st.integers(0, 255),
)

HEADER = bytes.fromhex("80000001000000a011223344")
SAMPLES = Path(os.environ.get("SONDE_TEST_RTP_SAMPLES", ""))


def parse_or_error(data):
    """The packet, or the one error that may come instead."""
    try:
        return parse(data)
    except MalformedPacket as error:
        return error


@given(packets)
def test_parse_gives_back_what_build_was_given(packet):
    """No field of any packet is lost or changed on the wire."""
    assert parse(build(packet)) == packet


@given(st.binary(max_size=80) | st.binary(max_size=80).map(lambda rest: b"\xbf" + rest))
def test_any_bytes_give_a_packet_or_one_error(data):
    """A stranger's bytes never raise anything but MalformedPacket, at a place inside them."""
    outcome = parse_or_error(data)
    if isinstance(outcome, MalformedPacket):
        assert 0 <= outcome.offset <= len(data)
    else:
        assert len(build(outcome)) == len(data)


def test_header_is_laid_out_as_in_rfc_3550():
    """Every field sits at its bits; checked against bytes put together by hand."""
    packet = RtpPacket(
        payload_type=8,
        sequence_number=0x0102,
        timestamp=0x03040506,
        ssrc=0x0708090A,
        payload=b"voice",
        marker=True,
        csrcs=(0x0B0C0D0E,),
        extension=HeaderExtension(profile=0xBEDE, data=b"\x10\xff\x00\x00"),
        padding=3,
    )
    assert build(packet).hex(" ", 4) == bytes.fromhex(
        "b1880102 03040506 0708090a 0b0c0d0e bede0001 10ff0000 766f696365 000003"
    ).hex(" ", 4)


@pytest.mark.parametrize(
    ("data", "offset", "reason"),
    [
        (b"", 0, "header cut short"),
        (HEADER[:11], 11, "header cut short"),
        (b"\x40" + HEADER[1:], 0, "version 1 is not 2"),
        (b"\x82" + HEADER[1:] + b"1234567", 19, "list of 2 contributing sources cut short"),
        (b"\x90" + HEADER[1:] + b"\xbe\xde\x00", 15, "header extension cut short"),
        (
            b"\x90" + HEADER[1:] + b"\xbe\xde\x00\x02" + b"1234567",
            23,
            "header extension of 2 words cut short",
        ),
        (b"\xa0" + HEADER[1:], 12, "padding announced but absent"),
        (b"\xa0" + HEADER[1:] + b"\x00", 12, "padding of 0 bytes in 1"),
        (b"\xa0" + HEADER[1:] + b"x\x03", 13, "padding of 3 bytes in 2"),
    ],
)
def test_malformed_packet_says_where_and_why(data, offset, reason):
    """Each way to be malformed has its own reason and the byte at which it shows."""
    with pytest.raises(MalformedPacket) as caught:
        parse(data)
    assert (caught.value.offset, caught.value.reason) == (offset, reason)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"payload_type": 128}, "payload_type 128 does not fit 7 bits"),
        ({"sequence_number": 65536}, "sequence_number 65536 does not fit 16 bits"),
        ({"timestamp": -1}, "timestamp -1 does not fit 32 bits"),
        ({"ssrc": 1 << 32}, "ssrc 4294967296 does not fit 32 bits"),
        ({"csrcs": (0,) * 16}, "number of csrcs 16 does not fit 4 bits"),
        ({"csrcs": (-1,)}, "csrc -1 does not fit 32 bits"),
        ({"padding": 256}, "padding 256 does not fit 8 bits"),
        ({"extension": HeaderExtension(profile=65536, data=b"")}, "extension profile 65536"),
        ({"extension": HeaderExtension(profile=0, data=b"123")}, "3 bytes is not whole 32-bit words"),
    ],
)
def test_build_names_the_field_that_does_not_fit(changes, message):
    """A value without room in the header is refused, not cut."""
    fields = {"payload_type": 0, "sequence_number": 0, "timestamp": 0, "ssrc": 0} | changes
    with pytest.raises(ValueError, match=message):
        build(RtpPacket(**fields))


def test_captured_packets_are_read_and_rebuilt(scenario):
    """Every packet of the captures has the vector's sequence number and timestamp and survives rebuilding."""
    datagrams = scenario.capture.datagrams
    read = [parse(datagram) for datagram in datagrams]
    assert [packet.sequence_number for packet in read] == scenario.sequence_numbers
    assert [packet.timestamp for packet in read] == scenario.timestamps
    assert {packet.ssrc for packet in read} == {int(scenario.expected["ssrc"], 16)}
    assert [build(packet) for packet in read] == datagrams


@pytest.mark.skipif(
    not list(SAMPLES.glob("rtp_*.bin")), reason="SONDE_TEST_RTP_SAMPLES names no folder with rtp_*.bin files"
)
def test_packets_of_other_programs_are_read_and_rebuilt():
    """Unusual packets made by other programs keep everything but the content of their padding."""
    for path in SAMPLES.glob("rtp_*.bin"):
        data = path.read_bytes()
        packet = parse(data)
        kept = len(data) - packet.padding
        assert build(packet)[:kept] == data[:kept]
