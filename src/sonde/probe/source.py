"""The sending end of one stream, without any socket: what to send when, and what the answers mean.

    greeting   ask for consent, again each 250 ms
    streaming  RTP on schedule; clock exchanges, which keep the consent fresh
    settling   wait for the last packets to arrive
    fetching   get the target's record
    finished   `outcome()` is complete

All `now` are monotonic nanoseconds, all `wall` nanoseconds since the epoch.
"""

import contextlib
import struct
from array import array
from collections.abc import Callable, Generator, Iterator
from enum import StrEnum
from typing import TypeAlias

import msgspec
import numpy as np

from sonde import __version__
from sonde.model.rounds import RoundError
from sonde.probe import frames, tags
from sonde.probe.fetching import DamagedRecord, RecordFetch
from sonde.probe.frames import Hello
from sonde.probe.orders import StreamOrder, StreamOutcome, StreamProgress
from sonde.probe.rows import decode
from sonde.probe.tags import BadFrame
from sonde.rtp.clock import Exchange

MS = 10**6
RETRY = 250 * MS
GREETING_FOR = 3_000 * MS
SYNC_EVERY = 1_000 * MS // frames.SYNCS_PER_SECOND
"""Nanoseconds between two clock exchanges, for whoever has no busier schedule of its own."""
CONSENT_FOR = 1_000 * MS
"""Sending stops when no answer came for this long (plus the handshake's round trip)."""
FETCHING_FOR = 5_000 * MS

_MARKER = 0x80

Send: TypeAlias = Callable[[bytearray], object]
"""Hands one datagram to the kernel; raises OSError when it is refused."""

Lane: TypeAlias = Generator[None, int, None]
"""Sends one packet each time it is resumed with the time, ns since the epoch, at which the packet was due."""


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
        self._stream_key = tags.stream_key(self._key, randomness.nonce)
        self._seal = tags.time_seal(self._stream_key)
        self._tags = _numbers(tags.packet_tags(self._key, randomness.nonce, order.packets))
        syncs = frames.syncs_max(order.packets, order.packet_interval)
        self._sync_tags = _numbers(tags.sync_tags(self._key, randomness.nonce, syncs))
        self._deadline = now + GREETING_FOR
        self._consent_until = 0
        self._round_trip = 0
        self._asked = array("q")
        self._told: set[int] = set()
        self._answers = bytearray(), bytearray()
        self._exchanges: list[Exchange] = []
        self._fetch = RecordFetch(self._stream_key, randomness.ssrc)
        self._same_clock = False
        self._target_version = ""
        self._error: RoundError | None = None
        self._error_detail = ""
        self.sent = array("q", bytes(8 * order.packets))
        self.took = array("q", bytes(8 * order.packets))
        self.lateness = array("q", bytes(8 * order.packets))
        self.next_index = 0
        self.send_errors = 0
        self._packet_size = frames.RTP_OVERHEAD + len(randomness.filling)
        self._sync = bytearray(frames.build_sync(randomness.ssrc, frames.Sync(0, b""), self._packet_size))

    # -- the hot path ------------------------------------------------------------------------------

    def packets(self, send: Send, read_clock: Callable[[], int], when_done: Callable[[], None]) -> Lane:
        """The RTP packets, one each time the lane is resumed.

        All that one packet costs is written out here, since everything else is paid once a stream.

        Args:
            send: where the packets go.
            read_clock: ns since the epoch.
            when_done: called after the last packet; `sent_all` must follow.
        """
        random, step, pack = self._random, self.order.timestamp_step, frames.RTP_FIELDS.pack_into
        sequence, timestamp, ssrc = random.first_sequence, random.first_timestamp, random.ssrc
        sent, took, lateness = self.sent, self.took, self.lateness
        head = struct.pack("!BBHIIQQ", 0x80, self.order.payload_type | _MARKER, 0, 0, 0, 0, 0)
        packet = bytearray(head + random.filling)
        for index, tag in enumerate(self._tags):
            due = yield
            before = read_clock()
            pack(packet, 2, sequence, timestamp, ssrc, before, tag)
            try:
                send(packet)
            except OSError as error:
                before = self._send_again(send, packet, read_clock, error)
            after = read_clock()
            sent[index] = before
            took[index] = after - before if before else 0
            lateness[index] = after - due
            self.next_index = index + 1
            packet[1] = self.order.payload_type
            sequence, timestamp = (sequence + 1) & 0xFFFF, (timestamp + step) & 0xFFFFFFFF
        when_done()
        while True:
            yield

    def sent_all(self, now: int) -> None:
        """The last packet has left; to be told once."""
        if self.phase is Phase.STREAMING:
            self._settle(now)

    def _send_again(
        self, send: Send, packet: bytearray, read_clock: Callable[[], int], error: OSError
    ) -> int:
        """When a refused packet left after all, 0 when it did not."""
        # A refusal is about an earlier datagram; the kernel reports it on this call and sends nothing.
        if isinstance(error, ConnectionRefusedError):
            before = read_clock()
            with contextlib.suppress(OSError):
                send(packet)
                return before
        self.send_errors += 1
        return 0

    # -- control -----------------------------------------------------------------------------------

    def wake(self, now: int, wall: int) -> Iterator[bytes | bytearray]:
        """Control frames to send now; sets `wake_at` for the next call."""
        if self.phase is Phase.GREETING:
            yield from self._greet(now, wall)
        elif self.phase is Phase.STREAMING:
            yield from self._keep_consent(now, wall)
        elif self.phase is Phase.SETTLING:
            self.phase, self._deadline = Phase.FETCHING, now + FETCHING_FOR
            yield from self._ask_for_record(now)
        elif self.phase is Phase.FETCHING:
            yield from self._ask_for_record(now)

    def receive(self, frame: bytes, received_at: int, now: int) -> list[bytes]:
        """Takes a datagram that came back; returns frames to send at once."""
        kind = frame[0] if frame else 0
        try:
            if kind == frames.WELCOME and self.phase is Phase.GREETING:
                self._welcomed(frame, received_at, now)
            elif kind == frames.TIME:
                if self._told_time(frame, received_at):
                    self._renew_consent(now)
            elif kind == frames.PART and self.phase is Phase.FETCHING:
                return self._take_part(frame)
        except BadFrame:
            return []
        return []

    def has_consent(self, now: int) -> bool:
        """Whether the last answer heard is recent enough to go on sending."""
        return now <= self._consent_until

    def keep_answers(self, rows: bytes, headers: bytes) -> None:
        """Takes answers to clock questions as `Batch` read them; looked at when the stream is over."""
        self._answers[0].extend(rows)
        self._answers[1].extend(headers)

    def fail(self, error: RoundError, detail: str) -> None:
        """Ends the stream with an error; what was measured so far stays."""
        self._error, self._error_detail = error, detail
        self.phase = Phase.FINISHED

    def outcome(self, priority: str = "normal") -> StreamOutcome:
        """Everything both ends recorded; `priority` is that of the process which sent."""
        self._look_at_answers()
        return StreamOutcome(
            order_id=self.order.order_id,
            sent=self.sent.tobytes(),
            lateness=self.lateness[: self.next_index].tobytes(),
            took=self.took.tobytes(),
            send_errors=self.send_errors,
            syncs=self._asked.tobytes(),
            arrivals=self._fetch.record,
            exchanges=tuple(self._exchanges),
            same_clock=self._same_clock,
            target_version=self._target_version,
            priority=priority,
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
            packet_size=self._packet_size,
            dscp=order.dscp,
            sent_at=wall,
            host_proof=tags.host_proof(self._key, random.nonce, self._boot_id),
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

    def _keep_consent(self, now: int, wall: int) -> Iterator[bytes | bytearray]:
        if not self.has_consent(now):
            self._error = RoundError.CONSENT_LOST
            self._error_detail = (
                f"the target stopped answering after {self.next_index} of {self.order.packets} packets, "
                "so sending stopped"
            )
            self._settle(now)
            return
        self.wake_at = now + SYNC_EVERY
        index = len(self._asked)
        if index < len(self._sync_tags):
            self._asked.append(wall)
            frames.SYNC_FIELDS.pack_into(self._sync, 8, index, self._sync_tags[index])
            yield self._sync

    def _told_time(self, frame: bytes, received_at: int) -> bool:
        """Notes an answer to a clock question; False when it is none, or a repeated one."""
        time = frames.parse_time(self._seal, frame)
        if time.index >= len(self._asked) or time.index in self._told:
            return False
        self._told.add(time.index)
        asked = self._asked[time.index]
        self._exchanges.append(Exchange(asked, time.received_at, time.received_at + time.held, received_at))
        return True

    def _look_at_answers(self) -> None:
        columns = decode(*self._answers)
        self._answers = bytearray(), bytearray()
        for head, stamp in zip(columns.heads, columns.stamps.tolist(), strict=True):
            with contextlib.suppress(BadFrame):
                self._told_time(head[: frames.SYNC_SIZE].tobytes(), stamp)
        self._exchanges.sort()

    def _settle(self, now: int) -> None:
        self.phase = Phase.SETTLING
        self.wake_at = now + round(self.order.settling * 1e9) + self._round_trip

    def _ask_for_record(self, now: int) -> Iterator[bytes]:
        if now >= self._deadline:
            detail = "the target's record of the stream could not be fetched"
            self.fail(self._error or RoundError.REPORT_LOST, self._error_detail or detail)
            return
        self.wake_at = now + RETRY
        yield from self._fetch.questions()

    def _take_part(self, frame: bytes) -> list[bytes]:
        try:
            questions = self._fetch.take(frame)
        except DamagedRecord as error:
            self.fail(RoundError.REPORT_LOST, f"the target's record is damaged: {error}")
            return [self._fetch.done()]
        if self._fetch.record is not None:
            self.phase = Phase.FINISHED
        return questions


def _numbers(of: bytes) -> list[int]:
    numbers: list[int] = np.frombuffer(of, dtype=">u8").tolist()
    return numbers


def _no_consent(order: StreamOrder) -> str:
    return (
        f"{order.address} port {order.port} (UDP) did not answer within {GREETING_FOR / 1e9:g} s; "
        "check that the target runs, that the key is the same, that no firewall is in between "
        "and that both clocks agree to within ten minutes"
    )
