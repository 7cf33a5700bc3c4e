"""The process that sends: nothing else runs in it, so nothing delays a packet.

The runner hands it orders through a pipe; it answers with progress and outcomes. Between two slots of the
wheel it sleeps; each five milliseconds it reads answers and orders.
"""

import gc
import heapq
import os
import secrets
import select
import socket
import time
from multiprocessing.connection import Connection

from sonde.model.rounds import RoundError
from sonde.probe import sockets
from sonde.probe.orders import StreamOrder
from sonde.probe.source import Phase, Randomness, SourceStream
from sonde.probe.wheel import SLOT, Wheel

SERVICE_EVERY = 5_000_000
"""Nanoseconds between two looks at sockets and pipe while packets are being paced."""

REPORT_EVERY = 200_000_000
"""Nanoseconds between two progress reports."""

IDLE_WAIT = 1.0
"""Seconds to sleep when there is nothing to do; a new order wakes the process."""


class Sender:
    """The loop.

    Args:
        orders: where orders come from and outcomes go to; its end closes the loop.
    """

    def __init__(self, orders: Connection) -> None:
        self._pipe = orders
        self._boot_id = sockets.boot_id()
        self._wheel: Wheel[SourceStream] = Wheel(time.monotonic_ns())
        self._streams: dict[int, tuple[SourceStream, socket.socket]] = {}
        self._sockets: dict[SourceStream, socket.socket] = {}
        self._alarms: list[tuple[int, int, SourceStream]] = []
        self._alarm_count = 0
        self._epoll = select.epoll()
        self._epoll.register(orders.fileno(), select.EPOLLIN)
        self._next_report = 0

    def run(self) -> None:
        """Serves orders until the runner's end of the pipe closes."""
        sockets.sharpen_timers()
        try:
            while True:
                self._serve()
                self._pace(time.monotonic_ns() + SERVICE_EVERY)
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
            for stream in self._wheel.take():
                self._send_packet(stream, due)
            if time.monotonic_ns() >= until:
                return

    def _send_packet(self, stream: SourceStream, due: int) -> None:
        send = self._sockets[stream].send
        wall = time.time_ns()
        packet = stream.packet(wall)
        try:
            send(packet)
        except ConnectionRefusedError:
            wall = self._send_again(stream, packet)
        except OSError:
            wall = 0
        now = time.monotonic_ns()
        stream.packet_done(wall, now - due, now)
        if stream.phase is not Phase.STREAMING:
            self._wheel.remove(stream)

    def _send_again(self, stream: SourceStream, packet: bytearray) -> int:
        # The refusal is about an earlier datagram; the kernel reports it on this call and sends nothing.
        wall = time.time_ns()
        try:
            self._sockets[stream].send(packet)
        except OSError:
            return 0
        return wall

    # -- service -----------------------------------------------------------------------------------

    def _serve(self) -> None:
        for fileno, _ in self._epoll.poll(self._patience()):
            if fileno == self._pipe.fileno():
                self._take_orders()
            else:
                self._read_answers(*self._streams[fileno])
        self._ring_alarms()
        self._report()

    def _patience(self) -> float:
        if len(self._wheel):
            return 0.0
        if not self._alarms:
            gc.collect()  # off while packets are paced: one run of it costs more than a packet's slot
            return IDLE_WAIT
        return max(0.0, (self._alarms[0][0] - time.monotonic_ns()) / 1e9)

    def _take_orders(self) -> None:
        while self._pipe.poll():
            order: StreamOrder = self._pipe.recv()
            self._start(order)

    def _start(self, order: StreamOrder) -> None:
        stream = SourceStream(order, _draw(order), self._boot_id, time.monotonic_ns())
        try:
            sock = sockets.connected_socket(order.address, order.port, order.dscp)
        except OSError as error:
            detail = (
                f"{order.address} port {order.port} cannot be reached from here: {error.strerror or error}"
            )
            stream.fail(RoundError.UNREACHABLE, detail)
            self._pipe.send(stream.outcome())
            return
        self._streams[sock.fileno()] = (stream, sock)
        self._sockets[stream] = sock
        self._epoll.register(sock.fileno(), select.EPOLLIN)
        self._set_alarm(stream)

    def _read_answers(self, stream: SourceStream, sock: socket.socket) -> None:
        while True:
            arrival = sockets.receive(sock)
            if arrival is None:
                return
            was = stream.phase
            for frame in stream.receive(arrival.data, arrival.received_at, time.monotonic_ns()):
                self._send_control(sock, frame)
            if stream.phase is not was:
                self._phase_changed(stream)
            if stream.phase is Phase.FINISHED:
                return

    def _phase_changed(self, stream: SourceStream) -> None:
        if stream.phase is Phase.STREAMING:
            step = round(stream.order.packet_interval * 1e9) // SLOT
            self._wheel.add(stream, step, stream.order.address, time.monotonic_ns())
            self._set_alarm(stream)
        elif stream.phase is Phase.FINISHED:
            self._close(stream)

    def _set_alarm(self, stream: SourceStream) -> None:
        self._alarm_count += 1
        heapq.heappush(self._alarms, (stream.wake_at, self._alarm_count, stream))

    def _ring_alarms(self) -> None:
        now = time.monotonic_ns()
        while self._alarms and self._alarms[0][0] <= now:
            at, _, stream = heapq.heappop(self._alarms)
            if at == stream.wake_at and stream in self._sockets:
                self._wake(stream, now)

    def _wake(self, stream: SourceStream, now: int) -> None:
        was = stream.phase
        for frame in stream.wake(now, time.time_ns()):
            self._send_control(self._sockets[stream], frame)
        if was is Phase.STREAMING and stream.phase is not Phase.STREAMING:
            self._wheel.remove(stream)
        if stream.phase is Phase.FINISHED:
            self._close(stream)
        else:
            self._set_alarm(stream)

    def _send_control(self, sock: socket.socket, frame: bytes) -> None:
        try:
            sock.send(frame)
        except OSError:
            return  # lost like any datagram: asked again, and missed where it matters

    def _close(self, stream: SourceStream) -> None:
        sock = self._sockets.pop(stream)
        del self._streams[sock.fileno()]
        self._epoll.unregister(sock.fileno())
        sock.close()
        self._pipe.send(stream.outcome())

    def _report(self) -> None:
        now = time.monotonic_ns()
        if now >= self._next_report and self._sockets:
            self._next_report = now + REPORT_EVERY
            for stream in self._sockets:
                if stream.order.wants_progress:
                    self._pipe.send(stream.progress())


def _draw(order: StreamOrder) -> Randomness:
    return Randomness(
        nonce=secrets.token_bytes(16),
        ssrc=secrets.randbits(32),
        first_sequence=secrets.randbits(16),
        first_timestamp=secrets.randbits(32),
        filling=os.urandom(order.payload_bytes - 16),
    )


def main(orders: Connection) -> None:
    """Entry point of the process."""
    gc.disable()
    Sender(orders).run()
