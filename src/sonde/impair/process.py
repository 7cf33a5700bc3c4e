"""A relay or bridge in a process of its own, so that it and what it measures do not wait for each other."""

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from multiprocessing.connection import Connection
from types import FrameType, TracebackType
from typing import Any, Generic, Self, TypeAlias, TypeVar

import msgspec

from sonde.impair.bridge import Bridge
from sonde.impair.config import BridgeConfig, RelayConfig
from sonde.impair.log import LogFile, Summary
from sonde.impair.priority import realtime_priority
from sonde.impair.relay import Relay
from sonde.model.errors import SondeError, Unavailable

_Ready = TypeVar("_Ready", bound=msgspec.Struct)
_Handler: TypeAlias = Callable[[int, FrameType | None], Any] | int | signal.Handlers | None
AnyCarrier: TypeAlias = Relay | Bridge


class Listening(msgspec.Struct, frozen=True, kw_only=True):
    """A relay that is ready.

    Attributes:
        host, port: where clients reach it.
        started_at: ns since the epoch; a `Scenario` counts from here.
        pid: the process it runs in.
    """

    host: str
    port: int
    started_at: int
    pid: int


class Bridging(msgspec.Struct, frozen=True, kw_only=True):
    """A bridge that is ready.

    Attributes:
        first, second: the interfaces it joins.
        started_at, pid: as for `Listening`.
    """

    first: str
    second: str
    started_at: int
    pid: int


def carry(
    config: RelayConfig | BridgeConfig,
    *,
    ready: Callable[[AnyCarrier], None] | None = None,
    watch: Callable[[Summary], None] | None = None,
) -> Summary:
    """Relay or bridge in this thread until SIGTERM, SIGINT, `Carrier.stop` or the end of `config.run_for`.

    Args:
        config: what to do.
        ready: called once when packets may come.
        watch: see `Carrier`.

    Raises:
        Unavailable: it cannot listen, an interface or a name is not there, real-time priority is not
            allowed, or the log cannot be written.
    """
    with (
        realtime_priority() if config.realtime else nullcontext(),
        LogFile(config.log) if config.log else nullcontext() as log,
    ):
        sink = log.write if log else None
        carrier: AnyCarrier
        if isinstance(config, BridgeConfig):
            carrier = Bridge(config, sink=sink, watch=watch)
        else:
            carrier = Relay(config, sink=sink, watch=watch)
        with _undisturbed(carrier):
            if ready is not None:
                ready(carrier)
            carrier.run()
        return carrier.summary()


def describe(carrier: AnyCarrier) -> Listening | Bridging:
    """What others must know to use a relay or bridge of this process."""
    if isinstance(carrier, Bridge):
        first, second = carrier.interfaces
        return Bridging(first=first, second=second, started_at=carrier.started_at, pid=os.getpid())
    host, port = carrier.address
    return Listening(host=host, port=port, started_at=carrier.started_at, pid=os.getpid())


class _CarrierProcess(Generic[_Ready]):
    """A child process, which ends with this one whatever happens.

    Use it as a context manager, or `start` and `stop`. The records are in the file `config.log`, complete
    after `stop`.
    """

    _ready: _Ready

    def __init__(self, config: RelayConfig | BridgeConfig) -> None:
        spawning = multiprocessing.get_context("spawn")
        self._control, self._childs_control = spawning.Pipe()
        self._process = spawning.Process(
            target=_serve, args=(config, self._childs_control), name="sonde-impair", daemon=True
        )
        self._summary: Summary | None = None

    def start(self) -> Self:
        """Begin; returns when packets may come.

        Raises:
            Unavailable: see `carry`.
        """
        self._process.start()
        # With only the child holding that end, its death is heard here as the end of the connection.
        self._childs_control.close()
        self._ready = self._hear()
        return self

    def stop(self) -> Summary:
        """End it, unless `run_for` already has, and return what it did. May be called again.

        Raises:
            Unavailable: the process died.
        """
        if self._summary is None:
            with suppress(OSError):  # it has already ended by itself
                self._control.send(None)
            self._summary = self._hear()
            self._end()
        return self._summary

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _hear(self) -> Any:
        try:
            said = self._control.recv()
        except (EOFError, OSError):
            said = Unavailable("The process that impairs died.", hint="Its standard error says why.")
        if not isinstance(said, SondeError):
            return said
        self._end()
        raise said

    def _end(self) -> None:
        self._control.close()
        self._process.join()


class RelayProcess(_CarrierProcess[Listening]):
    """A relay in a child process, see `_CarrierProcess`."""

    @property
    def listening(self) -> Listening:
        """How to reach it, known after `start`."""
        return self._ready


class BridgeProcess(_CarrierProcess[Bridging]):
    """A bridge in a child process, see `_CarrierProcess`, and in the network namespace of who starts it."""

    @property
    def bridging(self) -> Bridging:
        """What it joins, known after `start`."""
        return self._ready


def _serve(config: RelayConfig | BridgeConfig, control: Connection) -> None:
    def ready(carrier: AnyCarrier) -> None:
        threading.Thread(target=_obey, args=(carrier, control), daemon=True).start()
        control.send(describe(carrier))

    with suppress(BrokenPipeError):  # the parent is no more, and nobody is left to tell
        try:
            control.send(carry(config, ready=ready))
        except SondeError as error:
            control.send(error)


def _obey(carrier: AnyCarrier, control: Connection) -> None:
    """Stop when the parent says so, or is no more."""
    with suppress(EOFError, OSError):
        control.recv()
    carrier.stop()


@contextmanager
def _undisturbed(carrier: AnyCarrier) -> Iterator[None]:
    """Let signals stop it, and keep the garbage collector from pausing it: it makes no cycles."""
    collecting = gc.isenabled()
    gc.disable()
    handlers = _stop_on_signals(carrier)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if collecting:
            gc.enable()


def _stop_on_signals(carrier: AnyCarrier) -> dict[signal.Signals, _Handler]:
    """Returns the handlers replaced; none outside the main thread, where Python takes no handlers."""
    if threading.current_thread() is not threading.main_thread():
        return {}

    def stop(_number: int, _frame: FrameType | None) -> None:
        carrier.stop()

    return {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
