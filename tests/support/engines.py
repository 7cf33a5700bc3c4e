"""Sending and receiving engines while they run."""

import asyncio

from sonde.probe.engine import ReceiveEngine


async def flowing(receiving: ReceiveEngine, streams: int) -> None:
    """Wait until so many streams are being received, which a busy machine starts late."""
    while receiving.health is None or receiving.health.streams < streams:  # noqa: ASYNC110 the engine tells nobody
        await asyncio.sleep(0.05)
