"""The process that receives: one port, drained each five milliseconds, since the kernel stamps arrivals."""

import errno
import gc
import select
import socket
import time
from multiprocessing.connection import Connection

import msgspec

from sonde.model.control import PairKey
from sonde.probe import sockets
from sonde.probe.clock_state import clock_reader
from sonde.probe.limits import Limits
from sonde.probe.target import Target

DRAIN_EVERY = 0.005
IDLE_WAIT = 1.0
DRAIN_AT_MOST = 5000
"""Datagrams of one turn, so that a flood cannot keep the loop from its other duties."""
REPORT_EVERY = 1.0
BIND_FOR = 3.0
"""Seconds to wait for a port that a predecessor has not let go of yet."""


class Listen(msgspec.Struct, frozen=True, kw_only=True):
    """Where to listen and what to take."""

    host: str
    port: int
    limits: Limits = Limits()


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


class Receiver:
    """The loop.

    Args:
        sock: the bound socket.
        control: lists of keys come in, health goes out; its end closes the loop.
    """

    def __init__(self, sock: socket.socket, control: Connection, limits: Limits) -> None:
        self._sock = sock
        self._control = control
        self._target = Target(sockets.boot_id(), limits, clock_reader())
        self._next_report = 0.0
        self._reported: ReceiverHealth | None = None
        self._epoll = select.epoll()
        for fileno in (sock.fileno(), control.fileno()):
            self._epoll.register(fileno, select.EPOLLIN)

    def run(self) -> None:
        """Serves until the other end of the pipe closes."""
        sockets.sharpen_timers()
        try:
            while True:
                self._wait()
                self._take_keys()
                self._drain()
                self._keep_house()
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return

    def _wait(self) -> None:
        if self._target.active:
            time.sleep(DRAIN_EVERY)
        else:
            self._epoll.poll(IDLE_WAIT)

    def _take_keys(self) -> None:
        while self._control.poll():
            keys: tuple[PairKey, ...] = self._control.recv()
            self._target.allow(keys)

    def _drain(self) -> None:
        for _ in range(DRAIN_AT_MOST):
            arrival = sockets.receive(self._sock)
            if arrival is None:
                return
            answer = self._target.receive(arrival, time.time_ns())
            if answer is not None:
                sockets.send_marked(self._sock, answer.data, arrival.source, answer.dscp)

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
        Receiver(sock, control, listen.limits).run()
