"""What reports of clients cost a live server: CPU, acknowledgement, time to be seen, disk, and reading.

The ticks are those of a recorded call of Chromium, sound and pictures both ways, stretched to an hour by
letting its counters go on. The server is `sonde serve` with everything on its disk; the load comes from
threads of this process.
"""

import gzip
import itertools
import json
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

from live_server import POLL_INTERVAL, LiveServer, ask, is_there, reopened_server, running_server
from long_calls import MICRO, LongCall
from report import Row, options, show, spread

from sonde.services.evaluations import CONCLUDED_EVERY, QUIET
from sonde.store import Store

HOUR: Final = 3600
TICK: Final = 10
"""Seconds between two ticks of the calls that lie on the disk."""

PER_BATCH: Final = 6
"""Ticks in each of their batches."""

LOADS: Final = {1: 3000, 10: 10_000}
"""Ticks of one round of measurement by ticks of one batch."""

CONCLUDED_AFTER: Final = QUIET.total_seconds() + CONCLUDED_EVERY
"""Seconds after its last batch until the server works a call out by itself."""

SPEAKING: Final = 30
"""Participants who report during that."""

LOOKS: Final = 20


TIERS: Final = {
    0: ("reports",),
    1: ("stream_samples", "transport_samples", "peer_events"),
    2: ("stream_intervals",),
    3: ("peer_summaries", "peer_reports", "stream_distributions", "issues"),
}
"""Tables of each tier."""

COPIES: Final = 16
"""Copies of all that is stored that are made in one statement."""


class Taken(NamedTuple):
    """One round of measurement, in seconds."""

    ticks: int
    cpu: float
    waits: list[float]


def main() -> None:
    """Measure and report."""
    parser = options("Client reports a live server takes, and what they cost it", rounds=3)
    parser.add_argument("--connections", type=int, default=8, help="batches under way at the same time")
    parser.add_argument(
        "--participants", type=int, default=24, help="participants whose hour lies on the disk"
    )
    parser.add_argument("--samples", type=int, default=0, help="fill the store with so many before reading")
    parser.add_argument("--folder", type=Path, default=Path(), help="on the disk to measure")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-reports-", dir=asked.folder) as name:
        folder = Path(name)
        with running_server(folder, tests=0) as server:
            client = Client(server)
            rows = client.measure_loads(asked.rounds, asked.connections)
            peers = client.store_hours(asked.participants, asked.connections)
        show("Reports of clients", rows, as_json=asked.json, folder=folder)
        show("Disk per participant-hour", [measure_disk(folder, peers)], as_json=asked.json, folder=folder)
        if asked.samples:
            fill(folder, peers, asked.samples)
        with reopened_server(folder, server) as again:
            again.settle()
            show("Reading", [measure_reading(again, peers)], as_json=asked.json, folder=folder)


class Client:
    """A client key of a server, and batches to report with it."""

    def __init__(self, server: LiveServer) -> None:
        self._server = server
        self._call = LongCall()
        self._speaking = deque((str(uuid4()), 0) for _ in range(SPEAKING))
        with closing(server.connect()) as connection:
            body = json.dumps({"label": "bench"}).encode()
            made = ask(connection, "POST", "/v1/client-keys", server.admin_token, body)
        self._key = str(made["secret"])

    def measure_loads(self, rounds: int, connections: int) -> list[Row]:
        """CPU and waiting by size of batch."""
        taken: dict[int, list[Taken]] = {size: [] for size in LOADS}
        # The first insert of a process loads what inserts need, once.
        self._load([self._next(size) for size in LOADS], connections, 1)
        for _ in range(rounds):
            for size, ticks in LOADS.items():
                batches = [self._next(size) for _ in range(ticks // size)]
                taken[size].append(self._load(batches, connections, size))
        seen = [self._seen_after() for _ in range(LOOKS)]
        return [_load_row(size, taken[size], seen) for size in LOADS]

    def store_hours(self, participants: int, connections: int) -> list[str]:
        """Store an hour of each of some participants; their ids."""
        peers = [str(uuid4()) for _ in range(participants)]
        ticks = HOUR // TICK
        batches = [
            self._batch(peer, first, PER_BATCH, every=TICK)
            for first in range(0, ticks, PER_BATCH)
            for peer in peers
        ]
        self._load(batches, connections, PER_BATCH)
        # Worked out once and for all, with what is kept of a call that has gone quiet.
        time.sleep(CONCLUDED_AFTER)
        self._server.settle()
        with closing(self._server.connect()) as connection:
            for peer in peers:
                ask(connection, "GET", f"/v1/peers/{peer}/issues", self._server.admin_token)
        return peers

    def _next(self, size: int) -> bytes:
        """The next ticks of one of the participants, who take turns."""
        peer, first = self._speaking.popleft()
        self._speaking.append((peer, first + size))
        return self._batch(peer, first, size, every=1)

    def _batch(self, peer: str, first: int, ticks: int, *, every: int) -> bytes:
        begin = int(time.time() - HOUR) * MICRO + UUID(peer).int % MICRO
        numbers = range(first, first + ticks)
        batch = self._call.batch(numbers, peer=peer, begin=begin, every=every, meeting=peer)
        return gzip.compress(json.dumps(batch, separators=(",", ":")).encode())

    def _load(self, batches: Sequence[bytes], connections: int, size: int) -> Taken:
        waiting = iter(batches)
        cpu = self._server.cpu()
        with ThreadPoolExecutor(connections) as threads:
            done = list(threads.map(lambda _: self._send_all(waiting), range(connections)))
        with closing(self._server.connect()) as connection:
            self._server.wait_until_stored(connection)
        waits = [wait for waits in done for wait in waits]
        return Taken(size * len(batches), self._server.cpu() - cpu, waits)

    def _send_all(self, batches: Iterator[bytes]) -> list[float]:
        waits = []
        with closing(self._server.connect()) as connection:
            for body in batches:
                since = time.perf_counter()
                ask(connection, "POST", "/v1/collect", self._key, body)
                waits.append(time.perf_counter() - since)
        return waits

    def _seen_after(self) -> float:
        """Seconds from the acknowledgement of a tick until its stream can be read."""
        peer, token = str(uuid4()), self._server.admin_token
        with closing(self._server.connect()) as connection:
            ask(connection, "POST", "/v1/collect", self._key, self._batch(peer, 0, 1, every=1))
            since = time.perf_counter()
            while not is_there(connection, f"/v1/peers/{peer}/streams", token):
                time.sleep(POLL_INTERVAL)
            return time.perf_counter() - since


def measure_disk(folder: Path, peers: Sequence[str]) -> Row:
    """Kilobytes of an hour of one participant by tier, when the engine has merged everything."""
    hours = f"peer_id NOT IN ({', '.join(repr(peer) for peer in peers)})"
    with Store(f"chdb://{folder.absolute()}/data/store") as store:
        sizes, writer = {}, store._require_open()  # noqa: SLF001 - what no server does
        for tier, tables in TIERS.items():
            for table in tables:
                store.delete(table, hours, {})
                writer.command(f"OPTIMIZE TABLE {table} FINAL")
            sizes[tier] = sum(
                writer.query(
                    "SELECT sum(data_compressed_bytes + marks_bytes) FROM system.parts "
                    f"WHERE active AND table = '{table}'"
                ).result_rows[0][0]
                for table in tables
            )
    return {f"tier_{tier}_kB": size / 1000 / len(peers) for tier, size in sizes.items()}


def fill(folder: Path, peers: Sequence[str], samples: int) -> None:
    """Add other peers until so many samples are stored: copies of ours under other ids, in every tier."""
    ours = f"peer_id IN ({', '.join(repr(peer) for peer in peers)})"
    with Store(f"chdb://{folder.absolute()}/data/store") as store:
        writer = store._require_open()  # noqa: SLF001 - what no server does
        each = writer.query(f"SELECT count() FROM stream_samples WHERE {ours}").result_rows[0][0]
        for first in range(0, samples // each, COPIES):
            numbers = f"range({first}, {min(first + COPIES, samples // each)})"
            for table in itertools.chain.from_iterable(TIERS.values()):
                # Chosen in a query of its own: the new name would hide the old one from the condition.
                writer.command(
                    f"INSERT INTO {table} SELECT * REPLACE (concat(substring(peer_id, 1, 28), "
                    f"leftPad(hex(arrayJoin({numbers})), 8, '0')) AS peer_id) "
                    f"FROM (SELECT * FROM {table} WHERE {ours})"
                )


def measure_reading(server: LiveServer, peers: Sequence[str]) -> Row:
    """How long the answers about one peer take, and how large the overview of its hour is."""
    waits: dict[str, list[float]] = {"report": [], "overview": [], "samples": []}
    size = 0
    with closing(server.connect()) as connection:
        for peer in peers:
            streams = _timed(server, connection, f"/v1/peers/{peer}/streams", waits["samples"])
            _timed(server, connection, f"/v1/peers/{peer}/summary", waits["report"])
            overview = _timed(server, connection, f"/v1/peers/{peer}/intervals?width=60", waits["overview"])
            size = max(size, len(json.dumps(overview, separators=(",", ":"))))
            if not streams["items"]:
                raise RuntimeError("a peer that was stored cannot be read")
    row: dict[str, object] = {}
    for name, times in waits.items():
        row[f"{name}_p50_ms"] = 1e3 * _percentile(times, 50)
        row[f"{name}_p95_ms"] = 1e3 * _percentile(times, 95)
    return {**row, "overview_kB": size / 1000}


def _timed(server: LiveServer, connection: Any, path: str, waits: list[float]) -> dict[str, Any]:
    since = time.perf_counter()
    answer = ask(connection, "GET", path, server.admin_token)
    waits.append(time.perf_counter() - since)
    return answer


def _load_row(size: int, taken: Sequence[Taken], seen: Sequence[float]) -> Row:
    return {
        "ticks_per_batch": size,
        "server_cpu_us_per_tick": spread([1e6 * each.cpu / each.ticks for each in taken]),
        "ack_p50_ms": spread([1e3 * _percentile(each.waits, 50) for each in taken]),
        "ack_p99_ms": spread([1e3 * _percentile(each.waits, 99) for each in taken]),
        "seen_after_ms": tuple(1e3 * each for each in spread(seen)),
    }


def _percentile(values: Sequence[float], percent: int) -> float:
    return sorted(values)[min(len(values) * percent // 100, len(values) - 1)]


if __name__ == "__main__":
    main()
