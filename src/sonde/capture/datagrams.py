"""What a payload looks like: RTP, RTCP, signalling, or none of them.

RTP has no mark of its own, so everything that could be RTP is let through here, and a stream is believed
only when its sequence numbers go on (`sonde.capture.streams`). What cannot be is known by its first byte:
STUN, DTLS and ZRTP have another version (RFC 7983), RTCP has packet types that RTP leaves free (RFC 5761).
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from sonde.capture.network import UDP, Segments
from sonde.capture.records import Bytes, Mask, Records, fields, numbers
from sonde.rtp.units import Integers

_HEADER: Final = 12
_CHANNEL_DATA: Final = (0x40, 0x4F)
"""First byte of a packet that a TURN relay wraps into four bytes (RFC 8656 section 12)."""

_RTCP_TYPES: Final = (192, 223)
_LAST_STATIC: Final = 63
_FIRST_DYNAMIC: Final = 96

_SIGNALLING: Final = (
    b"SIP/2.0 ", b"INVITE ", b"ACK ", b"PRACK ", b"UPDATE ", b"v=0\r\n", b"v=0\n",
)  # fmt: skip
"""How messages that may carry a session description begin (RFC 3261); the last two continue one."""


class Lookalikes(NamedTuple):
    """Datagrams that could be RTP, one entry of each column for each, in the order of the file.

    Attributes:
        addresses, ports, tos: as in `Segments`.
        ssrc: stream the packet would belong to.
        payload_type: 0 to 127.
        sequence, timestamp: as on the wire.
        arrival: nanoseconds since the epoch.
        size: bytes of payload, padding and what encryption adds included.
    """

    addresses: Integers
    ports: Integers
    tos: Integers
    ssrc: Integers
    payload_type: Integers
    sequence: Integers
    timestamp: Integers
    arrival: Integers
    size: Integers

    def where(self, chosen: Integers | Mask) -> "Lookalikes":
        """Some of them, by number or by mask."""
        return Lookalikes._make(column[chosen] for column in self)


class Datagram(NamedTuple):
    """One payload that is to be read by itself."""

    addresses: tuple[int, int, int, int]
    ports: int
    content: bytes


def unwrap_turn(records: Records, segments: Segments) -> Segments:
    """The same payloads, with those that a TURN relay wrapped without their wrapping."""
    first = records.data[segments.start]
    low, high = _CHANNEL_DATA
    wrapped = np.flatnonzero(
        (segments.protocol == UDP) & (segments.captured >= 4) & (first >= low) & (first <= high)
    )
    if not len(wrapped):
        return segments
    inner = numbers(records.data, segments.start[wrapped] + 2, ">u2")
    fits = inner <= segments.length[wrapped] - 4
    wrapped, inner = wrapped[fits], inner[fits]
    start, captured, length = (column.copy() for column in segments[5:])
    start[wrapped] += 4
    captured[wrapped] = np.minimum(captured[wrapped] - 4, inner)
    length[wrapped] = inner
    return segments._replace(start=start, captured=captured, length=length)


def find_rtp(records: Records, segments: Segments) -> Lookalikes:
    """The datagrams that could be RTP."""
    chosen = segments.where((segments.protocol == UDP) & (segments.captured >= _HEADER))
    header = fields(records.data, chosen.start, _HEADER)
    payload_type = header[:, 1] & 0x7F
    sources = (header[:, 0] & 0x0F).astype(np.int64) * 4
    could_be = (
        (header[:, 0] >> 6 == 2)
        & ~_is_rtcp(header)
        & ((payload_type <= _LAST_STATIC) | (payload_type >= _FIRST_DYNAMIC))
        & (chosen.length >= _HEADER + sources)
    )
    chosen, header = chosen.where(could_be), header[could_be]
    words = np.ascontiguousarray(header[:, 4:]).view(">u4").astype(np.int64)
    return Lookalikes(
        addresses=chosen.addresses,
        ports=chosen.ports,
        tos=chosen.tos,
        ssrc=words[:, 1],
        payload_type=payload_type[could_be].astype(np.int64),
        sequence=header[:, 2].astype(np.int64) << 8 | header[:, 3],
        timestamp=words[:, 0],
        arrival=records.stamp[chosen.record],
        size=np.maximum(chosen.length - _headers(records, chosen, header), 0),
    )


def _headers(records: Records, chosen: Segments, header: Bytes) -> Integers:
    """Bytes of all headers of RTP: the fixed one, the sources, and the extension where it was captured."""
    length = _HEADER + (header[:, 0] & 0x0F).astype(np.int64) * 4
    extended = np.flatnonzero((header[:, 0] & 0x10 != 0) & (length + 4 <= chosen.captured))
    words = numbers(records.data, chosen.start[extended] + length[extended] + 2, ">u2")
    length[extended] += 4 + 4 * words
    return length


def find_rtcp(records: Records, segments: Segments) -> Iterator[Datagram]:
    """The datagrams that could be RTCP, completely captured."""
    chosen = segments.where((segments.protocol == UDP) & (segments.captured >= 8))
    header = fields(records.data, chosen.start, 4)
    complete = chosen.captured == chosen.length
    return _read(records, chosen.where((header[:, 0] >> 6 == 2) & _is_rtcp(header) & complete))


def find_signalling(records: Records, segments: Segments) -> Iterator[Datagram]:
    """The payloads that begin like a message with a session description, or like the description itself."""
    chosen = segments.where(segments.captured >= 16)
    first = records.data[chosen.start]
    letters = np.array(sorted({start[0] for start in _SIGNALLING}), dtype=np.uint8)
    for each in _read(records, chosen.where(np.isin(first, letters))):
        if each.content.startswith(_SIGNALLING):
            yield each


def _is_rtcp(header: Bytes) -> Mask:
    low, high = _RTCP_TYPES
    found: Mask = (header[:, 1] >= low) & (header[:, 1] <= high)
    return found


def _read(records: Records, segments: Segments) -> Iterator[Datagram]:
    """Payloads one by one."""
    for addresses, ports, start, captured in zip(
        segments.addresses.tolist(),
        segments.ports.tolist(),
        segments.start.tolist(),
        segments.captured.tolist(),
        strict=True,
    ):
        yield Datagram(tuple(addresses), ports, records.data[start : start + captured].tobytes())
