"""The loop that relay and bridge share: take packets in, send them when they are due, record them."""

import select
import socket
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from copy import copy
from itertools import islice
from types import TracebackType
from typing import Generic, NamedTuple, Protocol, Self

from sonde.impair.config import PathConfig
from sonde.impair.log import Counts, PacketRecord, Summary
from sonde.impair.plan import Direction
from sonde.impair.priority import sharpen_timers
from sonde.impair.schedule import Origin, Schedule, Waiting
from sonde.impair.stamps import Departure, SendStamps

TICK = 0.5
"""Seconds between two rounds of housekeeping: idle flows, and news for whoever watches."""

STAMPS_WITHIN = 500_000_000
"""Nanoseconds after which a send stamp that the kernel has not given is missed no longer."""

BATCH = 64
"""Packets read from one socket, and sent, in one turn, so that nothing waits for one that never stops."""


class Outlet(Protocol):
    """A socket that packets come in by and leave by."""

    stamps: SendStamps

    def fileno(self) -> int:
        """For epoll."""


class _Sent(NamedTuple, Generic[Origin]):
    waiting: Waiting[Origin]
    departures: list[Departure]


class Carrier(ABC, Generic[Origin]):
    """Carries packets and impairs them on the way. Subclasses know where from and where to.

    Use it as a context manager, or `start` and `stop`, to run it in a thread; call `run` to run it in your
    own. What it is to measure should live in another process (see `process`), because two threads of one
    interpreter delay each other.

    Args:
        sink: called with every finished packet's record, in the carrier's thread.
        watch: called every `TICK` with the summary, in the carrier's thread.

    Attributes:
        started_at: ns since the epoch; a `Scenario` counts from here.
    """

    def __init__(
        self,
        config: PathConfig,
        *,
        sink: Callable[[PacketRecord], None] | None = None,
        watch: Callable[[Summary], None] | None = None,
    ) -> None:
        self.started_at = time.time_ns()
        self._config = config
        self._schedule: Schedule[Origin] = Schedule(config, self.started_at, finish=self._finish)
        self._sink = sink
        self._watch = watch
        self._counts = {direction: Counts() for direction in Direction}
        self._refused = 0
        self._passed = 0
        self._user_stamps = 0
        self._sent: deque[_Sent[Origin]] = deque()
        self._unstamped: dict[SendStamps, None] = {}
        self._stopping = threading.Event()
        self._waker, self._wakened = socket.socketpair()
        self._epoll = select.epoll()
        self._epoll.register(self._wakened, select.EPOLLIN)
        self._thread: threading.Thread | None = None
        self._failure: Exception | None = None

    def start(self) -> Self:
        """Begin to carry in a thread of its own."""
        self._thread = threading.Thread(target=self._run_in_thread, name="sonde-impair", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop carrying; packets still waiting are not sent. May be called from a signal handler.

        Returns when the thread of `start` has ended, and raises what ended it if it failed.
        """
        self._stopping.set()
        with suppress(OSError):  # closed when it has already ended by itself
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
        """Carry in this thread until `stop` is called or `run_for` is over, then close the sockets."""
        sharpen_timers()
        try:
            self._run()
        finally:
            self._record_sent(everything=True)
            self._schedule.abandon()
            self._close()

    def summary(self) -> Summary:
        """What it did so far. May be called from any thread, also when it has ended."""
        return Summary(
            seconds=(time.time_ns() - self.started_at) / 1e9,
            flows=self._flow_count(),
            refused=self._refused,
            passed=self._passed,
            socket_drops=self._count_socket_drops(),
            user_stamps=self._user_stamps,
            forward=copy(self._counts[Direction.FORWARD]),
            reverse=copy(self._counts[Direction.REVERSE]),
        )

    @abstractmethod
    def _flow_count(self) -> int:
        """Flows seen so far."""

    @abstractmethod
    def _count_socket_drops(self) -> int:
        """Packets that its sockets lost in the kernel."""

    @abstractmethod
    def _outlet(self, descriptor: int) -> Outlet | None:
        """Whose file descriptor this is, None for one that was closed meanwhile."""

    @abstractmethod
    def _take_from(self, outlet: Outlet) -> None:
        """Admit up to `BATCH` packets that wait there."""

    @abstractmethod
    def _exit(self, waiting: Waiting[Origin]) -> tuple[SendStamps, Callable[[], Departure]]:
        """By which socket a packet leaves, and what sends a copy of it or raises OSError."""

    def _keep_house(self) -> None:
        """Called every `TICK`."""

    def _close_outlets(self) -> None:
        """Give the sockets back."""

    def _run_in_thread(self) -> None:
        try:
            self.run()
        except Exception as error:  # noqa: BLE001 (`stop` raises it where it is heard)
            self._failure = error

    def _run(self) -> None:
        begun = time.monotonic()
        next_tick = begun + TICK
        end = begun + self._config.run_for if self._config.run_for else float("inf")
        while not self._stopping.is_set() and (now := time.monotonic()) < end:
            if now >= next_tick:
                self._keep_house()
                if self._watch is not None:
                    self._watch(self.summary())
                next_tick = now + TICK
            self._carry(patience=min(next_tick, end) - now)

    def _carry(self, *, patience: float) -> None:
        for descriptor, events in self._wait(patience):
            outlet = self._outlet(descriptor)
            if outlet is None:
                continue
            if events & select.EPOLLERR:  # also when nothing but a send stamp has come
                outlet.stamps.collect(late=True)
            self._take_from(outlet)
        for waiting in islice(self._schedule.take_due(time.time_ns()), BATCH):
            self._send(waiting)
        self._record_sent()

    def _wait(self, patience: float) -> list[tuple[int, int]]:
        due = self._schedule.next_due()
        if due is not None:
            patience = min(patience, (due - time.time_ns()) / 1e9)
        # epoll rounds its timeout up to 1 ms and select sees few descriptors only, so select waits for epoll.
        readable, _, _ = select.select([self._epoll], [], [], max(0.0, patience))
        return self._epoll.poll(0) if readable else []

    def _send(self, waiting: Waiting[Origin]) -> None:
        stamps, send_copy = self._exit(waiting)
        departures: list[Departure] = []
        with suppress(OSError):  # the record shows it as failed, or as sent once instead of twice
            while len(departures) < waiting.copies:
                departures.append(send_copy())
        self._sent.append(_Sent(waiting, departures))
        self._unstamped[stamps] = None

    def _record_sent(self, *, everything: bool = False) -> None:
        """Record what was sent in that order, as far as its stamps have come."""
        for stamps in list(self._unstamped):
            stamps.collect()
            if not stamps.awaited:
                del self._unstamped[stamps]
        latest = time.time_ns() - STAMPS_WITHIN
        while self._sent:
            waiting, departures = self._sent[0]
            stamped = [departure.stamp for departure in departures]
            if not everything and any(not each.by_kernel and each.at > latest for each in stamped):
                return
            self._sent.popleft()
            self._schedule.sent(waiting, stamped)

    def _finish(self, record: PacketRecord) -> None:
        self._counts[record.direction].add(record)
        self._user_stamps += not record.kernel_stamps
        if self._sink is not None:
            self._sink(record)

    def _close(self) -> None:
        self._close_outlets()
        for end in (self._waker, self._wakened, self._epoll):
            end.close()
