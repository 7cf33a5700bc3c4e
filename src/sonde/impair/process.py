"""A relay in a process of its own, so that it and what it measures do not wait for each other."""

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from multiprocessing.connection import Connection
from types import FrameType, TracebackType
from typing import Any, Self, TypeAlias, TypeVar

import msgspec

from sonde.impair.config import RelayConfig
from sonde.impair.log import LogFile, Summary
from sonde.impair.relay import Relay
from sonde.model.errors import SondeError, Unavailable

_Said = TypeVar("_Said", bound=msgspec.Struct)
_Handler: TypeAlias = Callable[[int, FrameType | None], Any] | int | signal.Handlers | None


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


def run_relay(
    config: RelayConfig,
    *,
    ready: Callable[[Relay], None] | None = None,
    watch: Callable[[Summary], None] | None = None,
) -> Summary:
    """Relay in this thread until SIGTERM, SIGINT, `Relay.stop` or the end of `config.run_for`.

    Args:
        config: what to do.
        ready: called once when clients may send.
        watch: see `Relay`.

    Raises:
        Unavailable: it cannot listen, a name does not resolve, or the log cannot be written.
    """
    with LogFile(config.log) if config.log else nullcontext() as log:
        relay = Relay(config, sink=log.write if log else None, watch=watch)
        with _undisturbed(relay):
            if ready is not None:
                ready(relay)
            relay.run()
        return relay.summary()


def describe(relay: Relay) -> Listening:
    """What others must know to use a relay of this process."""
    host, port = relay.address
    return Listening(host=host, port=port, started_at=relay.started_at, pid=os.getpid())


class RelayProcess:
    """A relay in a child process, which ends with this one whatever happens.

    Use it as a context manager, or `start` and `stop`. The records are in the file `config.log`, complete
    after `stop`.

    Attributes:
        listening: how to reach it, set by `start`.
    """

    listening: Listening

    def __init__(self, config: RelayConfig) -> None:
        spawning = multiprocessing.get_context("spawn")
        self._control, self._childs_control = spawning.Pipe()
        self._process = spawning.Process(
            target=_serve, args=(config, self._childs_control), name="sonde-impair", daemon=True
        )
        self._summary: Summary | None = None

    def start(self) -> Self:
        """Begin; returns when clients may send.

        Raises:
            Unavailable: see `run_relay`.
        """
        self._process.start()
        # With only the child holding that end, its death is heard here as the end of the connection.
        self._childs_control.close()
        self.listening = self._hear(Listening)
        return self

    def stop(self) -> Summary:
        """End it, unless `run_for` already has, and return what it did. May be called again.

        Raises:
            Unavailable: the process died.
        """
        if self._summary is None:
            with suppress(OSError):  # it has already ended by itself
                self._control.send(None)
            self._summary = self._hear(Summary)
            self._end()
        return self._summary

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _hear(self, expected: type[_Said]) -> _Said:
        try:
            said = self._control.recv()
        except (EOFError, OSError):
            said = Unavailable("The relay's process died.", hint="Its standard error says why.")
        if isinstance(said, expected):
            return said
        self._end()
        raise said

    def _end(self) -> None:
        self._control.close()
        self._process.join()


def _serve(config: RelayConfig, control: Connection) -> None:
    def ready(relay: Relay) -> None:
        threading.Thread(target=_obey, args=(relay, control), daemon=True).start()
        control.send(describe(relay))

    with suppress(BrokenPipeError):  # the parent is no more, and nobody is left to tell
        try:
            control.send(run_relay(config, ready=ready))
        except SondeError as error:
            control.send(error)


def _obey(relay: Relay, control: Connection) -> None:
    """Stop when the parent says so, or is no more."""
    with suppress(EOFError, OSError):
        control.recv()
    relay.stop()


@contextmanager
def _undisturbed(relay: Relay) -> Iterator[None]:
    """Let signals stop the relay, and keep the garbage collector from pausing it: it makes no cycles."""
    collecting = gc.isenabled()
    gc.disable()
    handlers = _stop_on_signals(relay)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if collecting:
            gc.enable()


def _stop_on_signals(relay: Relay) -> dict[signal.Signals, _Handler]:
    """Returns the handlers replaced; none outside the main thread, where Python takes no handlers."""
    if threading.current_thread() is not threading.main_thread():
        return {}

    def stop(_number: int, _frame: FrameType | None) -> None:
        relay.stop()

    return {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
