"""What two agents say to each other on the media 5-tuple, byte by byte.

Control frames and RTP share one UDP port. RTP starts with version 2 (first byte 0x80..0xBF, RFC 3550
section 5.1); control frames start with their type, 1..6, so the two cannot be mistaken.

    HELLO    source -> target   may I send you this stream?       answered once, by
    WELCOME  target -> source   yes, or no and why
    SYNC     source -> target   what time is it? still there?     answered once, by
    TIME     target -> source   receive and send stamps
    FETCH    source -> target   give me part n of what arrived    answered by
    PART     target -> source   part n

Every frame and every packet carries a tag, see `sonde.probe.tags`, and no answer is longer than its question,
so nobody can be flooded through an agent.
"""

import hashlib
import hmac
import math
import struct
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from sonde.probe.tags import TAG_SIZE, BadFrame, key_id, seal, time_tag, unseal

HELLO, WELCOME, SYNC, TIME, FETCH, PART = range(1, 7)

PROTOCOL = 2
"""What both ends must speak."""

HELLO_SIZE = 256
"""Bytes of a HELLO; a WELCOME is never longer."""

FETCH_SIZE = 1200
"""Bytes of a FETCH, below every usual path MTU; a PART is never longer."""

RTP_OVERHEAD = 28
"""Bytes of RTP header (12), send stamp (8) and tag (8)."""

SYNC_SIZE = 28
"""Bytes of SYNC and TIME without filling: they fit into the shortest codec packet (12 + 20 bytes)."""

TAG_AT = 20
"""Where RTP packets, SYNC and TIME carry their tag."""

SYNCS_PER_SECOND = 20
"""At most; a busy source asks less often."""

_SYNCS_AFTER = 200
"""Questions allowed beyond the stream's length, for the time in which late packets are awaited."""

DONE = 0xFFFF
"""Part number by which the source says that it has everything; not answered."""

_HELLO_HEAD = struct.Struct("!B8sH")
RTP_FIELDS = struct.Struct("!HIIQQ")
"""Sequence number, timestamp, SSRC, send stamp and tag, from byte 2 on."""

SYNC_FIELDS = struct.Struct("!I8xQ")
"""Number and tag of a SYNC, from byte 8 on."""

_SYNC = struct.Struct("!B3xII8x8s")
_TIME = struct.Struct("!B3xIQI")
_FETCH = struct.Struct("!BIHH")
_PART = struct.Struct("!BIHHH")

PART_BYTES = FETCH_SIZE - _PART.size - TAG_SIZE
"""Bytes of the record that one PART carries."""

T = TypeVar("T")


class Hello(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """The question for consent, with all that the target needs to judge and measure the stream.

    Attributes:
        protocol: `PROTOCOL`; a release that changes a frame's meaning changes it. Later fields may be
            appended without that: what a reader does not know, it skips.
        nonce: 16 random bytes that name the stream, never used twice with one key.
        attempt: grows each time the question is asked again.
        ssrc, first_sequence, payload_type: of the RTP packets to come.
        packets: how many, 1 to 65535.
        packet_interval: seconds between packets.
        packet_size: bytes of UDP payload of each packet.
        dscp: code point the source sends with; answers use the same.
        sent_at: source's clock, ns since the epoch.
        host_proof: see `host_proof`.
        version: Sonde release of the source.
    """

    protocol: Annotated[int, Meta(ge=0, le=0xFF)]
    nonce: Annotated[bytes, Meta(min_length=16, max_length=16)]
    attempt: Annotated[int, Meta(ge=0, le=0xFFFF)]
    ssrc: Annotated[int, Meta(ge=0, le=0xFFFFFFFF)]
    first_sequence: Annotated[int, Meta(ge=0, le=0xFFFF)]
    payload_type: Annotated[int, Meta(ge=0, le=127)]
    packets: Annotated[int, Meta(ge=1, le=0xFFFF)]
    packet_interval: Annotated[float, Meta(ge=0.005, le=0.120)]
    packet_size: Annotated[int, Meta(ge=RTP_OVERHEAD, le=1472)]
    dscp: Annotated[int, Meta(ge=0, le=63)]
    sent_at: Annotated[int, Meta(ge=0, le=2**63 - 1)]
    host_proof: Annotated[bytes, Meta(max_length=16)]
    version: Annotated[str, Meta(max_length=32)]


class Welcome(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """The answer to a HELLO.

    Attributes:
        nonce, attempt: the question's.
        refusal: empty for yes, otherwise one sentence of at most 120 characters.
        same_clock: both agents run on one kernel, hence one clock.
        received_at, sent_at: target's clock, ns since the epoch.
        version: Sonde release of the target.
    """

    nonce: Annotated[bytes, Meta(min_length=16, max_length=16)]
    attempt: Annotated[int, Meta(ge=0, le=0xFFFF)]
    refusal: Annotated[str, Meta(max_length=120)]
    same_clock: bool
    received_at: Annotated[int, Meta(ge=0, le=2**63 - 1)]
    sent_at: Annotated[int, Meta(ge=0, le=2**63 - 1)]
    version: Annotated[str, Meta(max_length=32)]


class Time(msgspec.Struct, frozen=True):
    """When the target received a SYNC (ns since the epoch) and how long it held it (ns)."""

    index: int
    received_at: int
    held: int


class Fetch(msgspec.Struct, frozen=True):
    """A wish for one part of the record; `request` grows with every question of a stream."""

    ssrc: int
    request: int
    part: int


class Sync(msgspec.Struct, frozen=True):
    """A question for the time: its number in the stream and its tag."""

    index: int
    tag: bytes


class Part(msgspec.Struct, frozen=True):
    """One of `parts` pieces of the record."""

    part: int
    parts: int
    data: bytes


def build_hello(key: bytes, hello: Hello) -> bytes:
    """A HELLO of exactly `HELLO_SIZE` bytes."""
    body = msgspec.msgpack.encode(hello)
    head = _HELLO_HEAD.pack(HELLO, key_id(key), len(body))
    return seal(key, head + body, HELLO_SIZE)


def hello_key_id(frame: bytes) -> bytes:
    """Which key a HELLO claims; raises `BadFrame` when the frame cannot be one."""
    if len(frame) != HELLO_SIZE or frame[0] != HELLO:
        raise BadFrame("not a hello")
    return frame[1:9]


def parse_hello(key: bytes, frame: bytes) -> Hello:
    """The question inside a HELLO, once its tag is proved."""
    data = unseal(key, frame)
    length = _HELLO_HEAD.unpack_from(data)[2]
    return _decode(data[_HELLO_HEAD.size : _HELLO_HEAD.size + length], Hello)


def build_welcome(key: bytes, welcome: Welcome) -> bytes:
    """A WELCOME; never longer than the HELLO."""
    return seal(key, bytes([WELCOME]) + msgspec.msgpack.encode(welcome))


def parse_welcome(key: bytes, frame: bytes) -> Welcome:
    """The answer inside a WELCOME, once its tag is proved."""
    return _decode(unseal(key, frame)[1:], Welcome)


def syncs_max(packets: int, packet_interval: float) -> int:
    """How many SYNCs a stream may hold."""
    return math.ceil(packets * packet_interval * SYNCS_PER_SECOND) + _SYNCS_AFTER


def build_sync(ssrc: int, sync: Sync, size: int) -> bytes:
    """A SYNC of `size` bytes, the size of the stream's RTP packets."""
    return _SYNC.pack(SYNC, ssrc, sync.index, sync.tag).ljust(size, b"\0")


def parse_sync(frame: bytes) -> Sync:
    """Number and tag of a SYNC; whoever asks compares the tag."""
    _, _, index, tag = _unpack(_SYNC, frame)
    return Sync(index, tag)


def build_time(seal: "hashlib.blake2s", time: Time, size: int) -> bytes:
    """A TIME of `size` bytes, the size of its question."""
    held = min(max(time.held, 0), 0xFFFFFFFF)
    data = _TIME.pack(TIME, time.index, time.received_at, held)
    return (data + time_tag(seal, data)).ljust(size, b"\0")


def parse_time(seal: "hashlib.blake2s", frame: bytes) -> Time:
    """The stamps of a TIME."""
    data = frame[:TAG_AT]
    if not hmac.compare_digest(frame[TAG_AT:SYNC_SIZE], time_tag(seal, data)):
        raise BadFrame("wrong tag")
    _, index, received_at, held = _unpack(_TIME, data)
    return Time(index, received_at, held)


def build_fetch(stream: bytes, fetch: Fetch) -> bytes:
    """A FETCH of exactly `FETCH_SIZE` bytes."""
    return seal(stream, _FETCH.pack(FETCH, fetch.ssrc, fetch.request, fetch.part), FETCH_SIZE)


def parse_fetch(stream: bytes, frame: bytes) -> Fetch:
    """The wish inside a FETCH."""
    if len(frame) != FETCH_SIZE:
        raise BadFrame("not a fetch")
    _, ssrc, request, part = _unpack(_FETCH, unseal(stream, frame))
    return Fetch(ssrc, request, part)


def build_part(stream: bytes, ssrc: int, part: Part) -> bytes:
    """A PART; never longer than the FETCH."""
    head = _PART.pack(PART, ssrc, part.part, part.parts, len(part.data))
    return seal(stream, head + part.data)


def parse_part(stream: bytes, frame: bytes) -> Part:
    """The piece inside a PART."""
    data = unseal(stream, frame)
    _, _, part, parts, length = _unpack(_PART, data)
    return Part(part, parts, data[_PART.size : _PART.size + length])


def frame_ssrc(frame: bytes) -> int:
    """The stream a SYNC or FETCH names, before its tag is proved; raises `BadFrame` when too short."""
    if len(frame) < SYNC_SIZE:
        raise BadFrame("too short")
    offset = 4 if frame[0] == SYNC else 1
    return int.from_bytes(frame[offset : offset + 4], "big")


def _unpack(layout: struct.Struct, data: bytes) -> tuple[Any, ...]:
    if len(data) < layout.size:
        raise BadFrame("too short")
    return layout.unpack_from(data)


def _decode(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.msgpack.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadFrame(str(error)) from error
