"""An application that receives webhooks: keeps what came, and answers what a test wants."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec


@dataclass(frozen=True)
class Received:
    """One POST; header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def delivery_id(self) -> str:
        """What it is recognised by when it comes again."""
        return self.headers["rtk-uuid"]

    @property
    def json(self) -> Any:
        """What it says."""
        return msgspec.json.decode(self.body)


Answer = Callable[[BaseHTTPRequestHandler], None]


def answer_with(status: int, body: bytes = b"", **headers: str) -> Answer:
    """Answers every POST the same."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@dataclass
class Receiver:
    """A server on loopback.

    Attributes:
        answer: called for each POST, after it was kept.
        received: what came, in order.
    """

    url: str = ""
    answer: Answer = field(default_factory=lambda: answer_with(200, b"thanks"))
    received: list[Received] = field(default_factory=list)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rpartition(":")[2])

    @property
    def events(self) -> list[str]:
        """The names of the events that came."""
        return [each.json["event"] for each in self.received]


@contextmanager
def running_receiver(port: int = 0) -> Iterator[Receiver]:
    """Start one on a free port, or on a given one."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.received.append(Received(self.path, headers, body))
            receiver.answer(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
