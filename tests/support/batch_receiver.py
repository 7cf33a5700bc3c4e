"""A server that takes the batches of collectors, and can fail in the ways that networks and servers do."""

import gzip
import json
import time
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from collector_ticks import read_batch

from sonde.webrtc.dialects.collector import Batch, batch_decoder


class BatchReceiver:
    """Keeps every batch it has, across restarts on the same port.

    Attributes:
        batches: what came, in that order, repeats among them.
        sizes: bytes of their bodies.
        is_mute: read and keep batches, but break the connection instead of answering.
        clock_error: seconds by which its clock is ahead.
    """

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.sizes: list[int] = []
        self.is_mute = False
        self.clock_error = 0.0
        self._port = 0
        self.start()

    @property
    def url(self) -> str:
        """What collectors are told."""
        return f"http://localhost:{self._port}"

    def start(self) -> None:
        """Listens, on the port it had before."""
        self._server = _Server(("127.0.0.1", self._port), _Handler)
        self._server.receiver = self
        self._port = self._server.server_port
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Listens no more: whoever connects is refused."""
        self._server.shutdown()
        self._server.server_close()

    def take(self, body: bytes) -> bytes:
        """Keeps a batch and answers with what it says and the time."""
        batch = batch_decoder.decode(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
        self.batches.append(batch)
        self.sizes.append(len(body))
        ticks = sum(len(connection.at) for connection in batch.connections)
        return json.dumps({"accepted": ticks, "time": self.time()}).encode()

    def time(self) -> int:
        """The clock here, in microseconds, ahead of that of everybody else by `clock_error` seconds."""
        return time.time_ns() // 1000 + round(self.clock_error * 1e6)

    def snapshots(self):
        """All snapshots of each connection by number; what came twice must have been the same."""
        found = defaultdict(dict)
        for batch in self.batches:
            for peer in read_batch(batch).peers:
                known = found[batch.peer, peer.key]
                for snapshot in peer.snapshots:
                    assert known.setdefault(snapshot.number, snapshot) == snapshot
        return {key: [known[number] for number in sorted(known)] for key, known in found.items()}

    def events(self):
        """All events of all peers, each once, in order of time."""
        found = {}
        for batch in self.batches:
            recording = read_batch(batch)
            for event in (*recording.events, *(each for peer in recording.peers for each in peer.events)):
                found[batch.peer, event.at] = event
        return [found[key] for key in sorted(found, key=lambda key: key[1])]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    receiver: BatchReceiver


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_OPTIONS(self) -> None:
        self.send_response(204)
        self._allow()
        self.end_headers()

    def do_POST(self) -> None:
        answer = self.server.receiver.take(self.rfile.read(int(self.headers["content-length"])))
        if not self.server.receiver.is_mute:
            self._answer(answer)

    def do_GET(self) -> None:
        self._answer(json.dumps({"time": self.server.receiver.time()}).encode())

    def _answer(self, answer: bytes) -> None:
        self.send_response(200)
        self._allow()
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _allow(self) -> None:
        self.send_header("access-control-allow-origin", "*")
        self.send_header("access-control-allow-headers", "authorization, content-type")
        self.send_header("access-control-max-age", "7200")

    def log_message(self, *_) -> None:
        """Says nothing."""
