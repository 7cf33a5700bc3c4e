"""Who wants to know at once that something new is stored, and telling them."""

import asyncio
import threading
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Final, Self

import msgspec

from sonde.model.errors import Limited

WAITING_MAX: Final = 256
"""Changes that wait for one listener; a slower one loses the oldest, and is told so."""

LISTENERS_MAX: Final = 200
"""Most listeners at a time, of all workspaces."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Something new of a peer can be read.

    Attributes:
        workspace_id: whose it is.
        peer_id, session_id: what it is about; the session is None while it is not known.
        last_at: the time of its latest sample or event.
        has_left: the peer said that it left.
    """

    workspace_id: int
    peer_id: str
    session_id: str | None
    last_at: datetime
    has_left: bool


class Listener:
    """One who listens, in the event loop of whoever opened it. A context manager.

    Attributes:
        missed: changes that were given up since the last `next`, because they were not fetched in time.
    """

    def __init__(self, changes: "LiveChanges", workspace_id: int) -> None:
        self.workspace_id = workspace_id
        self.missed = 0
        self._changes = changes
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Change] = deque()
        self._arrival = asyncio.Event()

    async def next(self, patience: float) -> Change | None:
        """The next change; None when there was none for so many seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._arrival.wait(), patience)
        if not self._waiting:
            return None
        change = self._waiting.popleft()
        if not self._waiting:
            self._arrival.clear()
        return change

    def tell(self, changes: list[Change]) -> None:
        """Hand changes over, from any thread."""
        # The loop is closed when the server stops while somebody listens.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._take, changes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._changes.forget(self)

    def _take(self, changes: list[Change]) -> None:
        self._waiting.extend(changes)
        while len(self._waiting) > WAITING_MAX:
            self._waiting.popleft()
            self.missed += 1
        self._arrival.set()


class LiveChanges:
    """Passes on what changes to those who listen. Safe to share by threads.

    Nothing is kept for those who come later, and each process knows its own changes only.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: set[Listener] = set()

    def listen(self, workspace_id: int) -> Listener:
        """Begin to listen to a workspace. Call it where an event loop runs.

        Raises:
            Limited: too many listen.
        """
        listener = Listener(self, workspace_id)
        with self._lock:
            if len(self._listeners) >= LISTENERS_MAX:
                raise Limited("Too many listen to changes already.", retry_after=10)
            self._listeners.add(listener)
        return listener

    def forget(self, listener: Listener) -> None:
        """End listening; twice is harmless."""
        with self._lock:
            self._listeners.discard(listener)

    def announce(self, changes: Iterable[Change]) -> None:
        """Tell those who listen."""
        with self._lock:
            listeners = list(self._listeners)
        if not listeners:
            return
        by_workspace: dict[int, list[Change]] = {}
        for change in changes:
            by_workspace.setdefault(change.workspace_id, []).append(change)
        for listener in listeners:
            if listener.workspace_id in by_workspace:
                listener.tell(by_workspace[listener.workspace_id])
