"""What reading results costs: latency and CPU of a request, over a store of ten million of them.

The server is `sonde serve` with its embedded store. That is filled while the server is stopped: the engine
itself repeats fifty measured results for every test and minute. Requests come one after the other from one
connection, each about another test and time.
"""

import http.client
import random
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import msgspec
from live_server import LiveServer, fetch, reopened_server, running_server
from report import Row, options, show
from samples import make_body

from sonde.model.rounds import RoundResult
from sonde.model.voice_tests import round_start
from sonde.store import Store
from sonde.store.rounds import insert_rounds

TESTS = 50
INTERVAL = 60
SAMPLES = 50
DAY = 86_400
PAGE = 10_000
"""Results of one page, which is what the server gives at most."""

CHUNK = 1_000_000
"""Rows of one insert while the store is filled."""

REQUESTS = {"the last round": 100, "one round": 100, "a day of one test": 50, "a page of 10,000": 10}
"""Requests of each case by how much it asks for."""


class Case(NamedTuple):
    """A way to ask.

    Attributes:
        amount: a key of `REQUESTS`.
        form: the format of the answer.
        path: for a test and the first of its rounds that is meant.
        rows: of each answer.
    """

    amount: str
    form: str
    path: Callable[[int, int], str]
    rows: int


def main() -> None:
    """Measure and report."""
    parser = options("Latency and CPU of reading results", rounds=1)
    parser.add_argument("--millions", type=float, default=10.0, help="stored results")
    parser.add_argument("--folder", type=Path, default=Path(), help="on the disk to measure; takes some GB")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-api-", dir=asked.folder) as folder:
        rounds = int(asked.millions * 1_000_000) // TESTS
        last = round_start(time.time(), INTERVAL) - INTERVAL
        first = last - (rounds - 1) * INTERVAL

        with running_server(Path(folder), tests=TESTS) as empty:
            pass
        with Store(f"chdb://{Path(folder).absolute()}/data/store") as store:
            _fill(store, empty, first, rounds)
        with reopened_server(Path(folder), empty) as server:
            server.settle()
            rows = _measure(server, first, rounds, asked.rounds)
        title = f"Reading from {rounds * TESTS:,} stored results"
        show(title, rows, as_json=asked.json, folder=Path(folder))


def _fill(store: Store, server: LiveServer, first: int, rounds: int) -> None:
    """Let the engine repeat some measured results for every test and round."""
    samples = [_sample(seed, server) for seed in range(SAMPLES)]
    insert_rounds(store, samples, token=f"{SAMPLES} samples")
    columns = [name for [name, *_] in store.query("DESCRIBE round_results", {})]
    replaced = {
        "test_id": "place.1",
        "round_id": "place.2",
        "started_at": "toDateTime64(place.2 + 1.5, 9, 'UTC')",
        "received_at": "toDateTime64(place.2 + 9, 9, 'UTC')",
    }
    selected = ", ".join(f"{replaced.get(name, f'sample.{name}')} AS {name}" for name in columns)
    writer = store._require_open()  # noqa: SLF001 - no reader can insert, and nothing else of ours does this
    writer.command("CREATE TABLE samples ENGINE = Memory AS SELECT * FROM round_results")
    writer.command("TRUNCATE TABLE round_results")
    for start in range(0, rounds, CHUNK // TESTS):
        count = min(CHUNK // TESTS, rounds - start)
        writer.command(
            f"""
INSERT INTO round_results ({", ".join(columns)})
SELECT {selected}
FROM (
    SELECT ({{tests:Array(UInt32)}}[intDiv(number, {count}) + 1],
            toUInt32({first + start * INTERVAL} + (number % {count}) * {INTERVAL})) AS place,
        toUInt32(cityHash64(number) % {SAMPLES}) AS chosen
    FROM numbers({count * TESTS})
) AS placed
INNER JOIN (SELECT *, round_id AS chosen FROM samples) AS sample USING (chosen)
""",
            parameters={"tests": list(server.test_ids)},
        )
    writer.command("DROP TABLE samples")


def _sample(seed: int, server: LiveServer) -> RoundResult:
    """A scored result whose round is its number among the samples."""
    result = msgspec.msgpack.decode(make_body(seed), type=RoundResult)
    report = msgspec.structs.replace(
        result.report, round_id=seed, target_agent_id=server.target_id, test_id=server.test_ids[0]
    )
    return msgspec.structs.replace(result, report=report, source_agent_id=server.source_id)


def _measure(server: LiveServer, first: int, rounds: int, repetitions: int) -> list[Row]:
    chance = random.Random(1)
    taken = []
    with closing(server.connect()) as connection:
        for case in _cases():
            spare = rounds - max(case.rows, 1)
            places = [
                (chance.choice(server.test_ids), first + chance.randrange(spare) * INTERVAL)
                for _ in range(REQUESTS[case.amount] * repetitions)
            ]
            taken.append(_row(case, server, connection, places))
    return taken


def _row(
    case: Case, server: LiveServer, connection: http.client.HTTPConnection, places: list[tuple[int, int]]
) -> Row:
    fetch(connection, case.path(*places[0]), server.admin_token)
    waits, sizes, cpu = [], [], server.cpu()
    for place in places:
        since = time.perf_counter()
        sizes.append(len(fetch(connection, case.path(*place), server.admin_token)))
        waits.append(time.perf_counter() - since)
    used = (server.cpu() - cpu) / len(places)
    waits.sort()
    return {
        "what": case.amount,
        "form": case.form,
        "p50_ms": 1e3 * waits[len(waits) // 2],
        "p99_ms": 1e3 * waits[min(len(waits) * 99 // 100, len(waits) - 1)],
        "server_cpu_ms": 1e3 * used,
        "cpu_us_per_row": 1e6 * used / case.rows,
        "kilobytes": sum(sizes) / len(sizes) / 1000,
    }


def _cases() -> list[Case]:
    """Every amount in every format."""
    amounts = {"one round": 1, "a day of one test": DAY // INTERVAL, "a page of 10,000": PAGE}
    forms: dict[str, Callable[[int, int, int], str]] = {
        "v6 JSON": lambda test, first, rows: _v6(test, first, rows, "json"),
        "v6 XML": lambda test, first, rows: _v6(test, first, rows, "xml"),
        "v7 JSON": _v7,
        "native JSON": lambda test, first, rows: f"{_native(test, first, rows)}&limit={rows}",
        "native CSV": lambda test, first, rows: f"{_native(test, first, rows)}&format=csv",
    }
    latest = [
        Case(
            "the last round", "v6 JSON", lambda test, _: f"/thousandeyes/v6/voice/rtp-stream/{test}.json", 1
        ),
        Case("the last round", "v6 XML", lambda test, _: f"/thousandeyes/v6/voice/rtp-stream/{test}.xml", 1),
        Case(
            "the last round", "v7 JSON", lambda test, _: f"/thousandeyes/v7/test-results/{test}/rtp-server", 1
        ),
    ]
    return latest + [
        Case(amount, form, lambda test, first, path=path, rows=rows: path(test, first, rows), rows)
        for amount, rows in amounts.items()
        for form, path in forms.items()
    ]


def _v6(test: int, first: int, rows: int, form: str) -> str:
    start, end = (time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(each)) for each in _ends(first, rows))
    return f"/thousandeyes/v6/voice/rtp-stream/{test}.{form}?from={start}&to={end}"


def _v7(test: int, first: int, rows: int) -> str:
    start, end = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(each)) for each in _ends(first, rows))
    return f"/thousandeyes/v7/test-results/{test}/rtp-server?startDate={start}&endDate={end}"


def _native(test: int, first: int, rows: int) -> str:
    start, end = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(each)) for each in _ends(first, rows))
    return f"/v1/results?test={test}&from={start}&to={end}"


def _ends(first: int, rows: int) -> tuple[int, int]:
    return first, first + (rows - 1) * INTERVAL


if __name__ == "__main__":
    main()
