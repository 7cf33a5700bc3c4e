"""The collector for aiortc: watches connections, makes batches, and hands them to the outbox."""

import asyncio
import os
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, Self

import msgspec
import structlog

from sonde import __version__
from sonde.collect.columns import Columns
from sonde.collect.outbox import Outbox
from sonde.collect.statistics import select

MOST_EVENTS: Final = 500
"""Events of one batch; what happens beyond is not told."""

STATES: Final = {
    "signalingstatechange": ("signaling_state", "signalingState"),
    "icegatheringstatechange": ("ice_gathering_state", "iceGatheringState"),
    "iceconnectionstatechange": ("ice_connection_state", "iceConnectionState"),
    "connectionstatechange": ("connection_state", "connectionState"),
}

log = structlog.get_logger(__name__)


class Collector:
    """Reports on the connections of one participant; an asynchronous context manager.

    Args:
        url: of the server, such as `https://sonde.example.org`.
        key: client key or participant token.
        meeting: name of the room.
        participant: `id` and `name` of the person.
        interval: seconds from tick to tick.
        batch: seconds from batch to batch.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        meeting: str = "",
        participant: Mapping[str, str] | None = None,
        interval: float = 1.0,
        batch: float = 10.0,
    ) -> None:
        self.peer = str(uuid.uuid4())
        self._head = {
            "version": 1,
            "peer": self.peer,
            "meeting": meeting,
            "participant": dict(participant or {}),
            "collector": {"name": "sonde-aiortc", "version": __version__},
            "device": {"cpus": os.cpu_count()},
        }
        self._interval = interval
        self._batch = batch
        self._outbox = Outbox(f"{url.rstrip('/')}/v1/collect", key, capacity=10_000_000)
        self._connections: dict[str, _Connection] = {}
        self._events: list[dict[str, Any]] = []
        self._last_event_at = 0
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self.note("joined")
        self._tasks = [asyncio.create_task(work()) for work in (self._outbox.run, self._send_regularly)]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Takes a last tick, waits some seconds at most until the server has everything, and ends."""
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                await asyncio.gather(*(each.tick() for each in self._connections.values()))
        self.note("left")
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                await self.flush()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def watch(self, pc: Any, *, label: str = "") -> None:
        """Watches an `RTCPeerConnection` until it is closed."""
        key = str(len(self._connections) + 1)
        self._connections[key] = _Connection(pc, key, label)
        self.note("created", connection=key)
        for name, (kind, attribute) in STATES.items():

            def tell(kind: str = kind, attribute: str = attribute) -> None:
                self.note(kind, getattr(pc, attribute), connection=key)

            pc.on(name, tell)
        self._tasks.append(asyncio.create_task(self._watch(self._connections[key])))

    def event(self, name: str, detail: Any = None) -> None:
        """Puts a word of the application on the call's time line; `detail` is sent as JSON."""
        text = "" if detail is None else msgspec.json.encode(detail).decode()
        self.note("application", name[:255], detail=text[:10_000])

    def note(self, kind: str, value: str = "", **more: str) -> None:
        """Tells of an event of a kind that docs/collector.md lists."""
        if len(self._events) < MOST_EVENTS:
            self._last_event_at = max(time.time_ns() // 1000, self._last_event_at + 1)
            self._events.append({"at": self._last_event_at, "kind": kind, "value": value, **more})

    async def flush(self) -> None:
        """Sends what there is; returns when the server has all of it."""
        await self._seal()
        await self._outbox.empty()

    async def _watch(self, connection: "_Connection") -> None:
        while connection.pc.signalingState != "closed":
            await asyncio.sleep(self._interval)
            await connection.tick()
        self.note("closed", connection=connection.key)

    async def _send_regularly(self) -> None:
        while True:
            await asyncio.sleep(self._batch)
            await self._seal()

    async def _seal(self) -> None:
        parts = [part for each in self._connections.values() if (part := each.take()) is not None]
        events, self._events = self._events, []
        if parts or events:
            await self._outbox.push(
                msgspec.json.encode({**self._head, "connections": parts, "events": events})
            )


class _Connection:
    def __init__(self, pc: Any, key: str, label: str) -> None:
        self.pc = pc
        self.key = key
        self._label = label
        self._first = 0
        self._columns = Columns()

    async def tick(self) -> None:
        try:
            report = await self.pc.getStats()
        except Exception as error:  # noqa: BLE001  whatever the statistics do, the call must go on
            log.warning("collect.statistics_failed", reason=str(error))
        else:
            self._columns.add(time.time_ns() // 1000, select(report.values()))

    def take(self) -> dict[str, Any] | None:
        """The ticks since the last call, for a batch."""
        columns, first = self._columns, self._first
        if not columns:
            return None
        self._columns = Columns()
        self._first += len(columns)
        return {"key": self.key, "label": self._label, "first": first, **columns.describe()}
