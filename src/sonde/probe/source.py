"""The sending end of one stream, without any socket: what to send when, and what the answers mean.

    greeting   ask for consent, again each 250 ms
    streaming  RTP on schedule; a clock exchange each 50 ms, which keeps the consent fresh
    settling   wait for the last packets to arrive
    fetching   get the target's record
    finished   `outcome()` is complete

All `now` are monotonic nanoseconds, all `wall` nanoseconds since the epoch.
"""

import struct
from array import array
from collections.abc import Iterator
from enum import StrEnum

import msgspec

from sonde import __version__
from sonde.model.rounds import RoundError
from sonde.probe import frames
from sonde.probe.frames import BadFrame, Fetch, Hello, Part
from sonde.probe.orders import StreamOrder, StreamOutcome, StreamProgress
from sonde.probe.record import ArrivalRecord, unpack
from sonde.rtp.clock import Exchange

MS = 10**6
RETRY = 250 * MS
GREETING_FOR = 3_000 * MS
SYNC_EVERY = 50 * MS
CONSENT_FOR = 1_000 * MS
"""Sending stops when no answer came for this long (plus the handshake's round trip)."""
SETTLING_FOR = 1_000 * MS
"""A packet that arrives later than this after the last one was sent counts as lost."""
FETCHING_FOR = 5_000 * MS

_STAMP_AND_TAG = struct.Struct("!Q8s")
_SEQUENCE_AND_TIME = struct.Struct("!HI")


class Phase(StrEnum):
    """Where a stream stands."""

    GREETING = "greeting"
    STREAMING = "streaming"
    SETTLING = "settling"
    FETCHING = "fetching"
    FINISHED = "finished"


class Randomness(msgspec.Struct, frozen=True, kw_only=True):
    """All that is random in a stream (RFC 3550 section 5.1): drawn outside, so tests repeat exactly.

    Attributes:
        nonce: 16 bytes that name the stream.
        ssrc, first_sequence, first_timestamp: as RTP wants them.
        filling: bytes of payload after stamp and tag.
    """

    nonce: bytes
    ssrc: int
    first_sequence: int
    first_timestamp: int
    filling: bytes


class SourceStream:
    """One order on its way to its outcome.

    Args:
        order: what to send.
        randomness: see there.
        boot_id: what tells this running kernel from every other.
        now: start of the greeting.
    """

    def __init__(self, order: StreamOrder, randomness: Randomness, boot_id: bytes, now: int) -> None:
        self.order = order
        self.phase = Phase.GREETING
        self.wake_at = now
        self._random = randomness
        self._boot_id = boot_id
        self._key = order.pair_key.key
        self._hellos: list[int] = []
        self._stream_key = frames.stream_key(self._key, randomness.nonce)
        self._tags = frames.packet_tags(self._key, randomness.nonce, order.packets)
        self._deadline = now + GREETING_FOR
        self._consent_until = 0
        self._round_trip = 0
        self._syncs: dict[int, int] = {}
        self._next_sync = 0
        self._exchanges: list[Exchange] = []
        self._fetches = 0
        self._parts: dict[int, bytes] = {}
        self._part_count = 1
        self._same_clock = False
        self._target_version = ""
        self._arrivals: ArrivalRecord | None = None
        self._error: RoundError | None = None
        self._error_detail = ""
        self.send_errors = 0
        self.sent = array("q", bytes(8 * order.packets))
        self.lateness = array("q", bytes(8 * order.packets))
        self.next_index = 0
        self._packet = self._blank_packet()

    # -- the hot path ------------------------------------------------------------------------------

    def packet(self, wall: int) -> bytearray:
        """The next RTP packet, stamped with `wall`; the buffer is reused by the next call."""
        index, random, buffer = self.next_index, self._random, self._packet
        buffer[1] = self.order.payload_type | (0x80 if index == 0 else 0)
        sequence = (random.first_sequence + index) & 0xFFFF
        timestamp = (random.first_timestamp + index * self.order.timestamp_step) & 0xFFFFFFFF
        _SEQUENCE_AND_TIME.pack_into(buffer, 2, sequence, timestamp)
        _STAMP_AND_TAG.pack_into(buffer, 12, wall, self._tags[8 * index : 8 * index + 8])
        return buffer

    def packet_done(self, wall: int, lateness: int, now: int) -> None:
        """Records that the packet left at `wall`, or with 0 that the kernel refused it."""
        index = self.next_index
        self.sent[index] = wall
        self.lateness[index] = lateness
        self.send_errors += wall == 0
        self.next_index = index + 1
        if self.next_index == self.order.packets:
            self._settle(now)

    # -- control -----------------------------------------------------------------------------------

    def wake(self, now: int, wall: int) -> Iterator[bytes]:
        """Control frames to send now; sets `wake_at` for the next call."""
        if self.phase is Phase.GREETING:
            yield from self._greet(now, wall)
        elif self.phase in (Phase.STREAMING, Phase.SETTLING):
            yield from self._keep_consent(now, wall)
        elif self.phase is Phase.FETCHING:
            yield from self._fetch(now)

    def receive(self, frame: bytes, received_at: int, now: int) -> list[bytes]:
        """Takes a datagram that came back; returns frames to send at once."""
        kind = frame[0] if frame else 0
        try:
            if kind == frames.WELCOME and self.phase is Phase.GREETING:
                self._welcomed(frame, received_at, now)
            elif kind == frames.TIME:
                self._told_time(frame, received_at, now)
            elif kind == frames.PART and self.phase is Phase.FETCHING:
                return self._take_part(frames.parse_part(self._stream_key, frame))
        except BadFrame:
            return []
        return []

    def fail(self, error: RoundError, detail: str) -> None:
        """Ends the stream with an error; what was measured so far stays."""
        self._error, self._error_detail = error, detail
        self.phase = Phase.FINISHED

    def outcome(self) -> StreamOutcome:
        """Everything both ends recorded."""
        return StreamOutcome(
            order_id=self.order.order_id,
            sent=self.sent.tobytes(),
            lateness=self.lateness[: self.next_index].tobytes(),
            send_errors=self.send_errors,
            arrivals=self._arrivals,
            exchanges=tuple(self._exchanges),
            same_clock=self._same_clock,
            target_version=self._target_version,
            error=self._error,
            error_detail=self._error_detail,
        )

    def progress(self) -> StreamProgress:
        """How far the order is."""
        return StreamProgress(
            order_id=self.order.order_id,
            phase=self.phase,
            sent=self.next_index,
            packets=self.order.packets,
        )

    def _blank_packet(self) -> bytearray:
        head = struct.pack("!BBHIIQ8s", 0x80, 0, 0, 0, self._random.ssrc, 0, b"")
        return bytearray(head + self._random.filling)

    def _greet(self, now: int, wall: int) -> Iterator[bytes]:
        if now >= self._deadline:
            self.fail(RoundError.NO_CONSENT, _no_consent(self.order))
            return
        self._hellos.append(wall)
        self.wake_at = now + RETRY
        yield frames.build_hello(self._key, self._hello(wall))

    def _hello(self, wall: int) -> Hello:
        order, random = self.order, self._random
        return Hello(
            protocol=frames.PROTOCOL,
            nonce=random.nonce,
            attempt=len(self._hellos),
            ssrc=random.ssrc,
            first_sequence=random.first_sequence,
            payload_type=order.payload_type,
            packets=order.packets,
            packet_interval=order.packet_interval,
            packet_size=len(self._packet),
            dscp=order.dscp,
            sent_at=wall,
            host_proof=frames.host_proof(self._key, random.nonce, self._boot_id),
            version=__version__,
        )

    def _welcomed(self, frame: bytes, received_at: int, now: int) -> None:
        welcome = frames.parse_welcome(self._key, frame)
        if welcome.nonce != self._random.nonce or not 1 <= welcome.attempt <= len(self._hellos):
            return
        if welcome.refusal:
            self.fail(RoundError.REFUSED, f"the target declined: {welcome.refusal}")
            return
        asked_at = self._hellos[welcome.attempt - 1]
        exchange = Exchange(asked_at, welcome.received_at, welcome.sent_at, received_at)
        self._exchanges.append(exchange)
        self._round_trip = max(0, received_at - asked_at - (welcome.sent_at - welcome.received_at))
        self._same_clock, self._target_version = welcome.same_clock, welcome.version
        self._renew_consent(now)
        self.phase, self.wake_at = Phase.STREAMING, now

    def _renew_consent(self, now: int) -> None:
        self._consent_until = now + CONSENT_FOR + self._round_trip

    def _keep_consent(self, now: int, wall: int) -> Iterator[bytes]:
        if self.phase is Phase.STREAMING and now > self._consent_until:
            self._error = RoundError.CONSENT_LOST
            self._error_detail = (
                f"the target stopped answering after {self.next_index} of {self.order.packets} packets, "
                "so sending stopped"
            )
            self._settle(now)
        if self.phase is Phase.SETTLING and now >= self._deadline:
            self.phase, self._deadline = Phase.FETCHING, now + FETCHING_FOR
            yield from self._fetch(now)
            return
        self.wake_at = now + SYNC_EVERY
        self._syncs[self._next_sync] = wall
        yield frames.build_sync(self._stream_key, self._random.ssrc, self._next_sync, len(self._packet))
        self._next_sync += 1

    def _told_time(self, frame: bytes, received_at: int, now: int) -> None:
        time = frames.parse_time(self._stream_key, frame)
        sent = self._syncs.pop(time.index, None)
        if sent is None:
            return
        self._renew_consent(now)
        self._exchanges.append(Exchange(sent, time.received_at, time.received_at + time.held, received_at))

    def _settle(self, now: int) -> None:
        self.phase = Phase.SETTLING
        self._deadline = now + SETTLING_FOR + self._round_trip

    def _fetch(self, now: int) -> Iterator[bytes]:
        if now >= self._deadline:
            detail = "the target's record of the stream could not be fetched"
            self.fail(self._error or RoundError.REPORT_LOST, self._error_detail or detail)
            return
        self.wake_at = now + RETRY
        for part in range(self._part_count):
            if part not in self._parts:
                yield self._fetch_frame(part)

    def _fetch_frame(self, part: int) -> bytes:
        self._fetches += 1
        fetch = Fetch(self._random.ssrc, self._fetches, part)
        return frames.build_fetch(self._stream_key, fetch)

    def _take_part(self, part: Part) -> list[bytes]:
        first = not self._parts
        self._parts[part.part] = part.data
        self._part_count = part.parts
        if len(self._parts) == self._part_count:
            self._finish()
            return [self._fetch_frame(frames.DONE)]
        return [self._fetch_frame(n) for n in range(part.parts) if n not in self._parts] if first else []

    def _finish(self) -> None:
        try:
            self._arrivals = unpack(b"".join(self._parts[n] for n in range(self._part_count)))
        except (ValueError, KeyError) as error:
            self.fail(RoundError.REPORT_LOST, f"the target's record is damaged: {error}")
        self.phase = Phase.FINISHED


def _no_consent(order: StreamOrder) -> str:
    return (
        f"{order.address} port {order.port} (UDP) did not answer within {GREETING_FOR / 1e9:g} s; "
        "check that the target runs, that the key is the same, that no firewall is in between "
        "and that both clocks agree to within ten minutes"
    )
