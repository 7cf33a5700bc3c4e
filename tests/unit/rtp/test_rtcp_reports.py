"""RTCP sender and receiver reports."""

import pytest

from sonde.rtp.rtcp import build, parse
from sonde.rtp.rtcp_reports import ReceiverReport, ReportBlock, SenderReport
from sonde.rtp.wire import MalformedPacket

BLOCK = ReportBlock(
    ssrc=0x0A0B0C0D,
    fraction_lost=64,
    packets_lost=-2,
    highest_sequence=0x0001FFFF,
    jitter=160,
    last_report=0x46475B15,
    delay_since_last_report=0x00018000,
)
BLOCK_BYTES = "0a0b0c0d 40fffffe 0001ffff 000000a0 46475b15 00018000"


def test_sender_report_is_laid_out_as_in_rfc_3550():
    """Every field sits at its bits; checked against bytes put together by hand."""
    report = SenderReport(
        ssrc=0x01020304,
        ntp_time=0xDE46475B_151A005C,
        rtp_timestamp=0x05060708,
        packets_sent=269,
        octets_sent=13557,
        reports=(BLOCK,),
        extension=b"more",
    )
    data = bytes.fromhex(
        f"81c8000d 01020304 de46475b151a005c 05060708 0000010d 000034f5 {BLOCK_BYTES} 6d6f7265"
    )
    assert build(report) == data
    assert parse(data) == report


def test_receiver_report_is_laid_out_as_in_rfc_3550():
    """The blocks follow the reporter's SSRC."""
    data = bytes.fromhex(f"82c9000d 01020304 {BLOCK_BYTES} {BLOCK_BYTES}")
    assert parse(data) == ReceiverReport(ssrc=0x01020304, reports=(BLOCK, BLOCK))


@pytest.mark.parametrize(
    ("data", "offset", "reason"),
    [
        ("80c80000", 4, "sender report cut short"),
        ("80c90000", 4, "receiver report cut short"),
        (f"82c90007 01020304 {BLOCK_BYTES}", 32, "report block cut short"),
    ],
)
def test_short_report_says_where_and_why(data, offset, reason):
    """A report without all it announces is refused."""
    with pytest.raises(MalformedPacket) as caught:
        parse(bytes.fromhex(data))
    assert (caught.value.offset, caught.value.reason) == (offset, reason)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fraction_lost": 256}, "fraction_lost 256 does not fit 8 bits"),
        ({"packets_lost": 1 << 23}, "packets_lost 8388608 does not fit 24 bits with sign"),
        ({"packets_lost": -(1 << 23) - 1}, "packets_lost -8388609 does not fit 24 bits with sign"),
        ({"jitter": 1 << 32}, "jitter 4294967296 does not fit 32 bits"),
    ],
)
def test_build_names_the_field_that_does_not_fit(changes, message):
    """A value without room in a block is refused, not cut."""
    fields = {name: getattr(BLOCK, name) for name in BLOCK.__struct_fields__} | changes
    with pytest.raises(ValueError, match=message):
        build(ReceiverReport(ssrc=0, reports=(ReportBlock(**fields),)))


def test_extension_fills_whole_words():
    """A profile's extension must leave the packet countable in words."""
    with pytest.raises(ValueError, match="extension of 3 bytes is not whole 32-bit words"):
        build(ReceiverReport(ssrc=0, extension=b"123"))
