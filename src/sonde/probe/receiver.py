"""The process that receives: one port, and on it a socket for every stream.

A socket of its own has a queue of its own, which holds ten seconds of voice. So it is enough to read each
stream some times a second, all that waits in one call, since the kernel stamps arrivals; and what a queue
loses because this process did not get to it is known by stream. Where a stream gets no socket, its packets
come through the listener's, which is read as soon as there is something.
"""

import errno
import gc
import platform
import select
import socket
import sys
import time
from collections import deque
from collections.abc import Callable
from multiprocessing.connection import Connection

import msgspec

from sonde.model.control import PairKey
from sonde.probe import frames, sockets
from sonde.probe.batch import AT_MOST, Batch, is_supported
from sonde.probe.clock_state import clock_reader
from sonde.probe.datagrams import Answer, Arrival
from sonde.probe.limits import Limits
from sonde.probe.priority import RECEIVING, claim_realtime
from sonde.probe.target import Target
from sonde.probe.target_stream import TargetStream

READ_EVERY = 0.05
"""Seconds between two readings of a stream's socket, which is how long a clock question may wait."""

BUSY_READ_EVERY = 0.1
"""The same when there are more than `BUSY` streams."""

BUSY = 100

SHORTEST_WAIT = 0.005
"""Seconds for which streams that become due are collected, to be read at one waking up."""

IDLE_WAIT = 1.0
DRAIN_AT_MOST = 5000
"""Datagrams of one turn from the listener, so that a flood cannot keep the loop from its other duties."""
BATCHES_AT_MOST = 8
"""The same for one stream's socket, in batches."""
REPORT_EVERY = 1.0
BIND_FOR = 3.0
"""Seconds to wait for a port that a predecessor has not let go of yet."""

FINDS_CONNECTED = (6, 13)
"""Linux release since which a packet finds its socket as fast among many on one port as among few."""

SOCKETS_BEFORE = 256
"""Sockets of streams on an older kernel, which looks at half of them for every packet."""

_ONLY_RTP = [b"\x80" * count for count in range(AT_MOST + 1)]


class Listen(msgspec.Struct, frozen=True, kw_only=True):
    """Where to listen and what to take.

    Attributes:
        host, port: of the socket; port 0 for any.
        limits: what to refuse.
        realtime: ask for real-time priority.
        own_sockets: give streams sockets of their own, as many as the system permits.
        stream_buffer: bytes that the queue of one stream may take, 0 for the system's default.
    """

    host: str
    port: int
    limits: Limits = Limits()
    realtime: bool = True
    own_sockets: bool = True
    stream_buffer: int = 0


class Listening(msgspec.Struct, frozen=True, kw_only=True):
    """The receiver is up; `port` is the real one when 0 was asked for."""

    port: int


class ListenFailed(msgspec.Struct, frozen=True, kw_only=True):
    """The receiver cannot listen, and why."""

    message: str
    is_taken: bool


class ReceiverHealth(msgspec.Struct, frozen=True, kw_only=True):
    """What the receiver did so far.

    Attributes:
        streams: being received now.
        accepted: streams since the start.
        silences: datagrams that got no answer, by reason.
    """

    streams: int
    accepted: int
    silences: dict[str, int]


class Line(msgspec.Struct, eq=False):
    """A stream with a socket of its own."""

    stream: TargetStream
    sock: socket.socket


class Receiver:
    """The loop.

    Args:
        sock: the bound socket.
        control: lists of keys come in, health goes out; its end closes the loop.
        listen: what to take.
    """

    def __init__(self, sock: socket.socket, control: Connection, listen: Listen) -> None:
        self._sock = sock
        self._control = control
        self._listen = listen
        self._target = Target(
            sockets.boot_id(),
            listen.limits,
            read_clock=clock_reader(),
            adopt=self._adopt,
            counts_drops=sockets.counts_drops(sock),
        )
        self._lines: dict[int, Line] = {}
        self._lines_max = _lines_max(sock) if listen.own_sockets else 0
        self._due: deque[tuple[float, Line]] = deque()
        self._batch = Batch() if self._lines_max else None
        self._next_report = 0.0
        self._reported: ReceiverHealth | None = None
        self._epoll = select.epoll()
        for fileno in (sock.fileno(), control.fileno()):
            self._epoll.register(fileno, select.EPOLLIN)

    def run(self) -> None:
        """Serves until the other end of the pipe closes."""
        sockets.sharpen_timers()
        sockets.allow_many()
        claim_realtime(RECEIVING, wanted=self._listen.realtime)
        try:
            while True:
                for fileno, _ in self._epoll.poll(self._rest()):
                    self._serve(fileno)
                self._read_due(time.monotonic())
                self._keep_house()
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return

    def _patience(self) -> float:
        if not self._due:
            return IDLE_WAIT
        return max(SHORTEST_WAIT, self._due[0][0] - time.monotonic())

    def _rest(self) -> float:
        """How long to wait for the listener; a busy process sleeps instead, for being woken is dear."""
        patience = self._patience()
        if len(self._lines) <= BUSY:
            return patience
        time.sleep(patience)
        return 0.0

    def _serve(self, fileno: int) -> None:
        if fileno == self._control.fileno():
            self._take_keys()
        elif fileno == self._sock.fileno():
            self._drain(self._sock)

    def _take_keys(self) -> None:
        while self._control.poll():
            keys: tuple[PairKey, ...] = self._control.recv()
            self._target.allow(keys)

    def _drain(self, sock: socket.socket) -> None:
        for _ in range(DRAIN_AT_MOST):
            arrival = sockets.receive(sock)
            if arrival is None:
                return
            answer = self._target.receive(arrival, time.time_ns())
            if answer is not None:
                self._reply(answer, arrival)

    def _reply(self, answer: Answer, arrival: Arrival) -> None:
        sockets.send_marked(self._sock, answer.data, arrival, answer.dscp)

    # -- streams with a socket of their own --------------------------------------------------------

    def _adopt(self, stream: TargetStream, arrival: Arrival) -> Callable[[], None] | None:
        if len(self._lines) >= self._lines_max:
            return None
        try:
            dscp, buffer = stream.hello.dscp, self._listen.stream_buffer
            sock = sockets.stream_socket(self._sock, arrival, dscp, buffer)
        except OSError:
            return None
        fileno = sock.fileno()
        line = self._lines[fileno] = Line(stream, sock)
        self._schedule(line)

        def close() -> None:
            del self._lines[fileno]
            sock.close()

        # Between its binding and its connecting it may have caught what was for the listener.
        self._drain(sock)
        return close

    def _schedule(self, line: Line) -> None:
        pause = READ_EVERY if len(self._lines) <= BUSY else BUSY_READ_EVERY
        self._due.append((time.monotonic() + pause, line))

    def _read_due(self, now: float) -> None:
        while self._due and self._due[0][0] <= now:
            _, line = self._due.popleft()
            if line.sock.fileno() >= 0:
                self._schedule(line)
                self._read(line)

    def _read(self, line: Line) -> None:
        if (batch := self._batch) is None:
            return
        for _ in range(BATCHES_AT_MOST):
            count = batch.read(line.sock.fileno()) if line.sock.fileno() >= 0 else 0
            if count:
                kinds = bytes(batch.kinds(count))
                self._target.take_rows(line.stream, batch.rows, batch.headers, count)
                if kinds != _ONLY_RTP[count]:
                    self._answer(line, batch, kinds)
            if count < AT_MOST:
                return

    def _answer(self, line: Line, batch: Batch, kinds: bytes) -> None:
        stream, wall = line.stream, time.time_ns()
        for at, kind in enumerate(kinds):
            if kind == frames.SYNC and batch.length(at) == stream.hello.packet_size:
                data = self._target.receive_sync(stream, batch.head(at), batch.stamp(at), wall)
                if data is not None:
                    sockets.send(line.sock, data)
            elif kind & 0xC0 != 0x80:
                self._answer_rare(line, batch, at)

    def _answer_rare(self, line: Line, batch: Batch, at: int) -> None:
        stream, stamp = line.stream, batch.stamp(at)
        arrival = Arrival(batch.frame(at), stream.source, stamp, -1, 0, drops=batch.drops(at))
        answer = self._target.receive(arrival, time.time_ns())
        if answer is not None:
            sockets.send(line.sock, answer.data)

    def _keep_house(self) -> None:
        now = time.monotonic()
        if now < self._next_report:
            return
        self._next_report = now + REPORT_EVERY
        self._target.expire(time.time_ns())
        if not self._target.active:
            gc.collect()
        counts = {str(reason): count for reason, count in self._target.counts.items()}
        health = ReceiverHealth(streams=self._target.active, accepted=self._target.accepted, silences=counts)
        if health != self._reported:
            self._reported = health
            self._control.send(health)


def _lines_max(sock: socket.socket) -> int:
    """How many streams may have sockets of their own."""
    if not is_supported() or not sockets.stamps_arrivals(sock):
        return 0
    release = platform.release().split(".")
    if (
        release[0].isdigit()
        and release[1].isdigit()
        and (int(release[0]), int(release[1])) >= FINDS_CONNECTED
    ):
        return sys.maxsize
    return SOCKETS_BEFORE


def _bind(listen: Listen) -> socket.socket:
    deadline = time.monotonic() + BIND_FOR
    while True:
        try:
            return sockets.listening_socket(listen.host, listen.port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() >= deadline:
                raise
            time.sleep(0.05)


def main(control: Connection, listen: Listen) -> None:
    """Entry point of the process."""
    gc.disable()
    try:
        sock = _bind(listen)
    except OSError as error:
        where = f"{listen.host} port {listen.port} (UDP)"
        message = f"cannot listen on {where}: {error.strerror or error}"
        control.send(ListenFailed(message=message, is_taken=error.errno == errno.EADDRINUSE))
        return
    with sock:
        control.send(Listening(port=sock.getsockname()[1]))
        Receiver(sock, control, listen).run()
