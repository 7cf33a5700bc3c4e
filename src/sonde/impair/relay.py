"""The relay itself: the sockets, and the loop that carries packets between them when they are due."""

import ctypes
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import copy
from itertools import islice
from types import TracebackType
from typing import Self

from sonde.impair.config import RelayConfig
from sonde.impair.flows import Flow, FlowTable
from sonde.impair.log import Counts, PacketRecord, Summary
from sonde.impair.notation import Endpoint
from sonde.impair.plan import Direction
from sonde.impair.port import Datagram, Port, open_listener
from sonde.impair.schedule import Schedule, Waiting
from sonde.model.errors import Limited

TICK = 0.5
"""Seconds between two rounds of housekeeping: idle flows, and news for whoever watches."""

_BATCH = 64
_PR_SET_TIMERSLACK = 29


class Relay:
    """Carries packets between clients and one target, and impairs them on the way.

    It listens from the moment it is made. Use it as a context manager, or `start` and `stop`, to run it in a
    thread; call `run` to run it in your own. What it is to measure should live in another process (see
    `process.RelayProcess`), because two threads of one interpreter delay each other.

    Args:
        sink: called with every finished packet's record, in the relay's thread.
        watch: called every `TICK` with the summary, in the relay's thread.

    Attributes:
        address: where clients reach it.
        started_at: ns since the epoch; a `Scenario` counts from here.

    Raises:
        Unavailable: it cannot listen there, or a name does not resolve.
    """

    def __init__(
        self,
        config: RelayConfig,
        *,
        sink: Callable[[PacketRecord], None] | None = None,
        watch: Callable[[Summary], None] | None = None,
    ) -> None:
        self._flows = FlowTable(config.target, limit=config.max_flows, idle=config.flow_idle)
        self._listener = open_listener(config.listen)
        self.address: Endpoint = self._listener.address
        self.started_at = time.time_ns()
        self._run_for = config.run_for
        self._schedule = Schedule(config, self.started_at, finish=self._finish)
        self._sink = sink
        self._watch = watch
        self._counts = {direction: Counts() for direction in Direction}
        self._refused = 0
        self._user_stamps = 0
        self._flow_at: dict[int, Flow] = {}
        self._stopping = threading.Event()
        self._waker, self._wakened = socket.socketpair()
        self._epoll = select.epoll()
        self._epoll.register(self._listener, select.EPOLLIN)
        self._epoll.register(self._wakened, select.EPOLLIN)
        self._thread: threading.Thread | None = None
        self._failure: Exception | None = None

    def start(self) -> Self:
        """Begin to relay in a thread of its own."""
        self._thread = threading.Thread(target=self._run_in_thread, name="sonde-impair", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop relaying; packets still waiting are not sent. May be called from a signal handler.

        Returns when the thread of `start` has ended, and raises what ended it if it failed.
        """
        self._stopping.set()
        with suppress(OSError):  # closed when the relay has already ended by itself
            self._waker.send(b"\0")
        if self._thread is not None:
            self._thread.join()
        if self._failure is not None:
            raise self._failure

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def run(self) -> None:
        """Relay in this thread until `stop` is called or `run_for` is over, then close the sockets."""
        _sharpen_timers()
        begun = time.monotonic()
        next_tick = begun + TICK
        end = begun + self._run_for if self._run_for else float("inf")
        try:
            while not self._stopping.is_set() and (now := time.monotonic()) < end:
                if now >= next_tick:
                    self._keep_house()
                    next_tick = now + TICK
                self._carry(patience=min(next_tick, end) - now)
        finally:
            self._schedule.abandon()
            self._close()

    def summary(self) -> Summary:
        """What it did so far. May be called from any thread, also when it has ended."""
        ports = [self._listener, *(flow.port for flow in list(self._flows))]
        return Summary(
            seconds=(time.time_ns() - self.started_at) / 1e9,
            flows=self._flows.opened,
            refused=self._refused,
            socket_drops=self._flows.overflowed + sum(port.overflowed for port in ports),
            user_stamps=self._user_stamps,
            forward=copy(self._counts[Direction.FORWARD]),
            reverse=copy(self._counts[Direction.REVERSE]),
        )

    def _run_in_thread(self) -> None:
        try:
            self.run()
        except Exception as error:  # noqa: BLE001 (`stop` raises it where it is heard)
            self._failure = error

    def _carry(self, *, patience: float) -> None:
        for descriptor in self._wait(patience):
            if descriptor == self._listener.fileno():
                self._take_forward()
            elif (flow := self._flow_at.get(descriptor)) is not None:
                for datagram in self._read(flow.port):
                    self._schedule.admit(flow, Direction.REVERSE, datagram)
        for waiting in islice(self._schedule.take_due(time.time_ns()), _BATCH):
            self._send(waiting)

    def _wait(self, patience: float) -> list[int]:
        due = self._schedule.next_due()
        if due is not None:
            patience = min(patience, (due - time.time_ns()) / 1e9)
        # epoll rounds its timeout up to 1 ms and select sees few descriptors only, so select waits for epoll.
        readable, _, _ = select.select([self._epoll], [], [], max(0.0, patience))
        return [descriptor for descriptor, _ in self._epoll.poll(0)] if readable else []

    def _read(self, port: Port) -> Iterator[Datagram]:
        # A bound on what one socket may say in a turn keeps the others, and the due packets, in time.
        for _ in range(_BATCH):
            datagram = port.receive()
            if datagram is None:
                return
            self._user_stamps += not datagram.kernel_stamp
            yield datagram

    def _take_forward(self) -> None:
        for datagram in self._read(self._listener):
            flow = self._flows.find(datagram.peer) or self._open_flow(datagram)
            if flow is None:
                self._refused += 1
            else:
                self._schedule.admit(flow, Direction.FORWARD, datagram)

    def _open_flow(self, datagram: Datagram) -> Flow | None:
        try:
            flow = self._flows.open(datagram.peer)
        except (Limited, OSError):
            return None
        self._flow_at[flow.port.fileno()] = flow
        self._epoll.register(flow.port, select.EPOLLIN)
        return flow

    def _send(self, waiting: Waiting) -> None:
        forward = waiting.record.direction is Direction.FORWARD
        port = waiting.flow.port if forward else self._listener
        client = None if forward else waiting.flow.client
        sent_at: list[int] = []
        with suppress(OSError):  # the record shows it as failed, or as sent once instead of twice
            while len(sent_at) < waiting.copies:
                sent_at.append(port.send(waiting.payload, tos=waiting.record.tos_out, to=client))
        self._schedule.sent(waiting, tuple(sent_at))

    def _finish(self, record: PacketRecord) -> None:
        self._counts[record.direction].add(record)
        if self._sink is not None:
            self._sink(record)

    def _keep_house(self) -> None:
        for flow in self._flows.expire(time.time_ns()):
            self._epoll.unregister(flow.port)
            del self._flow_at[flow.port.fileno()]
            flow.port.close()
        if self._watch is not None:
            self._watch(self.summary())

    def _close(self) -> None:
        for flow in self._flows:
            flow.port.close()
        for end in (self._listener, self._waker, self._wakened, self._epoll):
            end.close()


def _sharpen_timers() -> None:
    """Ask the kernel to wake this thread when it said, not up to 50 us later (unprivileged on Linux)."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, 1, 0, 0, 0)
