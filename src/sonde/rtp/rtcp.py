"""RTCP packets, single and compound, to and from bytes (RFC 3550 section 6 and appendix A.2).

 0                   1                   2                   3
 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|V=2|P|  count  |  packet type  |   length in words, minus one  |
|                body, by packet type ...                       |
|               padding ...                 | count of padding  |  when P
"""

from collections.abc import Iterator, Sequence
from enum import IntEnum
from struct import Struct
from typing import Final, TypeAlias

import msgspec

from sonde.rtp.packet import VERSION
from sonde.rtp.rtcp_reports import (
    ReceiverReport,
    SenderReport,
    build_receiver_report,
    build_sender_report,
    read_receiver_report,
    read_sender_report,
)
from sonde.rtp.rtcp_sources import (
    Goodbye,
    SourceDescription,
    build_goodbye,
    build_source_description,
    read_goodbye,
    read_source_description,
)
from sonde.rtp.rtcp_xr import ExtendedReport, build_extended_report, read_extended_report
from sonde.rtp.wire import WORD, MalformedPacket, Reader, require_fit, require_words

_HEADER: Final = Struct("!BBH")
_FEEDBACK_SOURCES: Final = 2 * WORD


class PacketType(IntEnum):
    """Packet types whose meaning is known here."""

    SENDER_REPORT = 200
    RECEIVER_REPORT = 201
    SOURCE_DESCRIPTION = 202
    GOODBYE = 203
    TRANSPORT_FEEDBACK = 205
    PAYLOAD_FEEDBACK = 206
    EXTENDED_REPORT = 207


_FIRST_TYPES: Final = (PacketType.SENDER_REPORT, PacketType.RECEIVER_REPORT)
_FEEDBACK_TYPES: Final = (PacketType.TRANSPORT_FEEDBACK, PacketType.PAYLOAD_FEEDBACK)


class UnreadPacket(msgspec.Struct, frozen=True, kw_only=True):
    """A packet that is checked and kept but not read: feedback (RFC 4585), APP, types of the future.

    Attributes:
        packet_type: 0 to 255, none of those that have a struct of their own.
        count: 5 bits, the format of feedback and the subtype of APP.
        body: a whole number of 32-bit words without padding; of feedback at least the two sources.
    """

    packet_type: int
    count: int = 0
    body: bytes = b""


RtcpPacket: TypeAlias = (
    SenderReport | ReceiverReport | SourceDescription | Goodbye | ExtendedReport | UnreadPacket
)


class _Frame(msgspec.Struct, frozen=True, kw_only=True):
    """Where one packet lies in a datagram: its body is [start, end), and padding may follow up to `next`."""

    packet_type: int
    count: int
    padded: bool
    start: int
    end: int
    next: int


def parse(data: bytes) -> RtcpPacket:
    """Read one packet that fills `data`, of any type (RFC 5506). Padding is checked and not kept.

    Raises:
        MalformedPacket: not version 2, or its length or body is wrong.
    """
    frame = _parse_frame(data, 0)
    if frame.next != len(data):
        raise MalformedPacket(f"{len(data) - frame.next} bytes behind the packet", offset=frame.next)
    return _parse_body(data, frame)


def parse_compound(data: bytes) -> tuple[RtcpPacket, ...]:
    """Read the packets that together fill a datagram, with the checks of RFC 3550 appendix A.2.

    Raises:
        MalformedPacket: the first packet is no sender or receiver report or is padded, one before the last
            is padded, or any of them is malformed; the whole datagram is refused.
    """
    frames = list(_parse_frames(data))
    if frames[0].packet_type not in _FIRST_TYPES:
        raise MalformedPacket(f"first packet has type {frames[0].packet_type}, not 200 or 201", offset=1)
    # A lone report may not be padded either: appendix A.2 looks at the first packet whatever follows.
    for frame in frames[: max(1, len(frames) - 1)]:
        if frame.padded:
            raise MalformedPacket(
                "padding in the first packet or before the last", offset=frame.start - _HEADER.size
            )
    return tuple(_parse_body(data, frame) for frame in frames)


def _parse_frames(data: bytes) -> Iterator[_Frame]:
    """The packets of a datagram, at least one."""
    frame = _parse_frame(data, 0)
    yield frame
    while frame.next < len(data):
        frame = _parse_frame(data, frame.next)
        yield frame


def _parse_frame(data: bytes, offset: int) -> _Frame:
    """Header, length and padding of the packet at `offset`."""
    reader = Reader(data, start=offset, end=len(data))
    first, packet_type, words = reader.unpack(_HEADER, "header")
    if first >> 6 != VERSION:
        raise MalformedPacket(f"version {first >> 6} is not {VERSION}", offset=offset)
    start = reader.offset
    reader.take(words * WORD, f"packet of {words + 1} words")
    padded = bool(first & 0x20)
    return _Frame(
        packet_type=packet_type,
        count=first & 0x1F,
        padded=padded,
        start=start,
        end=reader.offset - (_parse_padding(data, start, reader.offset) if padded else 0),
        next=reader.offset,
    )


def _parse_padding(data: bytes, start: int, end: int) -> int:
    """How many bytes before `end` are padding, given where the body starts."""
    if start == end:
        raise MalformedPacket("padding announced but absent", offset=end)
    padding = data[end - 1]
    if not WORD <= padding <= end - start or padding % WORD:
        raise MalformedPacket(f"padding of {padding} bytes in {end - start}", offset=end - 1)
    return padding


def _parse_body(data: bytes, frame: _Frame) -> RtcpPacket:
    """What the packet says."""
    reader = Reader(data, start=frame.start, end=frame.end)
    match frame.packet_type:
        case PacketType.SENDER_REPORT:
            return read_sender_report(reader, frame.count)
        case PacketType.RECEIVER_REPORT:
            return read_receiver_report(reader, frame.count)
        case PacketType.SOURCE_DESCRIPTION:
            return read_source_description(reader, frame.count)
        case PacketType.GOODBYE:
            return read_goodbye(reader, frame.count)
        case PacketType.EXTENDED_REPORT:
            return read_extended_report(reader)
        case _:
            return _read_unread(reader, frame)


def _read_unread(reader: Reader, frame: _Frame) -> UnreadPacket:
    """Keep the body, which in feedback starts with two sources (RFC 4585 section 6.1)."""
    if frame.packet_type in _FEEDBACK_TYPES and reader.remaining < _FEEDBACK_SOURCES:
        raise MalformedPacket("sources of feedback cut short", offset=frame.end)
    body = reader.take(reader.remaining, "body")
    return UnreadPacket(packet_type=frame.packet_type, count=frame.count, body=body)


def build(packet: RtcpPacket) -> bytes:
    """The packet as bytes without padding; `parse` gives it back.

    Raises:
        ValueError: a field does not fit its place; the message names it.
    """
    packet_type, count, body = _build_body(packet)
    words = len(body) // WORD
    require_fit([("packet_type", packet_type, 8), ("count", count, 5), ("length in words", words, 16)])
    return _HEADER.pack(VERSION << 6 | count, packet_type, words) + body


def build_compound(packets: Sequence[RtcpPacket]) -> bytes:
    """The packets as one datagram; `parse_compound` gives them back.

    Raises:
        ValueError: the first is no sender or receiver report, or a field does not fit its place.
    """
    if not packets or not isinstance(packets[0], SenderReport | ReceiverReport):
        raise ValueError("a compound packet starts with a sender or receiver report")
    return b"".join(map(build, packets))


def _build_body(packet: RtcpPacket) -> tuple[int, int, bytes]:
    """Packet type, count and body."""
    match packet:
        case SenderReport():
            return PacketType.SENDER_REPORT, len(packet.reports), build_sender_report(packet)
        case ReceiverReport():
            return PacketType.RECEIVER_REPORT, len(packet.reports), build_receiver_report(packet)
        case SourceDescription():
            return PacketType.SOURCE_DESCRIPTION, len(packet.chunks), build_source_description(packet)
        case Goodbye():
            return PacketType.GOODBYE, len(packet.ssrcs), build_goodbye(packet)
        case ExtendedReport():
            return PacketType.EXTENDED_REPORT, 0, build_extended_report(packet)
        case UnreadPacket():
            return packet.packet_type, packet.count, _build_unread(packet)


def _build_unread(packet: UnreadPacket) -> bytes:
    """The body, unless `parse` would read it as something else or refuse it."""
    require_words("body", packet.body)
    if packet.packet_type in _FEEDBACK_TYPES:
        if len(packet.body) < _FEEDBACK_SOURCES:
            raise ValueError(f"feedback of {len(packet.body)} bytes has no room for its sources")
    elif packet.packet_type in tuple(PacketType):
        raise ValueError(f"packet_type {packet.packet_type} has a struct of its own")
    return packet.body
