"""The floors of `reports.py`: the same load on servers that do less and less of what ours does.

They are the same uvicorn with the same event loop, parser and garbage collector, and an application of a few
lines of ASGI.
`answer` reads a request and answers. `keep` also unpacks it, decodes it and puts it into the spool before it
answers. `store` also takes what lies in the spool to the store, as rows that were made before: all that ours
does but know who is there, and read what the statistics say.
"""

import asyncio
import gzip
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
import uvicorn
from live_server import LiveServer
from report import Row, options, show
from reports import Client

from sonde.cli.serve import spare_what_stays
from sonde.model.reports import Report
from sonde.model.sightings import Place, ReportingClient
from sonde.services.flusher import Flusher
from sonde.services.report_flushing import INTERVAL
from sonde.services.report_reading import digest_of, read_payload, take_report
from sonde.spool import Spool
from sonde.store import Store
from sonde.store.reports import insert_reports
from sonde.webrtc.dialects.collector import batch_decoder

SERVE: Final = "--serve"
FLOORS: Final = ("answer", "keep", "store")
SPOOL_BYTES: Final = 10**9
CALLER: Final = ReportingClient(workspace_id=1, organization_id=1, source_id="client-key/1")


def main() -> None:
    """Measure and report, or be the server."""
    if SERVE in sys.argv:
        _serve(sys.argv[2], Path(sys.argv[3]))
        return
    parser = options("Batches a server takes that does less than ours", rounds=3)
    parser.add_argument("--connections", type=int, default=8, help="batches under way at the same time")
    parser.add_argument("--folder", type=Path, default=Path(), help="on the disk to measure")
    asked = parser.parse_args()
    rows: list[Row] = []
    for floor in FLOORS:
        with (
            tempfile.TemporaryDirectory(prefix="bench-floor-", dir=asked.folder) as name,
            _running_server(floor, Path(name)) as server,
        ):
            rows += [{"floor": floor, **row} for row in _measure(server, asked.rounds, asked.connections)]
    show("Floors of ingest", rows, as_json=asked.json)


def _measure(server: LiveServer, rounds: int, connections: int) -> Iterator[Row]:
    for row in Client(server).measure_loads(rounds, connections):
        yield {
            name: row[name]
            for name in ("ticks_per_batch", "server_cpu_us_per_tick", "ack_p50_ms", "ack_p99_ms")
        }


class Floor:
    """The application.

    Args:
        keep: what is done with a batch before it is answered.
        waiting: how many batches are not where they should be.
    """

    def __init__(self, keep: Callable[[bytes], Awaitable[None]], waiting: Callable[[], int]) -> None:
        self._keep = keep
        self._waiting = waiting

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Read a request to its end and answer it in a way that suits every question of the load."""
        pieces, is_whole = [], False
        while not is_whole:
            message = await receive()
            pieces.append(message.get("body", b""))
            is_whole = not message.get("more_body")
        if scope["path"] == "/v1/collect":
            await self._keep(b"".join(pieces))
        answer = json.dumps(
            {"secret": "key", "items": [0], "spool": {"items": 0}, "reports": {"items": self._waiting()}}
        ).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


class ReadyRows:
    """Inserts batches whose rows were read before: of each number of ticks those of the first one."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ready: dict[int, Report] = {}

    def insert(self, payloads: Sequence[bytes], token: str) -> None:
        """Add as many rows as the payloads have."""
        insert_reports(self._store, [self._report(payload) for payload in payloads], token=token)

    def _report(self, payload: bytes) -> Report:
        # The same ticks have nearly the same length, and ten of them never that of one.
        size = len(payload).bit_length()
        if size not in self._ready:
            place = Place(client=CALLER, address="192.0.2.1", received_at=time.time_ns())
            self._ready[size] = read_payload(take_report(batch_decoder.decode(payload), payload, place))
        return msgspec.structs.replace(self._ready[size], digest=digest_of(payload), payload=payload)


async def _nothing(_body: bytes) -> None:
    pass


def _serve(floor: str, folder: Path) -> None:
    with ExitStack() as stack, socket.create_server(("127.0.0.1", 0)) as listener:
        app = Floor(_nothing, lambda: 0)
        if floor != FLOORS[0]:
            spool = stack.enter_context(Spool(folder / "spool.db", max_bytes=SPOOL_BYTES, when_full="refuse"))
            app = Floor(_keeping(spool), (lambda: spool.depth().items) if floor == "store" else (lambda: 0))
        if floor == "store":
            rows = ReadyRows(stack.enter_context(Store(f"chdb://{folder.absolute()}/store")))
            flusher = Flusher(
                spool, decode=bytes, insert=rows.insert, set_aside=folder / "set-aside", interval=INTERVAL
            )
            flusher.start()
            stack.callback(flusher.close)
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        config = uvicorn.Config(
            app,
            loop="uvloop",
            http="httptools",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
        )
        spare_what_stays()
        uvicorn.Server(config).run(sockets=[listener])


def _keeping(spool: Spool) -> Callable[[bytes], Awaitable[None]]:
    async def keep(body: bytes) -> None:
        payload = gzip.decompress(body)
        batch_decoder.decode(payload)
        await asyncio.wrap_future(spool.append([payload]))

    return keep


@contextmanager
def _running_server(floor: str, folder: Path) -> Iterator[LiveServer]:
    command = [sys.executable, __file__, SERVE, floor, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            yield LiveServer(process.pid, urlsplit(line.strip()).netloc, "", "", 0, 0, ())
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
