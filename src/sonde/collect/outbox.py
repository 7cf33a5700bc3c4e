"""Batches on their way to the server, kept until it has them on its disk."""

import asyncio
import gzip
import random
from collections import deque
from typing import Final

import httpx2
import structlog

FIRST_WAIT: Final = 1.0
LONGEST_WAIT: Final = 30.0
PATIENCE: Final = 15.0

AGAIN: Final = frozenset((401, 403, 408, 429))
"""Statuses after which the same batch may be taken later, beside all from 500 on."""

log = structlog.get_logger(__name__)


class Outbox:
    """A bounded queue and the task that empties it, in order, however long the network is away.

    Args:
        url: where batches go.
        key: client key or participant token.
        capacity: bytes that may wait; when there are more, the oldest batches are given up.
    """

    def __init__(self, url: str, key: str, *, capacity: int) -> None:
        self._url = url
        self._key = key
        self._capacity = capacity
        self._queue: deque[bytes] = deque()
        self._size = 0
        self._changed = asyncio.Condition()
        self.dropped = 0
        self.refused = 0

    async def push(self, batch: bytes) -> None:
        """Takes a batch over."""
        packed = await asyncio.to_thread(gzip.compress, batch)
        async with self._changed:
            self._queue.append(packed)
            self._size += len(packed)
            while self._size > self._capacity:
                self._size -= len(self._queue.popleft())
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
                pause = await self._send(client, batch)
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

    async def _forget(self, batch: bytes) -> None:
        async with self._changed:
            if self._queue and self._queue[0] is batch:
                self._queue.popleft()
                self._size -= len(batch)
            self._changed.notify_all()

    async def _send(self, client: httpx2.AsyncClient, batch: bytes) -> float | None:
        """None when the batch is done with, otherwise the least seconds until the next try."""
        try:
            response = await client.post(self._url, content=batch)
            if response.is_success and "accepted" in response.json():
                return None
        except (httpx2.HTTPError, ValueError) as error:
            log.info("collect.unsent", reason=str(error))
            return 0.0
        if response.is_client_error and response.status_code not in AGAIN:
            self.refused += 1
            log.error("collect.refused", status=response.status_code, answer=response.text[:500])
            return None
        return _seconds(response.headers.get("retry-after", ""))

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._key}", "content-type": "application/json"}


def _seconds(retry_after: str) -> float:
    return float(retry_after) if retry_after.isdecimal() else 0.0
