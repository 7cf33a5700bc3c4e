"""How fast a live server takes results: acknowledged per second, CPU per result, time until they can be read.

The server is `sonde serve` with everything on its disk, as in production. The load comes from threads of this
process, so on a small machine the rates are those of both together; the CPU time is the server's alone.
"""

import itertools
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import msgspec
from live_server import POLL_INTERVAL, LiveServer, running_server
from report import Row, options, show, spread
from samples import make_report

from sonde.model.control import ResultsUpload
from sonde.model.rounds import RoundReport
from sonde.model.voice_tests import round_start

TESTS = 50
INTERVAL = 60
SAMPLES = 50
OLDEST = 2 * 86_400
"""Seconds before now of the first round; later ones follow, as after an outage of the network."""

BATCHES = {1: 800, 200: 4000}
"""Results of one round of measurement by results of one upload."""

LOOKS = 5
"""Uploads of each round whose visible delay is measured, one at a time."""


class Taken(NamedTuple):
    """One round of measurement, in seconds."""

    results: int
    wall: float
    cpu: float
    waits: list[float]


def main() -> None:
    """Measure and report."""
    parser = options("Results a live server takes, and what they cost it", rounds=3)
    parser.add_argument("--connections", type=int, default=8, help="uploads under way at the same time")
    parser.add_argument("--folder", type=Path, default=Path(), help="on the disk to measure")
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="bench-ingest-", dir=asked.folder) as folder,
        running_server(Path(folder), tests=TESTS) as server,
    ):
        rows = _measure(server, asked.rounds, asked.connections)
        title = f"Ingest: {asked.connections} connections"
        show(title, rows, as_json=asked.json, folder=Path(folder))


def _measure(server: LiveServer, rounds: int, connections: int) -> list[Row]:
    reports = _make_reports(server)
    load: dict[int, list[Taken]] = {size: [] for size in BATCHES}
    delays: dict[int, list[float]] = {size: [] for size in BATCHES}
    idle = _idle_cpu(server)
    for _ in range(rounds):
        for size, results in BATCHES.items():
            bodies = [_next_body(reports, size) for _ in range(results // size)]
            load[size].append(_load(server, bodies, connections, idle))
            delays[size] += [_visible_delay(server, reports, size) for _ in range(LOOKS)]
    uploaded = rounds * sum(results + LOOKS * size for size, results in BATCHES.items())
    _require_all_readable(server, uploaded)
    return [_row(size, idle, load[size], delays[size]) for size in BATCHES]


def _row(size: int, idle: float, load: list[Taken], delays: list[float]) -> Row:
    return {
        "results_per_upload": size,
        "results_per_second": spread([each.results / each.wall for each in load]),
        "server_cpu_us_per_result": spread([1e6 * each.cpu / each.results for each in load]),
        "ack_p50_ms": spread([1e3 * _percentile(each.waits, 50) for each in load]),
        "ack_p99_ms": spread([1e3 * _percentile(each.waits, 99) for each in load]),
        "visible_after_ms": tuple(1e3 * each for each in spread(delays)),
        "idle_cpu_percent": 100 * idle,
    }


def _percentile(values: list[float], percent: int) -> float:
    return sorted(values)[min(len(values) * percent // 100, len(values) - 1)]


def _make_reports(server: LiveServer) -> Iterator[RoundReport]:
    """Results of all tests, round by round, each of them once."""
    samples = itertools.cycle([make_report(seed=seed) for seed in range(SAMPLES)])
    for round_id in itertools.count(round_start(time.time() - OLDEST, INTERVAL), INTERVAL):
        for test_id in server.test_ids:
            yield msgspec.structs.replace(
                next(samples),
                test_id=test_id,
                round_id=round_id,
                started_at=round_id + 1.5,
                target_agent_id=server.target_id,
            )


def _next_body(reports: Iterator[RoundReport], size: int) -> bytes:
    return msgspec.json.encode(ResultsUpload(results=tuple(itertools.islice(reports, size))))


def _idle_cpu(server: LiveServer) -> float:
    """CPU seconds per second of a server that has nothing to do."""
    cpu, since = server.cpu(), time.perf_counter()
    time.sleep(2)
    return (server.cpu() - cpu) / (time.perf_counter() - since)


def _load(server: LiveServer, bodies: list[bytes], connections: int, idle: float) -> Taken:
    """Upload the bodies over so many connections; the CPU is counted until the store has them."""
    waiting = iter(bodies)
    cpu, since = server.cpu(), time.perf_counter()
    with ThreadPoolExecutor(connections) as threads:
        work = [threads.submit(_upload_all, server, waiting) for _ in range(connections)]
        done = [each.result() for each in work]
    wall = time.perf_counter() - since
    with closing(server.connect()) as connection:
        server.wait_until_stored(connection)
    used = server.cpu() - cpu - idle * (time.perf_counter() - since)
    return Taken(
        sum(results for results, _ in done), wall, used, [wait for _, waits in done for wait in waits]
    )


def _upload_all(server: LiveServer, bodies: Iterator[bytes]) -> tuple[int, list[float]]:
    results, waits = 0, []
    with closing(server.connect()) as connection:
        for body in bodies:
            since = time.perf_counter()
            results += server.upload(connection, body)
            waits.append(time.perf_counter() - since)
    return results, waits


def _visible_delay(server: LiveServer, reports: Iterator[RoundReport], size: int) -> float:
    """Seconds from the acknowledgement of an upload until the API shows its last result."""
    batch = list(itertools.islice(reports, size))
    body = msgspec.json.encode(ResultsUpload(results=tuple(batch)))
    with closing(server.connect()) as connection:
        server.upload(connection, body)
        since = time.perf_counter()
        while server.rounds_of(connection, batch[-1].test_id) != [batch[-1].round_id]:
            time.sleep(POLL_INTERVAL)
        return time.perf_counter() - since


def _require_all_readable(server: LiveServer, uploaded: int) -> None:
    """A server that loses results would look fast."""
    with closing(server.connect()) as connection:
        read = sum(len(server.rounds_of(connection, test, "?window=3d")) for test in server.test_ids)
    if read != uploaded:
        raise RuntimeError(f"{uploaded} results were acknowledged and {read} can be read")


if __name__ == "__main__":
    main()
