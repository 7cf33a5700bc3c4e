"""RTCP extended reports (RFC 3611): the VoIP metrics block, and any other block as bytes.

A VoIP metrics block, whose body is always eight words:

 0                   1                   2                   3
 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|     BT=7      |   reserved    |       length in words = 8     |
|                             SSRC                              |
|   loss rate   | discard rate  | burst density |  gap density  |
|        burst duration         |         gap duration          |
|       round trip delay        |       end system delay        |
| signal level  |  noise level  |     RERL      |     Gmin      |
|   R factor    | ext. R factor |    MOS-LQ     |    MOS-CQ     |
|PLC|JBA|JB rate|   reserved    |          JB nominal           |
|          JB maximum           |          JB abs max           |
"""

from struct import Struct
from typing import Final, TypeAlias

import msgspec

from sonde.rtp.wire import WORD, MalformedPacket, Reader, require_fit, require_signed_fit, require_words

UNAVAILABLE: Final = 127
"""Says "not known" in levels, echo return loss, R factors and MOS (RFC 3611 section 4.7)."""

VOIP_METRICS: Final = 7
"""Block type of `VoipMetrics`."""

_BLOCK_HEADER: Final = Struct("!BBH")
_METRICS: Final = Struct("!I4B4H2b2B4BBxHHH")


class VoipMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """How one incoming call sounds where it arrives (RFC 3611 section 4.7), in the units of the wire.

    Levels, `echo_return_loss`, R factors and MOS are `UNAVAILABLE` when not known.

    Attributes:
        ssrc: 32 bits that name the stream.
        loss_rate: lost of expected packets since the beginning, in 256ths; 0 to 255.
        discard_rate: discarded for coming too early or too late, of expected packets, in 256ths; 0 to 255.
        burst_density: lost or discarded of the packets in bursts, in 256ths; 0 to 255.
        gap_density: lost or discarded of the packets in gaps, in 256ths; 0 to 255.
        burst_duration: mean in milliseconds, 0 without a burst; 16 bits.
        gap_duration: mean in milliseconds; 16 bits.
        round_trip_delay: between the two RTP interfaces in milliseconds; 16 bits.
        end_system_delay: added by the reporter's end in milliseconds; 16 bits.
        signal_level: of speech in dBm0; 8 bits with sign.
        noise_level: of silence in dBm0; 8 bits with sign.
        echo_return_loss: residual (RERL) in dB; 8 bits.
        gmin: received packets in a row that end a burst; 1 to 255, of which 16 is recommended.
        r_factor: 0 to 100 for the RTP part of the call.
        external_r_factor: 0 to 100 for what lies behind the reporter, such as a mobile network.
        mos_lq: listening quality times ten, 10 to 50.
        mos_cq: conversational quality times ten, 10 to 50.
        loss_concealment: 3 standard, 2 enhanced, 1 disabled, 0 unspecified.
        buffer_adaptive: 3 adaptive, 2 not adaptive, 1 reserved, 0 unknown.
        buffer_rate: how fast the de-jitter buffer adapts; 0 to 15, implementation specific.
        buffer_nominal: delay of the de-jitter buffer for a packet on time, in milliseconds; 16 bits.
        buffer_maximum: its delay for the latest packet it would now play, in milliseconds; 16 bits.
        buffer_absolute_maximum: the greatest that `buffer_maximum` can become, in milliseconds; 16 bits.
    """

    ssrc: int
    loss_rate: int = 0
    discard_rate: int = 0
    burst_density: int = 0
    gap_density: int = 0
    burst_duration: int = 0
    gap_duration: int = 0
    round_trip_delay: int = 0
    end_system_delay: int = 0
    signal_level: int = UNAVAILABLE
    noise_level: int = UNAVAILABLE
    echo_return_loss: int = UNAVAILABLE
    gmin: int = 16
    r_factor: int = UNAVAILABLE
    external_r_factor: int = UNAVAILABLE
    mos_lq: int = UNAVAILABLE
    mos_cq: int = UNAVAILABLE
    loss_concealment: int = 0
    buffer_adaptive: int = 0
    buffer_rate: int = 0
    buffer_nominal: int = 0
    buffer_maximum: int = 0
    buffer_absolute_maximum: int = 0


class UnknownBlock(msgspec.Struct, frozen=True, kw_only=True):
    """A block of a type that is not read here.

    Attributes:
        block_type: 0 to 255, not `VOIP_METRICS`.
        type_specific: 8 bits.
        data: a whole number of 32-bit words.
    """

    block_type: int
    type_specific: int = 0
    data: bytes = b""


XrBlock: TypeAlias = VoipMetrics | UnknownBlock


class ExtendedReport(msgspec.Struct, frozen=True, kw_only=True):
    """Blocks of metrics beyond those of RFC 3550.

    Attributes:
        ssrc: of the reporter.
        blocks: in the order sent.
    """

    ssrc: int
    blocks: tuple[XrBlock, ...] = ()


def read_extended_report(reader: Reader) -> ExtendedReport:
    """Read the body of an extended report.

    Raises:
        MalformedPacket: a block is cut short, or a VoIP metrics block has the wrong length.
    """
    ssrc = reader.take_uint32("extended report")
    blocks = []
    while reader.remaining:
        blocks.append(_read_block(reader))
    return ExtendedReport(ssrc=ssrc, blocks=tuple(blocks))


def _read_block(reader: Reader) -> XrBlock:
    """One block of any type."""
    start = reader.offset
    block_type, type_specific, words = reader.unpack(_BLOCK_HEADER, "block header")
    size = words * WORD
    if block_type != VOIP_METRICS:
        data = reader.take(size, f"block of {words} words")
        return UnknownBlock(block_type=block_type, type_specific=type_specific, data=data)
    if size != _METRICS.size:
        raise MalformedPacket(f"VoIP metrics block of {words} words is not of 8", offset=start)
    return _read_voip_metrics(reader)


def _read_voip_metrics(reader: Reader) -> VoipMetrics:
    """The eight words of a VoIP metrics block."""
    *before, receiver, nominal, maximum, absolute_maximum = reader.unpack(_METRICS, "VoIP metrics block")
    return VoipMetrics(
        **dict(zip(_FIELDS_BEFORE_RECEIVER, before, strict=True)),
        loss_concealment=receiver >> 6,
        buffer_adaptive=receiver >> 4 & 0b11,
        buffer_rate=receiver & 0b1111,
        buffer_nominal=nominal,
        buffer_maximum=maximum,
        buffer_absolute_maximum=absolute_maximum,
    )


_FIELDS_BEFORE_RECEIVER: Final = VoipMetrics.__struct_fields__[:17]
"""Up to `mos_cq` the fields stand in the order of the wire."""

_BITS: Final = {
    "ssrc": 32,
    **dict.fromkeys(["loss_rate", "discard_rate", "burst_density", "gap_density"], 8),
    **dict.fromkeys(["burst_duration", "gap_duration", "round_trip_delay", "end_system_delay"], 16),
    **dict.fromkeys(["echo_return_loss", "gmin", "r_factor", "external_r_factor", "mos_lq", "mos_cq"], 8),
    **dict.fromkeys(["loss_concealment", "buffer_adaptive"], 2),
    "buffer_rate": 4,
    **dict.fromkeys(["buffer_nominal", "buffer_maximum", "buffer_absolute_maximum"], 16),
}


def build_extended_report(report: ExtendedReport) -> bytes:
    """The body of an extended report.

    Raises:
        ValueError: a field does not fit its place; the message names it.
    """
    require_fit([("ssrc", report.ssrc, 32)])
    return report.ssrc.to_bytes(WORD) + b"".join(map(_build_block, report.blocks))


def _build_block(block: XrBlock) -> bytes:
    """One block of any type."""
    if isinstance(block, VoipMetrics):
        return _BLOCK_HEADER.pack(VOIP_METRICS, 0, _METRICS.size // WORD) + _build_voip_metrics(block)
    words = len(block.data) // WORD
    require_fit(
        [
            ("block_type", block.block_type, 8),
            ("type_specific", block.type_specific, 8),
            ("block length in words", words, 16),
        ]
    )
    require_words("block data", block.data)
    if block.block_type == VOIP_METRICS:
        raise ValueError(f"block_type {VOIP_METRICS} is that of VoipMetrics")
    return _BLOCK_HEADER.pack(block.block_type, block.type_specific, words) + block.data


def _build_voip_metrics(metrics: VoipMetrics) -> bytes:
    """The eight words of a VoIP metrics block."""
    require_fit((name, getattr(metrics, name), bits) for name, bits in _BITS.items())
    require_signed_fit((name, getattr(metrics, name), 8) for name in ("signal_level", "noise_level"))
    return _METRICS.pack(
        *(getattr(metrics, name) for name in _FIELDS_BEFORE_RECEIVER),
        metrics.loss_concealment << 6 | metrics.buffer_adaptive << 4 | metrics.buffer_rate,
        metrics.buffer_nominal,
        metrics.buffer_maximum,
        metrics.buffer_absolute_maximum,
    )
