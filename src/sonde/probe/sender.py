"""The process that sends: nothing else runs in it, so nothing delays a packet.

The runner hands it orders through a pipe; it answers with progress and outcomes. While a stream is sent, all
that belongs to it hangs on the timing wheel: its packets in one lane, its clock questions in another, and
with these the reading of the answers, which the kernel has stamped. Between two slots of the wheel the
process sleeps; each five milliseconds it looks for orders and at streams that are not on the wheel.
"""

import gc
import heapq
import os
import secrets
import select
import socket
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import TypeAlias

import msgspec

from sonde.model.rounds import RoundError
from sonde.probe import frames, sockets
from sonde.probe.batch import Batch
from sonde.probe.orders import StreamOrder, StreamOutcome, StreamProgress, encode_news
from sonde.probe.priority import SENDING, claim_realtime, priority
from sonde.probe.source import Lane, Phase, Randomness, SourceStream
from sonde.probe.wheel import SLOT, Wheel

SERVICE_EVERY = 5_000_000
"""Nanoseconds between two looks at sockets and pipe while packets are being paced."""

SERVICE_FOR = 400_000
"""Nanoseconds of one such look while packets are being paced; what is left waits for the next slot's end."""

REPORT_EVERY = 200_000_000
"""Nanoseconds between two progress reports."""

IDLE_WAIT = 1.0
"""Seconds to sleep when there is nothing to do; a new order wakes the process."""

ASK_EVERY = 10**9 // frames.SYNCS_PER_SECOND // SLOT
"""Slots between two clock questions of a stream."""

BUSY_ASK_EVERY = 2 * ASK_EVERY
"""Slots between them for streams that begin while `BUSY` others are under way."""

BUSY = 100

READ_EVERY = 4
"""Clock questions after which the answers are read, all at once."""

Resume: TypeAlias = Callable[[int], object]
"""Lets a lane of the wheel go on, given the time, ns since the epoch, at which its turn was due."""


class SenderSettings(msgspec.Struct, frozen=True):
    """How the process works: with real-time priority, where that is wanted and permitted."""

    realtime: bool = True


class Line(msgspec.Struct, eq=False):
    """A stream, its socket, and its lanes while it is on the wheel."""

    stream: SourceStream
    sock: socket.socket
    lanes: tuple[Resume, ...] = ()


_ALARMED = (Phase.GREETING, Phase.SETTLING, Phase.FETCHING)
"""Phases in which a stream is not on the wheel, and woken by an alarm."""


class Sender:
    """The loop.

    Args:
        orders: where orders come from and outcomes go to; its end closes the loop.
        realtime: whether to ask for real-time priority.
    """

    def __init__(self, orders: Connection, *, realtime: bool) -> None:
        self._pipe = orders
        self._realtime = realtime
        self._boot_id = sockets.boot_id()
        self._wheel: Wheel[Resume] = Wheel(time.monotonic_ns())
        self._lines: dict[int, Line] = {}
        self._done: list[Line] = []
        self._alarms: list[tuple[int, int, Line]] = []
        self._alarm_count = 0
        self._batch = Batch()
        self._epoll = select.epoll()
        self._epoll.register(orders.fileno(), select.EPOLLIN)
        self._next_report = 0

    def run(self) -> None:
        """Serves orders until the runner's end of the pipe closes."""
        sockets.sharpen_timers()
        sockets.allow_many()
        claim_realtime(SENDING, wanted=self._realtime)
        try:
            while True:
                is_done = self._serve()
                self._pace(time.monotonic_ns() + (SERVICE_EVERY if is_done else SLOT))
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return

    # -- pacing ------------------------------------------------------------------------------------

    def _pace(self, until: int) -> None:
        while (due := self._wheel.next_due()) is not None:
            now = time.monotonic_ns()
            if due > now:
                time.sleep((min(due, until) - now) / 1e9 if until > now else 0)
                if due > until:
                    return
            wall = due + time.time_ns() - time.monotonic_ns()
            for resume in self._wheel.take():
                resume(wall)
            if self._done:
                self._finish_sending()
            if time.monotonic_ns() >= until:
                return

    def _finish_sending(self) -> None:
        now = time.monotonic_ns()
        for line in self._done:
            line.stream.sent_all(now)
            self._take_off_wheel(line)
        self._done.clear()

    def _take_off_wheel(self, line: Line) -> None:
        if line.lanes:
            for lane in line.lanes:
                self._wheel.remove(lane)
            line.lanes = ()
            self._set_alarm(line)

    def _ask(self, line: Line) -> Lane:
        """The clock questions of a stream; now and then it reads the answers that have come."""
        turn = 0
        while True:
            yield
            turn += 1
            now = time.monotonic_ns()
            # What keeps the consent may wait unread, above all when this process is behind.
            if turn % READ_EVERY == 0 or not line.stream.has_consent(now):
                self._read_answers(line)
            self._wake(line, now)

    # -- service -----------------------------------------------------------------------------------

    def _serve(self) -> bool:
        """Looks at orders, answers and alarms; False when there was no time for all."""
        ready = self._epoll.poll(self._patience())
        until = time.monotonic_ns() + SERVICE_FOR if len(self._wheel) else None
        for fileno, _ in ready:
            if fileno == self._pipe.fileno():
                self._take_orders(until)
            elif line := self._lines.get(fileno):
                self._read_answers(line)
            if _is_past(until):
                return False
        self._ring_alarms(until)
        self._report()
        return not _is_past(until)

    def _patience(self) -> float:
        if len(self._wheel):
            return 0.0
        if not self._alarms:
            gc.collect()  # off while packets are paced: one run of it costs more than a packet's slot
            claim_realtime(SENDING, wanted=self._realtime)  # again, should an overload have cost it
            return IDLE_WAIT
        return max(0.0, (self._alarms[0][0] - time.monotonic_ns()) / 1e9)

    def _take_orders(self, until: int | None) -> None:
        while self._pipe.poll():
            order: StreamOrder = self._pipe.recv()
            self._start(order)
            if _is_past(until):
                return

    def _start(self, order: StreamOrder) -> None:
        stream = SourceStream(order, _draw(order), self._boot_id, time.monotonic_ns())
        try:
            sock = sockets.connected_socket(order.address, order.port, order.dscp)
        except OSError as error:
            detail = (
                f"{order.address} port {order.port} cannot be reached from here: {error.strerror or error}"
            )
            stream.fail(RoundError.UNREACHABLE, detail)
            self._tell(stream.outcome(priority()))
            return
        line = self._lines[sock.fileno()] = Line(stream, sock)
        self._epoll.register(sock.fileno(), select.EPOLLIN)
        self._set_alarm(line)

    def _read_answers(self, line: Line) -> None:
        count = self._batch.read(line.sock.fileno())
        if not count:
            return
        stream, was = line.stream, line.stream.phase
        wall, now = time.time_ns(), time.monotonic_ns()
        can_wait = was is Phase.STREAMING and self._batch.stamp(0) > 0
        first = self._keep_all_but_last(line, count) if can_wait else 0
        for at in range(first, count):
            received_at = self._batch.stamp(at) or wall
            heard = now - max(0, wall - received_at)
            for frame in stream.receive(self._batch.frame(at), received_at, heard):
                self._send_control(line.sock, frame)
        if stream.phase is not was:
            self._phase_changed(line)

    def _keep_all_but_last(self, line: Line, count: int) -> int:
        """Puts answers aside: one shows that the consent holds, the others can wait for the stream's end."""
        if count > 1:
            line.stream.keep_answers(*self._batch.copy(count - 1))
        return count - 1

    def _phase_changed(self, line: Line) -> None:
        stream = line.stream
        if stream.phase is Phase.STREAMING:
            self._put_on_wheel(line)
        elif stream.phase is Phase.SETTLING:
            self._take_off_wheel(line)
        elif stream.phase is Phase.FETCHING:
            self._epoll.modify(line.sock.fileno(), select.EPOLLIN)
        elif stream.phase is Phase.FINISHED:
            self._close(line)

    def _put_on_wheel(self, line: Line) -> None:
        stream, path = line.stream, line.stream.order.address
        packets = stream.packets(line.sock.send, time.time_ns, lambda: self._done.append(line))
        questions = self._ask(line)
        next(packets)
        next(questions)
        line.lanes = packets.send, questions.send
        now, step = time.monotonic_ns(), round(stream.order.packet_interval * 1e9) // SLOT
        ask_every = ASK_EVERY if len(self._wheel) < 2 * BUSY else BUSY_ASK_EVERY
        for lane, every in zip(line.lanes, (step, ask_every), strict=True):
            self._wheel.add(lane, every, path, now)
        if sockets.stamps_arrivals(line.sock):
            self._epoll.modify(line.sock.fileno(), 0)

    def _set_alarm(self, line: Line) -> None:
        self._alarm_count += 1
        heapq.heappush(self._alarms, (line.stream.wake_at, self._alarm_count, line))

    def _ring_alarms(self, until: int | None) -> None:
        now = time.monotonic_ns()
        while self._alarms and self._alarms[0][0] <= now and not _is_past(until):
            at, _, line = heapq.heappop(self._alarms)
            if at == line.stream.wake_at and line.stream.phase in _ALARMED:
                self._wake(line, now)
                if line.stream.phase in _ALARMED:
                    self._set_alarm(line)

    def _wake(self, line: Line, now: int) -> None:
        stream, was = line.stream, line.stream.phase
        for frame in stream.wake(now, time.time_ns()):
            self._send_control(line.sock, frame)
        if stream.phase is not was:
            self._phase_changed(line)

    def _send_control(self, sock: socket.socket, frame: bytes | bytearray) -> None:
        try:
            sock.send(frame)
        except OSError:
            return  # lost like any datagram: asked again, and missed where it matters

    def _close(self, line: Line) -> None:
        self._take_off_wheel(line)
        del self._lines[line.sock.fileno()]
        self._epoll.unregister(line.sock.fileno())
        line.sock.close()
        self._tell(line.stream.outcome(priority()))

    def _tell(self, news: StreamOutcome | StreamProgress) -> None:
        self._pipe.send_bytes(encode_news(news))

    def _report(self) -> None:
        now = time.monotonic_ns()
        if now >= self._next_report and self._lines:
            self._next_report = now + REPORT_EVERY
            for line in self._lines.values():
                if line.stream.order.wants_progress:
                    self._tell(line.stream.progress())


def _is_past(until: int | None) -> bool:
    return until is not None and time.monotonic_ns() >= until


def _draw(order: StreamOrder) -> Randomness:
    return Randomness(
        nonce=secrets.token_bytes(16),
        ssrc=secrets.randbits(32),
        first_sequence=secrets.randbits(16),
        first_timestamp=secrets.randbits(32),
        filling=os.urandom(order.payload_bytes - 16),
    )


def main(orders: Connection, settings: SenderSettings) -> None:
    """Entry point of the process."""
    gc.disable()
    Sender(orders, realtime=settings.realtime).run()
