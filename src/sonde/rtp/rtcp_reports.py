"""RTCP sender and receiver reports (RFC 3550 section 6.4)."""

from struct import Struct
from typing import Final

import msgspec

from sonde.rtp.wire import Reader, require_fit, require_signed_fit, require_words

_SENDER: Final = Struct("!IQIII")
_BLOCK: Final = Struct("!IIIIII")
_LOST_BITS: Final = 24


class ReportBlock(msgspec.Struct, frozen=True, kw_only=True):
    """What one receiver says of one stream.

    Attributes:
        ssrc: 32 bits that name the stream.
        fraction_lost: of the packets since the last report, in 256ths; 0 to 255.
        packets_lost: expected minus received since the beginning, which duplicates lower, even below zero;
            24 bits with sign.
        highest_sequence: cycles times 65536 plus the highest sequence number received; 32 bits.
        jitter: interarrival jitter in ticks of the codec's RTP clock; 32 bits.
        last_report: middle 32 bits of the last sender report's `ntp_time`, in 1/65536 s; 0 when none came.
        delay_since_last_report: from that report's arrival to this one's sending, in 1/65536 s; 32 bits.
    """

    ssrc: int
    fraction_lost: int
    packets_lost: int
    highest_sequence: int
    jitter: int
    last_report: int
    delay_since_last_report: int


class SenderReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a sender did, and what it heard of others.

    Attributes:
        ssrc: of the sender.
        ntp_time: when the report was sent, in 1/2**32 s since 1900; 64 bits.
        rtp_timestamp: the same moment in ticks of the codec's RTP clock; 32 bits.
        packets_sent: RTP packets since the beginning; 32 bits.
        octets_sent: payload bytes since the beginning; 32 bits.
        reports: up to 31.
        extension: profile-specific, a whole number of 32-bit words.
    """

    ssrc: int
    ntp_time: int
    rtp_timestamp: int
    packets_sent: int
    octets_sent: int
    reports: tuple[ReportBlock, ...] = ()
    extension: bytes = b""


class ReceiverReport(msgspec.Struct, frozen=True, kw_only=True):
    """What someone who sends nothing heard of others.

    Attributes:
        ssrc: of the reporter.
        reports: up to 31.
        extension: profile-specific, a whole number of 32-bit words.
    """

    ssrc: int
    reports: tuple[ReportBlock, ...] = ()
    extension: bytes = b""


def read_sender_report(reader: Reader, count: int) -> SenderReport:
    """Read the body of a sender report with `count` blocks.

    Raises:
        MalformedPacket: it is too short for them.
    """
    ssrc, ntp_time, rtp_timestamp, packets_sent, octets_sent = reader.unpack(_SENDER, "sender report")
    return SenderReport(
        ssrc=ssrc,
        ntp_time=ntp_time,
        rtp_timestamp=rtp_timestamp,
        packets_sent=packets_sent,
        octets_sent=octets_sent,
        reports=_read_blocks(reader, count),
        extension=reader.take(reader.remaining, "extension"),
    )


def read_receiver_report(reader: Reader, count: int) -> ReceiverReport:
    """Read the body of a receiver report with `count` blocks.

    Raises:
        MalformedPacket: it is too short for them.
    """
    return ReceiverReport(
        ssrc=reader.take_uint32("receiver report"),
        reports=_read_blocks(reader, count),
        extension=reader.take(reader.remaining, "extension"),
    )


def _read_blocks(reader: Reader, count: int) -> tuple[ReportBlock, ...]:
    """The report blocks, one after the other."""
    return tuple(_read_block(reader) for _ in range(count))


def _read_block(reader: Reader) -> ReportBlock:
    """One report block; fraction and number of lost packets share a word."""
    ssrc, lost, highest_sequence, jitter, last_report, delay = reader.unpack(_BLOCK, "report block")
    cumulative = lost & (1 << _LOST_BITS) - 1
    return ReportBlock(
        ssrc=ssrc,
        fraction_lost=lost >> _LOST_BITS,
        packets_lost=cumulative - (cumulative >> _LOST_BITS - 1 << _LOST_BITS),
        highest_sequence=highest_sequence,
        jitter=jitter,
        last_report=last_report,
        delay_since_last_report=delay,
    )


def build_sender_report(report: SenderReport) -> bytes:
    """The body of a sender report.

    Raises:
        ValueError: a field does not fit its place; the message names it.
    """
    require_fit(
        [
            ("ssrc", report.ssrc, 32),
            ("ntp_time", report.ntp_time, 64),
            ("rtp_timestamp", report.rtp_timestamp, 32),
            ("packets_sent", report.packets_sent, 32),
            ("octets_sent", report.octets_sent, 32),
        ]
    )
    require_words("extension", report.extension)
    sender = _SENDER.pack(
        report.ssrc, report.ntp_time, report.rtp_timestamp, report.packets_sent, report.octets_sent
    )
    return sender + b"".join(map(_build_block, report.reports)) + report.extension


def build_receiver_report(report: ReceiverReport) -> bytes:
    """The body of a receiver report.

    Raises:
        ValueError: a field does not fit its place; the message names it.
    """
    require_fit([("ssrc", report.ssrc, 32)])
    require_words("extension", report.extension)
    return report.ssrc.to_bytes(4) + b"".join(map(_build_block, report.reports)) + report.extension


def _build_block(block: ReportBlock) -> bytes:
    """One report block."""
    require_fit(
        [
            ("ssrc", block.ssrc, 32),
            ("fraction_lost", block.fraction_lost, 8),
            ("highest_sequence", block.highest_sequence, 32),
            ("jitter", block.jitter, 32),
            ("last_report", block.last_report, 32),
            ("delay_since_last_report", block.delay_since_last_report, 32),
        ]
    )
    require_signed_fit([("packets_lost", block.packets_lost, _LOST_BITS)])
    return _BLOCK.pack(
        block.ssrc,
        block.fraction_lost << _LOST_BITS | block.packets_lost % (1 << _LOST_BITS),
        block.highest_sequence,
        block.jitter,
        block.last_report,
        block.delay_since_last_report,
    )
