"""What call reports of Telnyx SDKs cost a live server: CPU for each segment and each interval, and waiting.

The calls are those of the JavaScript SDK with every block it can write: a segment of 180 intervals every
three minutes, 20 of them in an hour. The server is `sonde serve` with everything on its disk.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final
from uuid import uuid4

from live_server import LiveServer, ask, running_server
from report import Row, options, show, spread

sys.path.append(str(Path(__file__).parents[1] / "tests/support"))
from telnyx_bodies import javascript

SEGMENT: Final = 180
"""Intervals of a second in one segment."""

SEGMENTS: Final = 10
"""Segments of one call in one round of measurement."""


def main() -> None:
    """Measure and report."""
    parser = options("Call reports a live server takes, and what they cost it", rounds=3)
    parser.add_argument("--connections", type=int, default=8, help="uploads under way at the same time")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-call-reports-") as name:
        folder = Path(name)
        with running_server(folder, tests=0) as server:
            row = measure(server, asked.rounds, asked.connections)
            show("Call reports", [row], as_json=asked.json, folder=folder)


def measure(server: LiveServer, rounds: int, connections: int) -> Row:
    """One call for each connection and round."""
    with closing(server.connect()) as connection:
        wanted = json.dumps({"email": "a@example.org", "label": "bench"}).encode()
        made = ask(connection, "POST", "/v1/call-report-tokens", server.admin_token, wanted)
    token = str(made["secret"])
    cpu: list[float] = []
    waits: list[list[float]] = []
    size = 0
    for _ in range(rounds):
        calls = [list(segments_of_a_call(token)) for _ in range(connections)]
        size = len(calls[0][0])
        before = server.cpu()
        with ThreadPoolExecutor(connections) as threads:
            waits.append([wait for some in threads.map(partial(send, server), calls) for wait in some])
        with closing(server.connect()) as connection:
            server.wait_until_stored(connection)
        cpu.append((server.cpu() - before) / (connections * SEGMENTS))
    return {
        "kB_per_segment": size / 1000,
        "kB_per_interval": size / 1000 / SEGMENT,
        "server_cpu_ms_per_segment": spread([1e3 * each for each in cpu]),
        "server_cpu_us_per_interval": spread([1e6 * each / SEGMENT for each in cpu]),
        "ack_p50_ms": spread([1e3 * sorted(each)[len(each) // 2] for each in waits]),
        "ack_p99_ms": spread([1e3 * sorted(each)[len(each) * 99 // 100] for each in waits]),
    }


def segments_of_a_call(token: str) -> Iterator[bytes]:
    """The bodies of a call that has just ended; the token stands in them, as from Android."""
    begin = datetime.now(UTC) - timedelta(seconds=SEGMENT * SEGMENTS)
    body = javascript(str(uuid4()), begin=begin, lengths=[1.0] * SEGMENT * SEGMENTS)
    body["call_report_id"] = token
    for number in range(SEGMENTS):
        stats = body["stats"][number * SEGMENT : (number + 1) * SEGMENT]
        flushed = {"flushReason": {"type": "buffer-limit"}} if number < SEGMENTS - 1 else {}
        segment = {**body, "stats": stats, "segment": number, **flushed}
        yield json.dumps(segment, separators=(",", ":")).encode()


def send(server: LiveServer, bodies: Sequence[bytes]) -> list[float]:
    """Send the bodies of one call one after the other; the seconds that each waited."""
    waits = []
    with closing(server.connect()) as connection:
        for body in bodies:
            since = time.perf_counter()
            ask(connection, "POST", "/call_report", "", body)
            waits.append(time.perf_counter() - since)
    return waits


if __name__ == "__main__":
    main()
