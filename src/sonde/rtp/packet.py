"""RTP packets to and from bytes (RFC 3550 section 5).

 0                   1                   2                   3
 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|V=2|P|X|  CC   |M|     PT      |        sequence number        |
|                           timestamp                           |
|                             SSRC                              |
|                 CSRC, CC times (0 to 15)                      |
|   extension: profile          |   length in words   | data ...|  when X
|                            payload ...                        |
|               padding ...               | count of padding    |  when P
"""

from struct import Struct
from typing import Final

import msgspec

from sonde.rtp.wire import WORD, MalformedPacket, Reader, require_fit, require_words

VERSION: Final = 2

_FIXED_HEADER: Final = Struct("!BBHII")
_EXTENSION_HEADER: Final = Struct("!HH")


class HeaderExtension(msgspec.Struct, frozen=True, kw_only=True):
    """What follows the header when its X bit is set (RFC 3550 section 5.3.1).

    Attributes:
        profile: 16 bits that say how to read the data, such as 0xBEDE (RFC 8285).
        data: a whole number of 32-bit words.
    """

    profile: int
    data: bytes


class RtpPacket(msgspec.Struct, frozen=True, kw_only=True):
    """One RTP packet.

    Attributes:
        payload_type: 0 to 127.
        sequence_number: 0 to 65535.
        timestamp: 32 bits, in ticks of the codec's RTP clock.
        ssrc: 32 bits that name the stream.
        csrcs: up to 15 contributing sources.
        padding: bytes after the payload, the count byte included; 0 to 255. Their content is not kept.
    """

    payload_type: int
    sequence_number: int
    timestamp: int
    ssrc: int
    payload: bytes = b""
    marker: bool = False
    csrcs: tuple[int, ...] = ()
    extension: HeaderExtension | None = None
    padding: int = 0


def parse(data: bytes) -> RtpPacket:
    """Read one packet that fills `data`.

    Raises:
        MalformedPacket: not version 2, or shorter than its own fields say.
    """
    reader = Reader(data, start=0, end=len(data))
    first, second, sequence_number, timestamp, ssrc = reader.unpack(_FIXED_HEADER, "header")
    if first >> 6 != VERSION:
        raise MalformedPacket(f"version {first >> 6} is not {VERSION}", offset=0)
    csrcs = _read_csrcs(reader, count=first & 0x0F)
    extension = _read_extension(reader) if first & 0x10 else None
    padding = _measure_padding(data, start=reader.offset) if first & 0x20 else 0
    return RtpPacket(
        payload_type=second & 0x7F,
        sequence_number=sequence_number,
        timestamp=timestamp,
        ssrc=ssrc,
        payload=reader.take(reader.remaining - padding, "payload"),
        marker=bool(second & 0x80),
        csrcs=csrcs,
        extension=extension,
        padding=padding,
    )


def _read_csrcs(reader: Reader, *, count: int) -> tuple[int, ...]:
    """The contributing sources."""
    if not count:
        return ()
    return reader.unpack(Struct(f"!{count}I"), f"list of {count} contributing sources")


def _read_extension(reader: Reader) -> HeaderExtension:
    """The header extension."""
    profile, words = reader.unpack(_EXTENSION_HEADER, "header extension")
    return HeaderExtension(
        profile=profile, data=reader.take(words * WORD, f"header extension of {words} words")
    )


def _measure_padding(data: bytes, *, start: int) -> int:
    """How many bytes at the end are padding, given where the payload starts."""
    last = len(data) - 1
    if last < start:
        raise MalformedPacket("padding announced but absent", offset=len(data))
    padding = data[last]
    if not 1 <= padding <= len(data) - start:
        raise MalformedPacket(f"padding of {padding} bytes in {len(data) - start}", offset=last)
    return padding


def build(packet: RtpPacket) -> bytes:
    """The packet as bytes; `parse` gives it back.

    Raises:
        ValueError: a field does not fit its place; the message names it.
    """
    _require_fit(packet)
    header = _FIXED_HEADER.pack(
        VERSION << 6 | bool(packet.padding) << 5 | (packet.extension is not None) << 4 | len(packet.csrcs),
        packet.marker << 7 | packet.payload_type,
        packet.sequence_number,
        packet.timestamp,
        packet.ssrc,
    )
    csrcs = b"".join(csrc.to_bytes(WORD) for csrc in packet.csrcs)
    padding = bytes(packet.padding - 1) + bytes([packet.padding]) if packet.padding else b""
    return header + csrcs + _build_extension(packet.extension) + packet.payload + padding


def _build_extension(extension: HeaderExtension | None) -> bytes:
    """The extension's header and data, nothing when there is none."""
    if extension is None:
        return b""
    return _EXTENSION_HEADER.pack(extension.profile, len(extension.data) // WORD) + extension.data


def _require_fit(packet: RtpPacket) -> None:
    """Refuse what has no place in the wire format."""
    extension = packet.extension or HeaderExtension(profile=0, data=b"")
    require_fit(
        [
            ("payload_type", packet.payload_type, 7),
            ("sequence_number", packet.sequence_number, 16),
            ("timestamp", packet.timestamp, 32),
            ("ssrc", packet.ssrc, 32),
            ("number of csrcs", len(packet.csrcs), 4),
            *(("csrc", csrc, 32) for csrc in packet.csrcs),
            ("extension profile", extension.profile, 16),
            ("extension length in words", len(extension.data) // WORD, 16),
            ("padding", packet.padding, 8),
        ]
    )
    require_words("extension data", extension.data)
