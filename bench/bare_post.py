"""The floor of `reports.py`: the same load on a server that reads each batch, answers, and does nothing else.

It is the same uvicorn with the same event loop and parser, and an application of a few lines of ASGI.
"""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import uvicorn
from live_server import LiveServer
from report import options, show
from reports import Client

SERVE: Final = "--serve"
ANSWER: Final = json.dumps(
    {"secret": "key", "items": [0], "spool": {"items": 0}, "reports": {"items": 0}}
).encode()
"""Suits every question that the load asks of a server."""


def main() -> None:
    """Measure and report, or be the server."""
    if SERVE in sys.argv:
        _serve()
        return
    parser = options("Batches a server takes that only answers", rounds=3)
    parser.add_argument("--connections", type=int, default=8, help="batches under way at the same time")
    asked = parser.parse_args()
    with _running_server() as server:
        rows = Client(server).measure_loads(asked.rounds, asked.connections)
    kept = ("ticks_per_batch", "server_cpu_us_per_tick", "ack_p50_ms", "ack_p99_ms")
    show("Bare POST", [{name: row[name] for name in kept} for row in rows], as_json=asked.json)


async def answer(_scope: Any, receive: Any, send: Any) -> None:
    """Read a request to its end and answer it."""
    while (await receive()).get("more_body"):
        pass
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(ANSWER)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": ANSWER})


def _serve() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        config = uvicorn.Config(
            answer,
            loop="uvloop",
            http="httptools",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
        )
        uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def _running_server() -> Iterator[LiveServer]:
    with subprocess.Popen([sys.executable, __file__, SERVE], stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            yield LiveServer(process.pid, urlsplit(line.strip()).netloc, "", "", 0, 0, ())
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
