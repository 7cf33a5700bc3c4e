"""How fast bodies become durable: group commit with few and many writers waiting, and the way out again.

A writer appends one body and waits until it is on the disk before it appends the next, as an agent does
that uploads one result at a time. The floor writes groups of the same size to a plain file and syncs it.
"""

import os
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from functools import partial
from pathlib import Path

from report import Row, options, show, spread
from samples import make_body

from sonde.spool import Spool

OUTSTANDING = (1, 16, 256)
SAMPLES = 50
CHUNK = 1000
"""Bodies of one chunk, as the server's flusher takes them."""

Taken = tuple[float, float, list[float]]
"""CPU seconds, wall clock seconds, and seconds that each acknowledgement took."""


def main() -> None:
    """Measure and report."""
    parser = options("Durable appends per second and their CPU time", rounds=5)
    parser.add_argument("--seconds", type=float, default=0.5, help="length of one measurement")
    parser.add_argument("--folder", type=Path, default=Path(), help="on the disk to measure")
    asked = parser.parse_args()
    bodies = [make_body(seed) for seed in range(SAMPLES)]
    title = f"Spool: bodies of {sum(map(len, bodies)) // SAMPLES:,} bytes"
    with tempfile.TemporaryDirectory(prefix="bench-spool-", dir=asked.folder) as folder:
        rows = [*_measure(Path(folder), bodies, asked.rounds, asked.seconds)]
        show(title, rows, as_json=asked.json, folder=Path(folder))


def _measure(folder: Path, bodies: list[bytes], rounds: int, seconds: float) -> Iterator[Row]:
    floor: dict[int, list[Taken]] = {count: [] for count in OUTSTANDING}
    spool: dict[int, list[Taken]] = {count: [] for count in OUTSTANDING}
    drain: list[Taken] = []
    for each in range(rounds):
        for count in OUTSTANDING:
            floor[count].append(_append_plainly(folder / "plain", bodies, count, seconds))
            path = folder / f"{each}-{count}.db"
            spool[count].append(_append(path, bodies, count, seconds))
        drain.append(_drain(path))
    for count in OUTSTANDING:
        yield _row(f"plain file, groups of {count}", floor[count])
        yield _row(f"spool, {count} outstanding", spool[count])
    yield _row(f"drain, chunks of {CHUNK}", drain)


def _row(what: str, rounds: list[Taken]) -> Row:
    return {
        "what": what,
        "bodies_per_second": spread([len(waits) / wall for _, wall, waits in rounds]),
        "cpu_us_per_body": spread([1e6 * cpu / len(waits) for cpu, _, waits in rounds]),
        "p50_ms": spread([1e3 * _percentile(waits, 50) for _, _, waits in rounds]),
        "p99_ms": spread([1e3 * _percentile(waits, 99) for _, _, waits in rounds]),
    }


def _percentile(values: list[float], percent: int) -> float:
    return sorted(values)[min(len(values) * percent // 100, len(values) - 1)]


def _append_plainly(path: Path, bodies: list[bytes], count: int, seconds: float) -> Taken:
    group = b"".join(bodies[each % SAMPLES] for each in range(count))
    waits: list[float] = []
    with path.open("wb", buffering=0) as file:
        cpu, start = time.process_time(), time.perf_counter()
        while (before := time.perf_counter()) < start + seconds:
            file.write(group)
            os.fdatasync(file.fileno())
            waits += [time.perf_counter() - before] * count
        return time.process_time() - cpu, time.perf_counter() - start, waits


def _append(path: Path, bodies: list[bytes], outstanding: int, seconds: float) -> Taken:
    """Keep so many appends under way that there is always another one when one was acknowledged."""
    waits: list[float] = []
    failures: list[BaseException] = []
    room = threading.Semaphore(outstanding)

    def answered(future: Future[None], since: float) -> None:
        waits.append(time.perf_counter() - since)
        if error := future.exception():
            failures.append(error)
        room.release()

    with Spool(path, max_bytes=2**32, when_full="refuse") as spool:
        cpu, start = time.process_time(), time.perf_counter()
        appended = 0
        while time.perf_counter() < start + seconds:
            room.acquire()
            future = spool.append([bodies[appended % SAMPLES]])
            future.add_done_callback(partial(answered, since=time.perf_counter()))
            appended += 1
        for _ in range(outstanding):
            room.acquire()
        taken = time.process_time() - cpu, time.perf_counter() - start, waits
    if failures:
        raise failures[0]
    return taken


def _drain(path: Path) -> Taken:
    waits: list[float] = []
    with Spool(path, max_bytes=2**32, when_full="refuse") as spool:
        cpu, start = time.process_time(), time.perf_counter()
        before = start
        while chunk := spool.next_chunk(CHUNK):
            spool.done(chunk)
            waits += [time.perf_counter() - before] * len(chunk.items)
            before = time.perf_counter()
        return time.process_time() - cpu, time.perf_counter() - start, waits


if __name__ == "__main__":
    main()
