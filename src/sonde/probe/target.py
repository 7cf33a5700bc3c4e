"""The receiving end of voice tests, without any socket: datagrams in, answers out.

It answers only what carries a valid tag and was never said before; everything else is counted and
met with silence (RFC 7675 in spirit: no traffic without consent).
"""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import TypeAlias

import msgspec
import numpy as np

from sonde import __version__
from sonde.model.control import PairKey
from sonde.probe import frames, tags
from sonde.probe.batch import ROW
from sonde.probe.datagrams import Answer, Arrival
from sonde.probe.frames import Hello, Part, Time, Welcome
from sonde.probe.limits import Limits, Load, find_refusal
from sonde.probe.record import ArrivalRecord, pack
from sonde.probe.tags import BadFrame
from sonde.probe.target_stream import LINGER, TargetStream
from sonde.rtp.clock_readings import ClockReader, watch

CLOCK_TOLERANCE = 600 * 10**9
"""A HELLO whose clock differs by more, in ns, is taken for a replay."""

NONCES_MAX = 100_000
"""Streams whose consent is remembered; more in the time a HELLO is good for are not answered."""


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


Adopt: TypeAlias = Callable[[TargetStream, Arrival], Callable[[], None] | None]
"""Gives a stream just accepted a socket of its own; returns how to close it, None when it gets none."""


class Target:
    """All streams of one listening port.

    Args:
        boot_id: what tells this running kernel from every other.
        limits: what to refuse.
        read_clock: looks at this machine's clock; None where the system does not tell.
        adopt: asked for every stream that is accepted.
        counts_drops: the system tells what the queues of sockets lose.
    """

    def __init__(
        self,
        boot_id: bytes,
        limits: Limits | None = None,
        *,
        read_clock: ClockReader = lambda: None,
        adopt: Adopt = lambda _stream, _arrival: None,
        counts_drops: bool = True,
    ) -> None:
        self._boot_id = boot_id
        self._read_clock = read_clock
        self._limits = limits or Limits()
        self._adopt = adopt
        self._counts_drops = counts_drops
        self._keys: dict[bytes, PairKey] = {}
        self._streams: dict[tuple[tuple[str, int], int], TargetStream] = {}
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
        """Takes one datagram of whatever stream; `wall` is the target's clock now, ns since the epoch."""
        first = arrival.data[0] if arrival.data else 0
        if first & 0xC0 == 0x80:
            self._take_packet(arrival)
            return None
        return self._answer(first, arrival, wall)

    def receive_sync(self, stream: TargetStream, head: bytes, received_at: int, wall: int) -> bytes | None:
        """Takes the beginning of a SYNC that came on the stream's own socket; returns the answer."""
        try:
            return self._time(stream, head, received_at, wall)
        except BadFrame:
            self.counts[Silence.FORGED] += 1
            return None

    def take_rows(self, stream: TargetStream, rows: memoryview, headers: memoryview, count: int) -> None:
        """Takes datagrams as `Batch` read them from the stream's own socket."""
        if stream.parts:
            packets = sum(first & 0xC0 == 0x80 for first in rows[: count * ROW : ROW])
            self.counts[Silence.UNKNOWN_STREAM] += packets
        else:
            stream.log.take(rows, headers, count)

    def _answer(self, first: int, arrival: Arrival, wall: int) -> Answer | None:
        try:
            if first == frames.HELLO:
                return self._welcome(arrival, wall)
            if first in (frames.SYNC, frames.FETCH):
                stream = self._stream_of(arrival)
                if stream is None:
                    return None
                take = self._tell_time if first == frames.SYNC else self._hand_over
                return take(stream, arrival, wall)
        except BadFrame:
            self.counts[Silence.FORGED] += 1
            return None
        self.counts[Silence.NOT_OURS] += 1
        return None

    def expire(self, wall: int) -> None:
        """Forgets streams nobody fetched and nonces too old to be accepted anyway."""
        for address in [a for a, stream in self._streams.items() if stream.expires < wall]:
            self._forget(address)
        for nonce in [n for n, asked in self._nonces.items() if asked.at < wall - 2 * CLOCK_TOLERANCE]:
            del self._nonces[nonce]

    def _take_packet(self, arrival: Arrival) -> None:
        data = arrival.data
        stream = self._streams.get((arrival.source, int.from_bytes(data[8:12], "big")))
        if stream is None or stream.parts:
            self.counts[Silence.UNKNOWN_STREAM] += 1
            return
        stream.log.note(data, (arrival.received_at, arrival.tos, arrival.ttl))

    def _forget(self, address: tuple[tuple[str, int], int]) -> None:
        stream = self._streams.pop(address)
        if stream.forget is not None:
            stream.forget()

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
        proof = tags.host_proof(key.key, hello.nonce, self._boot_id)
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
        stream = TargetStream(hello, key, arrival, wall)
        stream.clock_before = self._read_clock()
        stream.forget = self._adopt(stream, arrival)
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

    def _stream_of(self, arrival: Arrival) -> TargetStream | None:
        stream = self._streams.get((arrival.source, frames.frame_ssrc(arrival.data)))
        if stream is None:
            self.counts[Silence.UNKNOWN_STREAM] += 1
        return stream

    def _tell_time(self, stream: TargetStream, arrival: Arrival, wall: int) -> Answer | None:
        if len(arrival.data) != stream.hello.packet_size:
            raise BadFrame("wrong size")
        data = self._time(stream, arrival.data, arrival.received_at, wall)
        return None if data is None else Answer(data, stream.hello.dscp)

    def _time(self, stream: TargetStream, head: bytes, received_at: int, wall: int) -> bytes | None:
        sync = frames.parse_sync(head)
        if sync.tag != stream.sync_tags[8 * sync.index : 8 * sync.index + 8]:
            raise BadFrame("wrong tag")
        if sync.index in stream.synced:
            self.counts[Silence.REPLAYED] += 1
            return None
        stream.synced.add(sync.index)
        time = Time(sync.index, received_at, wall - received_at)
        return frames.build_time(stream.seal, time, stream.hello.packet_size)

    def _hand_over(self, stream: TargetStream, arrival: Arrival, wall: int) -> Answer | None:
        fetch = frames.parse_fetch(stream.key, arrival.data)
        if fetch.request <= stream.last_fetch:
            self.counts[Silence.REPLAYED] += 1
            return None
        stream.last_fetch = fetch.request
        if fetch.part == frames.DONE:
            self._forget((arrival.source, fetch.ssrc))
            return None
        stream.parts = stream.parts or pack(self._record(stream, arrival), frames.PART_BYTES)
        stream.expires = wall + LINGER
        if fetch.part >= len(stream.parts):
            return None
        part = Part(fetch.part, len(stream.parts), stream.parts[fetch.part])
        return Answer(frames.build_part(stream.key, fetch.ssrc, part), stream.hello.dscp)

    def _record(self, stream: TargetStream, arrival: Arrival) -> ArrivalRecord:
        owns_socket = stream.forget is not None
        stream.log.finish(arrival.drops if owns_socket else 0)
        self.counts[Silence.FORGED] += stream.log.forged
        index, stamps, tos, ttl = stream.log.columns
        drops_of = "unknown" if not self._counts_drops else "stream" if owns_socket else "port"
        return ArrivalRecord(
            indexes=index.astype("<u2").tobytes(),
            stamps=stamps.astype("<i8").tobytes(),
            tos=tos.astype("<i2").tobytes(),
            ttl=np.maximum(ttl, 0).astype(np.uint8).tobytes(),
            socket_drops=arrival.drops if owns_socket else arrival.drops - stream.drops_before,
            forged=stream.log.forged,
            timestamp_source=arrival.timestamp_source,
            clock=watch(stream.clock_before, self._read_clock()),
            drops_of=drops_of,
            drop_windows=tuple(stream.log.windows),
        )
