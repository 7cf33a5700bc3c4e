"""A child process of the data plane and the pipe to it, seen from the runner's event loop."""

import asyncio
import contextlib
import multiprocessing
import pickle
import signal
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess, SpawnProcess
from multiprocessing.process import BaseProcess
from typing import Any, Literal, TypeAlias

STOP_WITHIN = 2.0
"""Seconds a child gets to notice that its pipe has closed."""

StartMethod: TypeAlias = Literal["spawn", "fork"]
"""How a child begins: as a new interpreter, or sooner as a copy of a parent that has no other thread."""

_PROCESSES: Mapping[StartMethod, type[BaseProcess]] = {"spawn": SpawnProcess, "fork": ForkProcess}

_near_ends: set[Connection] = set()
"""This process's ends of its children's pipes. A copy has them too, and must let go of them."""


class Child:
    """A process that talks through a pipe and ends when the pipe closes.

    Args:
        main: entry point, called with the child's end of the pipe and `arguments`.
        on_message: called in the event loop with everything the child sends.
        on_end: called in the event loop when the child is gone.
        decode: makes a message of the bytes that the child sends.
        method: how it begins.
    """

    def __init__(
        self,
        main: Callable[..., None],
        *arguments: object,
        on_message: Callable[[Any], None],
        on_end: Callable[[], None],
        decode: Callable[[bytes], Any] = pickle.loads,
        method: StartMethod = "spawn",
    ) -> None:
        self._pipe, far_end = multiprocessing.Pipe()
        _near_ends.add(self._pipe)
        self._on_message, self._on_end, self._decode = on_message, on_end, decode
        self._process = _PROCESSES[method](target=_run, args=(main, far_end, *arguments), daemon=True)
        self._process.start()
        far_end.close()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._pipe.fileno(), self._read)

    @property
    def pid(self) -> int | None:
        """Process id, for tests and the doctor."""
        return self._process.pid

    def send(self, message: object) -> None:
        """Hands a message to the child; one that is gone will be noticed by `on_end`."""
        with contextlib.suppress(OSError):
            self._pipe.send(message)

    async def stop(self) -> None:
        """Closes the pipe and waits for the child to leave."""
        if self._pipe.closed:
            return
        self._hang_up()
        await asyncio.to_thread(self._process.join, STOP_WITHIN)
        if self._process.is_alive():
            self._process.kill()
            await asyncio.to_thread(self._process.join)

    def _read(self) -> None:
        try:
            while self._pipe.poll():
                self._on_message(self._decode(self._pipe.recv_bytes()))
        except (EOFError, OSError):
            self._hang_up()
            self._on_end()

    def _hang_up(self) -> None:
        self._loop.remove_reader(self._pipe.fileno())
        _near_ends.discard(self._pipe)
        self._pipe.close()


def _run(main: Callable[..., None], pipe: Connection, *arguments: object) -> None:
    # Ctrl-C reaches the whole group; the parent decides when its children leave.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for near_end in _near_ends:
        near_end.close()
    main(pipe, *arguments)
