"""The receiving end of voice tests, without any socket: datagrams in, answers out.

It answers only what carries a valid tag and was never said before; everything else is counted and
met with silence (RFC 7675 in spirit: no traffic without consent).
"""

from array import array
from collections.abc import Iterable
from enum import StrEnum

import msgspec
import numpy as np

from sonde import __version__
from sonde.model.control import PairKey
from sonde.probe import frames
from sonde.probe.frames import BadFrame, Hello, Part, Time, Welcome
from sonde.probe.limits import Limits, Load, find_refusal
from sonde.probe.record import ArrivalRecord, pack
from sonde.rtp.clock_readings import ClockReader, ClockReading, watch

CLOCK_TOLERANCE = 600 * 10**9
"""A HELLO whose clock differs by more, in ns, is taken for a replay."""

NONCES_MAX = 100_000
"""Streams whose consent is remembered; more in the time a HELLO is good for are not answered."""

LINGER = 10 * 10**9
"""How long a finished stream's record waits to be fetched, in ns."""


class Silence(StrEnum):
    """Why a datagram got no answer, or a HELLO was declined; the keys of `Target.counts`."""

    NOT_OURS = "not_ours"
    UNKNOWN_KEY = "unknown_key"
    FORGED = "forged"
    REPLAYED = "replayed"
    UNKNOWN_STREAM = "unknown_stream"
    REFUSED = "refused"


class _Asked(msgspec.Struct, frozen=True):
    """When a stream's consent was last asked for, and which attempt it was."""

    at: int
    attempt: int


class _Stream:
    """One accepted stream and what arrived of it."""

    def __init__(self, hello: Hello, key: PairKey, now: int) -> None:
        self.hello = hello
        self.key_id = key.key_id
        self.key = frames.stream_key(key.key, hello.nonce)
        self.tags = frames.packet_tags(key.key, hello.nonce, hello.packets)
        self.expires = now + int(hello.packets * hello.packet_interval * 1e9) + LINGER
        self.indexes, self.stamps = array("H"), array("q")
        self.tos, self.ttl = array("h"), array("B")
        self.synced: set[int] = set()
        self.last_fetch = -1
        self.parts: list[bytes] = []
        self.forged = 0
        self.drops_before = 0
        self.clock_before: ClockReading | None = None

    @property
    def rate(self) -> float:
        return 1 / self.hello.packet_interval


class Arrival(msgspec.Struct):
    """One datagram and what the kernel told of it.

    Attributes:
        source: socket address it came from.
        received_at: ns since the epoch.
        tos: byte with the code point, -1 where the system does not tell.
        ttl: TTL or hop limit, 0 where the system does not tell.
        drops: the socket's running count of packets its queue lost.
    """

    data: bytes
    source: tuple[str, int]
    received_at: int
    tos: int
    ttl: int
    drops: int = 0
    timestamp_source: str = "kernel"


class Answer(msgspec.Struct):
    """One datagram to send back, with the code point it must carry."""

    data: bytes
    dscp: int


class Target:
    """All streams of one listening port.

    Args:
        boot_id: what tells this running kernel from every other.
        limits: what to refuse.
        read_clock: looks at this machine's clock; None where the system does not tell.
    """

    def __init__(
        self, boot_id: bytes, limits: Limits | None = None, read_clock: ClockReader = lambda: None
    ) -> None:
        self._boot_id = boot_id
        self._read_clock = read_clock
        self._limits = limits or Limits()
        self._keys: dict[bytes, PairKey] = {}
        self._streams: dict[tuple[tuple[str, int], int], _Stream] = {}
        self._nonces: dict[bytes, _Asked] = {}
        self.counts: dict[Silence, int] = dict.fromkeys(Silence, 0)
        self.accepted = 0

    def allow(self, keys: Iterable[PairKey]) -> None:
        """Replaces the set of sources that may ask for consent."""
        self._keys = {key.key_id: key for key in keys}

    @property
    def active(self) -> int:
        """Streams now being received or waiting to be fetched."""
        return len(self._streams)

    def receive(self, arrival: Arrival, wall: int) -> Answer | None:
        """Takes one datagram; `wall` is the target's clock now, ns since the epoch."""
        first = arrival.data[0] if arrival.data else 0
        if first & 0xC0 == 0x80:
            self._take_packet(arrival)
            return None
        try:
            if first == frames.HELLO:
                return self._welcome(arrival, wall)
            if first == frames.SYNC:
                return self._tell_time(arrival, wall)
            if first == frames.FETCH:
                return self._hand_over(arrival, wall)
        except BadFrame:
            self.counts[Silence.FORGED] += 1
            return None
        self.counts[Silence.NOT_OURS] += 1
        return None

    def expire(self, wall: int) -> None:
        """Forgets streams nobody fetched and nonces too old to be accepted anyway."""
        for address in [a for a, stream in self._streams.items() if stream.expires < wall]:
            del self._streams[address]
        for nonce in [n for n, asked in self._nonces.items() if asked.at < wall - 2 * CLOCK_TOLERANCE]:
            del self._nonces[nonce]

    def _take_packet(self, arrival: Arrival) -> None:
        data = arrival.data
        stream = self._streams.get((arrival.source, int.from_bytes(data[8:12], "big")))
        if stream is None or stream.parts:
            self.counts[Silence.UNKNOWN_STREAM] += 1
            return
        hello = stream.hello
        index = (int.from_bytes(data[2:4], "big") - hello.first_sequence) & 0xFFFF
        tag = stream.tags[8 * index : 8 * index + 8]
        if len(data) != hello.packet_size or not tag or data[20:28] != tag:
            stream.forged += 1
            self.counts[Silence.FORGED] += 1
        elif len(stream.indexes) < 2 * hello.packets:
            stream.indexes.append(index)
            stream.stamps.append(arrival.received_at)
            stream.tos.append(arrival.tos)
            stream.ttl.append(arrival.ttl)

    def _welcome(self, arrival: Arrival, wall: int) -> Answer | None:
        key = self._keys.get(frames.hello_key_id(arrival.data))
        if key is None:
            self.counts[Silence.UNKNOWN_KEY] += 1
            return None
        hello = frames.parse_hello(key.key, arrival.data)
        if self._is_replay(hello, arrival, wall):
            self.counts[Silence.REPLAYED] += 1
            return None
        known = hello.nonce in self._nonces
        if not known and len(self._nonces) >= NONCES_MAX:
            self.counts[Silence.REFUSED] += 1
            return None
        self._nonces[hello.nonce] = _Asked(wall, hello.attempt)
        refusal = "" if known else self._judge(hello, key)
        if refusal:
            self.counts[Silence.REFUSED] += 1
        elif not known:
            self._accept(hello, key, arrival, wall)
        proof = frames.host_proof(key.key, hello.nonce, self._boot_id)
        welcome = Welcome(
            nonce=hello.nonce,
            attempt=hello.attempt,
            refusal=refusal,
            same_clock=proof == hello.host_proof,
            received_at=arrival.received_at,
            sent_at=wall,
            version=__version__,
        )
        return Answer(frames.build_welcome(key.key, welcome), hello.dscp)

    def _is_replay(self, hello: Hello, arrival: Arrival, wall: int) -> bool:
        if abs(hello.sent_at - wall) > CLOCK_TOLERANCE:
            return True
        asked = self._nonces.get(hello.nonce)
        if asked is None:
            return False
        stream = self._streams.get((arrival.source, hello.ssrc))
        return hello.attempt <= asked.attempt or stream is None or stream.hello.nonce != hello.nonce

    def _accept(self, hello: Hello, key: PairKey, arrival: Arrival, wall: int) -> None:
        stream = _Stream(hello, key, wall)
        stream.drops_before = arrival.drops
        stream.clock_before = self._read_clock()
        self._streams[arrival.source, hello.ssrc] = stream
        self.accepted += 1

    def _judge(self, hello: Hello, key: PairKey) -> str:
        streams = self._streams.values()
        load = Load(
            streams=len(streams),
            streams_of_key=sum(stream.key_id == key.key_id for stream in streams),
            packets_per_second=sum(stream.rate for stream in streams),
        )
        return find_refusal(hello, self._limits, load)

    def _stream_of(self, arrival: Arrival) -> _Stream | None:
        stream = self._streams.get((arrival.source, frames.frame_ssrc(arrival.data)))
        if stream is None:
            self.counts[Silence.UNKNOWN_STREAM] += 1
        return stream

    def _tell_time(self, arrival: Arrival, wall: int) -> Answer | None:
        stream = self._stream_of(arrival)
        if stream is None:
            return None
        index = frames.parse_sync(stream.key, arrival.data)
        if index in stream.synced:
            self.counts[Silence.REPLAYED] += 1
            return None
        stream.synced.add(index)
        time = Time(index, arrival.received_at, wall - arrival.received_at)
        return Answer(frames.build_time(stream.key, time, len(arrival.data)), stream.hello.dscp)

    def _hand_over(self, arrival: Arrival, wall: int) -> Answer | None:
        stream = self._stream_of(arrival)
        if stream is None:
            return None
        fetch = frames.parse_fetch(stream.key, arrival.data)
        if fetch.request <= stream.last_fetch:
            self.counts[Silence.REPLAYED] += 1
            return None
        stream.last_fetch = fetch.request
        if fetch.part == frames.DONE:
            del self._streams[arrival.source, fetch.ssrc]
            return None
        stream.parts = stream.parts or pack(self._record(stream, arrival), frames.PART_BYTES)
        stream.expires = wall + LINGER
        if fetch.part >= len(stream.parts):
            return None
        part = Part(fetch.part, len(stream.parts), stream.parts[fetch.part])
        return Answer(frames.build_part(stream.key, fetch.ssrc, part), stream.hello.dscp)

    def _record(self, stream: _Stream, arrival: Arrival) -> ArrivalRecord:
        return ArrivalRecord(
            indexes=_little_endian(stream.indexes),
            stamps=_little_endian(stream.stamps),
            tos=_little_endian(stream.tos),
            ttl=stream.ttl.tobytes(),
            socket_drops=arrival.drops - stream.drops_before,
            forged=stream.forged,
            timestamp_source=arrival.timestamp_source,
            clock=watch(stream.clock_before, self._read_clock()),
        )


def _little_endian(values: "array[int]") -> bytes:
    return np.asarray(values).astype(np.dtype(values.typecode).newbyteorder("<")).tobytes()
