"""Results from the agent's spool to its server, however long the server is away."""

import asyncio
import random
from collections.abc import Iterator, Sequence

import msgspec
import structlog

from sonde.model.control import ResultsUpload
from sonde.model.errors import Invalid, SondeError
from sonde.model.rounds import RoundReport
from sonde.probe.controller import Controller
from sonde.spool.file import Chunk
from sonde.spool.spool import Spool

BATCH = 200
"""Results of one upload."""

UPLOAD_BYTES = 2**20
"""Bytes of one upload as they lie in the spool. As JSON they are less than thrice as many, which a server
takes; a single result is sent however large it is."""

FIRST_WAIT = 0.5
LONGEST_WAIT = 20.0

log = structlog.get_logger(__name__)


class Uploader:
    """Uploads in order and forgets a result only after the server has it on disk.

    Args:
        spool: where the results wait.
        controller: where they go.
    """

    def __init__(self, spool: Spool, controller: Controller) -> None:
        self._spool = spool
        self._controller = controller
        self._waiting = asyncio.Event()

    def notice(self) -> None:
        """Says that there is something new in the spool."""
        self._waiting.set()

    async def run(self) -> None:
        """Uploads until it is cancelled."""
        wait = FIRST_WAIT
        while True:
            self._waiting.clear()
            chunk = await asyncio.to_thread(self._spool.next_chunk, BATCH)
            if chunk is None:
                await self._waiting.wait()
                continue
            try:
                await self._upload(chunk)
                wait = FIRST_WAIT
            except SondeError as error:
                log.warning("upload.failed", reason=error.message, hint=error.hint, retry_in=round(wait, 1))
                await asyncio.sleep(wait * random.uniform(0.8, 1.2))
                wait = min(2 * wait, LONGEST_WAIT)

    async def _upload(self, chunk: Chunk) -> None:
        for items in _split(chunk.items):
            await self._upload_together(items)
        await asyncio.to_thread(self._spool.done, chunk)

    async def _upload_together(self, items: Sequence[bytes]) -> None:
        reports = [report for item in items if (report := _decode(item)) is not None]
        try:
            await self._send(reports)
        except Invalid:
            # The server cannot read the batch at all. One bad report must not hold up the others.
            for report in reports:
                await self._send_alone(report)

    async def _send(self, reports: list[RoundReport]) -> None:
        if not reports:
            return
        receipt = await self._controller.upload(ResultsUpload(results=tuple(reports)))
        for rejected in receipt.rejected:
            _log_refusal(reports[rejected.index], rejected.message)
        log.info("results.uploaded", accepted=receipt.accepted, rejected=len(receipt.rejected))

    async def _send_alone(self, report: RoundReport) -> None:
        try:
            await self._send([report])
        except Invalid as error:
            _log_refusal(report, error.message)


def _split(items: Sequence[bytes]) -> Iterator[list[bytes]]:
    """The items in order, as many together as fit into one upload."""
    together, size = list[bytes](), 0
    for item in items:
        if together and size + len(item) > UPLOAD_BYTES:
            yield together
            together, size = [], 0
        together.append(item)
        size += len(item)
    yield together


def _decode(item: bytes) -> RoundReport | None:
    try:
        return msgspec.msgpack.decode(item, type=RoundReport)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        log.exception("result.unreadable")
        return None


def _log_refusal(report: RoundReport, message: str) -> None:
    log.error("result.refused", test_id=report.test_id, round_id=report.round_id, reason=message)
