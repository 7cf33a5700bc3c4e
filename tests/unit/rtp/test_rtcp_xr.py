"""RTCP extended reports."""

import pytest

from sonde.rtp.rtcp import build, parse
from sonde.rtp.rtcp_xr import UNAVAILABLE, ExtendedReport, UnknownBlock, VoipMetrics
from sonde.rtp.wire import MalformedPacket

METRICS = VoipMetrics(
    ssrc=0x0A0B0C0D,
    loss_rate=13,
    discard_rate=2,
    burst_density=171,
    gap_density=4,
    burst_duration=180,
    gap_duration=1213,
    round_trip_delay=90,
    end_system_delay=65,
    signal_level=-20,
    noise_level=-70,
    echo_return_loss=55,
    gmin=16,
    r_factor=82,
    external_r_factor=UNAVAILABLE,
    mos_lq=41,
    mos_cq=40,
    loss_concealment=3,
    buffer_adaptive=2,
    buffer_rate=5,
    buffer_nominal=40,
    buffer_maximum=60,
    buffer_absolute_maximum=200,
)
METRICS_BYTES = "07000008 0a0b0c0d 0d02ab04 00b404bd 005a0041 ecba3710 527f2928 e5000028 003c00c8"


def test_voip_metrics_are_laid_out_as_in_rfc_3611():
    """Every field sits at its bits; checked against bytes put together by hand."""
    report = ExtendedReport(ssrc=0x01020304, blocks=(METRICS,))
    data = bytes.fromhex(f"80cf000a 01020304 {METRICS_BYTES}")
    assert build(report) == data
    assert parse(data) == report


def test_unknown_blocks_are_kept_beside_known_ones():
    """A block of another type comes back as it was, wherever it stands."""
    data = bytes.fromhex(f"80cf000f 01020304 04000002 1122334455667788 {METRICS_BYTES} fe090001 99aabbcc")
    report = parse(data)
    assert report.blocks == (
        UnknownBlock(block_type=4, data=bytes.fromhex("1122334455667788")),
        METRICS,
        UnknownBlock(block_type=254, type_specific=9, data=bytes.fromhex("99aabbcc")),
    )
    assert build(report) == data


def test_reserved_bits_are_ignored():
    """Bits that a later standard may use do not hide the metrics."""
    noisy = METRICS_BYTES.replace("07000008", "07ff0008").replace("e5000028", "e5ff0028")
    assert parse(bytes.fromhex(f"9fcf000a 01020304 {noisy}")).blocks == (METRICS,)


@pytest.mark.parametrize(
    ("data", "offset", "reason"),
    [
        ("80cf0000", 4, "extended report cut short"),
        ("80cf0002 01020304 04000001", 12, "block of 1 words cut short"),
        ("80cf0003 01020304 07000001 00000000", 8, "VoIP metrics block of 1 words is not of 8"),
        ("80cf0002 01020304 07000008", 12, "VoIP metrics block cut short"),
    ],
)
def test_malformed_block_says_where_and_why(data, offset, reason):
    """Each way to be malformed has its own reason and the byte at which it shows."""
    with pytest.raises(MalformedPacket) as caught:
        parse(bytes.fromhex(data))
    assert (caught.value.offset, caught.value.reason) == (offset, reason)


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (VoipMetrics(ssrc=0, loss_rate=256), "loss_rate 256 does not fit 8 bits"),
        (VoipMetrics(ssrc=0, gap_duration=65536), "gap_duration 65536 does not fit 16 bits"),
        (VoipMetrics(ssrc=0, signal_level=-129), "signal_level -129 does not fit 8 bits with sign"),
        (VoipMetrics(ssrc=0, buffer_adaptive=4), "buffer_adaptive 4 does not fit 2 bits"),
        (VoipMetrics(ssrc=0, buffer_rate=16), "buffer_rate 16 does not fit 4 bits"),
        (UnknownBlock(block_type=256), "block_type 256 does not fit 8 bits"),
        (UnknownBlock(block_type=7), "block_type 7 is that of VoipMetrics"),
        (UnknownBlock(block_type=1, data=b"12345"), "block data of 5 bytes is not whole 32-bit words"),
    ],
)
def test_build_names_the_field_that_does_not_fit(block, message):
    """A value without room in a block is refused, not cut."""
    with pytest.raises(ValueError, match=message):
        build(ExtendedReport(ssrc=0, blocks=(block,)))
