"""Batches on their way to the server, kept until it has them on its disk."""

import asyncio
import gzip
import random
import time
from collections import deque
from dataclasses import dataclass
from typing import Final

import httpx2
import structlog

from sonde.collect.clock import ClockComparison

FIRST_WAIT: Final = 1.0
LONGEST_WAIT: Final = 30.0
PATIENCE: Final = 15.0

AGAIN: Final = frozenset((401, 403, 408, 429))
"""Statuses after which the same batch may be taken later, beside all from 500 on."""

log = structlog.get_logger(__name__)


@dataclass(eq=False)
class _Batch:
    """A JSON object; when it is final, packed as it goes out for the first time and ever after."""

    body: bytes
    is_final: bool = False


class Outbox:
    """A bounded queue and the task that empties it, in order, however long the network is away.

    Args:
        url: where batches go.
        key: client key or participant token.
        capacity: bytes of JSON that may wait; when there are more, the oldest batches are given up.
    """

    def __init__(self, url: str, key: str, *, capacity: int) -> None:
        self._url = url
        self._key = key
        self._capacity = capacity
        self._queue: deque[_Batch] = deque()
        self._clock = ClockComparison()
        self._changed = asyncio.Condition()
        self.dropped = 0
        self.refused = 0

    async def push(self, batch: bytes) -> None:
        """Takes a batch over, a JSON object."""
        async with self._changed:
            self._queue.append(_Batch(batch))
            while sum(len(each.body) for each in self._queue) > self._capacity:
                self._queue.popleft()
                self.dropped += 1
            self._changed.notify_all()

    async def run(self) -> None:
        """Sends until it is cancelled."""
        async with httpx2.AsyncClient(timeout=PATIENCE, headers=self._headers()) as client:
            wait = FIRST_WAIT
            while True:
                async with self._changed:
                    await self._changed.wait_for(lambda: self._queue)
                    batch = self._queue[0]
                await self._finish(client, batch)
                pause = await self._send(client, batch.body)
                if pause is None:
                    wait = FIRST_WAIT
                    await self._forget(batch)
                else:
                    await asyncio.sleep(max(pause, wait * random.uniform(0.5, 1.5)))
                    wait = min(2 * wait, LONGEST_WAIT)

    async def empty(self) -> None:
        """Returns when nothing waits."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._queue)

    async def _forget(self, batch: _Batch) -> None:
        async with self._changed:
            if self._queue and self._queue[0] is batch:
                self._queue.popleft()
            self._changed.notify_all()

    async def _finish(self, client: httpx2.AsyncClient, batch: _Batch) -> None:
        """Packs a batch with what is known of our clock. The same content must be the same batch for ever."""
        if batch.is_final:
            return
        if self._clock.offset is None:
            await self._ask_time(client)
        batch.body = await asyncio.to_thread(_packed, batch.body, self._clock.offset)
        batch.is_final = True

    async def _ask_time(self, client: httpx2.AsyncClient) -> None:
        """Asks what time the server has, twice, because the first time the connection has to be made."""
        try:
            await client.get(self._url)
            sent = _microseconds()
            response = await client.get(self._url)
            self._clock.learn(sent, _microseconds(), int(response.json()["time"]))
        except (httpx2.HTTPError, ValueError, TypeError, KeyError) as error:
            log.info("collect.time_unknown", reason=str(error))  # then the answer to a batch says it

    async def _send(self, client: httpx2.AsyncClient, body: bytes) -> float | None:
        """None when the batch is done with, otherwise the least seconds until the next try."""
        sent = _microseconds()
        try:
            response = await client.post(self._url, content=body)
            if response.is_success and "accepted" in (answer := response.json()):
                self._clock.learn(sent, _microseconds(), int(answer["time"]))
                return None
        except (httpx2.HTTPError, ValueError, TypeError, KeyError) as error:
            log.info("collect.unsent", reason=str(error))
            return 0.0
        if response.is_client_error and response.status_code not in AGAIN:
            self.refused += 1
            log.error("collect.refused", status=response.status_code, answer=response.text[:500])
            return None
        return _seconds(response.headers.get("retry-after", ""))

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._key}", "content-type": "application/json"}


def _packed(batch: bytes, clock_offset: int | None) -> bytes:
    if clock_offset is not None:
        batch = batch.replace(b"{", b'{"clock_offset":%d,' % clock_offset, 1)
    return gzip.compress(batch)


def _microseconds() -> int:
    return time.time_ns() // 1000


def _seconds(retry_after: str) -> float:
    return float(retry_after) if retry_after.isdecimal() else 0.0
