"""Commands that run until somebody stops them."""

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any


def run_until_told(work: Coroutine[Any, Any, None]) -> None:
    """Run it to its end, or cancel it when SIGINT or SIGTERM says so, which is an end like any other."""
    asyncio.run(_until_told(work))


async def _until_told(work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.get_running_loop().create_task(work)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        await task
