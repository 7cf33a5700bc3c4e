"""What RealtimeKit's and VideoSDK's windows cost over 200,000 sessions of a million peers.

The server is `sonde serve` with its embedded store and directory. Both are filled while it is stopped, by
copying calls that clients reported to it. Requests come one after the other from one connection.
"""

import http.client
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from live_server import LiveServer, ask, fetch, reopened_server, running_server
from many_sessions import (
    PEERS,
    REST,
    SIZES,
    SPAN,
    Crowd,
    crowd_of,
    fill_directory,
    fill_store,
    identifier,
    peers_of,
    report_calls,
)
from report import Row, options, show

from sonde.store import Store

sys.path.append(str(Path(__file__).parents[1] / "tests/support"))
from videosdk_tokens import sign

REQUESTS: Final = 60
"""Requests of each case and round."""

SORTS: Final = tuple(
    f"sort_by={key}&sort_order={order}"
    for key in ("createdAt", "minutesConsumed")
    for order in ("ASC", "DESC")
)
KEPT: Final = "filled.json"


class Filled(msgspec.Struct, frozen=True):
    """What a folder was filled with."""

    server: LiveServer
    crowd: Crowd
    samples: int


class Case(NamedTuple):
    """A way to ask.

    Attributes:
        what: names it.
        goal: milliseconds of the 95th percentile; 0 without one.
        path: of the next request, by a number that is random.
        of_videosdk: who asks is a program for VideoSDK's API.
    """

    what: str
    goal: int
    path: Callable[[random.Random], str]
    of_videosdk: bool = False


def main() -> None:
    """Measure and report."""
    parser = options("Latency of lists of sessions, peer reports and statistics of sessions", rounds=1)
    parser.add_argument("--peers", type=int, default=1_000_000, help="peers, a fifth as many sessions")
    parser.add_argument("--stored", type=int, default=1_000_000, help="how many of them have samples")
    parser.add_argument("--folder", type=Path, default=Path(), help="on the disk to measure; takes some GB")
    parser.add_argument("--keep", type=Path, help="fill this folder, or use what is there, and leave it")
    asked = parser.parse_args()
    with _folder(asked.folder, asked.keep) as folder:
        filled = _read(folder) or _fill(folder, crowd_of(asked.peers, asked.stored))
        with reopened_server(folder, filled.server) as server:
            server.settle()
            cases = [*_lists(filled.crowd), *_reports(filled.crowd)]
            rows = _measure(server, cases, REQUESTS * asked.rounds)
        title = (
            f"{filled.crowd.sessions:,} sessions of {PEERS * filled.crowd.blocks:,} peers, "
            f"{filled.samples:,} samples"
        )
        show(title, rows, as_json=asked.json, folder=folder)


@contextmanager
def _folder(disk: Path, kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="bench-sessions-", dir=disk) as name:
        yield Path(name)


def _read(folder: Path) -> Filled | None:
    file = folder / KEPT
    return msgspec.json.decode(file.read_bytes(), type=Filled) if file.exists() else None


def _fill(folder: Path, crowd: Crowd) -> Filled:
    with running_server(folder, tests=0) as server:
        measured = report_calls(server)
    fill_directory(folder / "data/directory.db", measured, crowd)
    with Store(f"chdb://{folder.absolute()}/data/store") as store:
        samples = fill_store(store, measured, crowd)
    filled = Filled(server, crowd, samples)
    (folder / KEPT).write_bytes(msgspec.json.encode(filled))
    return filled


def _measure(server: LiveServer, cases: list[Case], requests: int) -> list[Row]:
    with closing(server.connect()) as connection:
        where = ask(connection, "GET", "/v1/workspaces", server.admin_token)["items"][0]
        key = ask(connection, "POST", "/v1/videosdk-keys", server.admin_token, b'{"label": "bench"}')
        app = f"/cloudflare/client/v4/accounts/{where['organization_uuid']}/realtime/kit/{where['uuid']}"
        token = sign(key["api_key"], key["secret"])
        return [
            _row(case, server, connection, "/videosdk" if case.of_videosdk else app, token, requests)
            for case in cases
        ]


def _row(
    case: Case,
    server: LiveServer,
    connection: http.client.HTTPConnection,
    prefix: str,
    token: str,
    requests: int,
) -> Row:
    chance = random.Random(case.what)
    waits, sizes, cpu = [], 0, server.cpu()
    scheme, secret = ("", token) if case.of_videosdk else ("Bearer ", server.admin_token)
    for _ in range(requests):
        path = prefix + case.path(chance)
        since = time.perf_counter()
        sizes += len(fetch(connection, path, secret, scheme=scheme))
        waits.append(time.perf_counter() - since)
    used = (server.cpu() - cpu) / requests
    waits.sort()
    return {
        "what": case.what,
        "goal_ms": case.goal,
        "p50_ms": 1e3 * waits[len(waits) // 2],
        "p95_ms": 1e3 * waits[len(waits) * 95 // 100],
        "server_cpu_ms": 1e3 * used,
        "kilobytes": sizes / requests / 1000,
    }


def _lists(crowd: Crowd) -> Iterator[Case]:
    """Every filter of RealtimeKit's list, sorted in any way, and those of VideoSDK's."""

    def meeting(chance: random.Random) -> int:
        return chance.randrange(crowd.meetings)

    def day(chance: random.Random) -> datetime:
        return datetime.now(UTC) - REST - SPAN * chance.random()

    def times(chance: random.Random) -> str:
        since = day(chance)
        return f"start_time={_text(since)}&end_time={_text(since + timedelta(days=1))}"

    filters: dict[str, Callable[[random.Random], str]] = {
        "no filter": lambda _: "",
        "status=LIVE": lambda _: "status=LIVE",
        "status=ENDED": lambda _: "status=ENDED",
        "start_time, end_time: a day": times,
        "start_time": lambda chance: f"start_time={_text(day(chance))}",
        "end_time": lambda chance: f"end_time={_text(day(chance))}",
        "associated_id": lambda chance: f"associated_id={identifier('meeting', meeting(chance))}",
        "participants=4:6": lambda _: "participants=4:6",
        "participants=9:": lambda _: "participants=9:",
        "search: one title": lambda chance: f"search={meeting(chance):06}",
        "search: a word of an eighth": lambda _: "search=planning",
        "search: a session's id": lambda chance: (
            f"search={identifier('session', chance.randrange(crowd.sessions))}"
        ),
        "everything together": lambda chance: f"{times(chance)}&status=ENDED&participants=2:8&search=view",
    }
    for name, asked in filters.items():
        yield Case(name, 50, lambda chance, asked=asked: f"/sessions?{asked(chance)}&{chance.choice(SORTS)}")
    pages = crowd.sessions // 100
    yield Case(
        "no filter, any page of 100",
        50,
        lambda chance: f"/sessions?per_page=100&page_no={chance.randrange(pages) + 1}&{chance.choice(SORTS)}",
    )
    of_videosdk: dict[str, Callable[[random.Random], str]] = {
        "no filter": lambda _: "",
        "status=ended": lambda _: "status=ended",
        "roomId": lambda chance: f"roomId=room-{meeting(chance)}",
        "startDate, endDate: a day": lambda chance: (
            f"startDate={(since := int(day(chance).timestamp() * 1000))}&endDate={since + 86_400_000}"
        ),
    }
    for name, asked in of_videosdk.items():
        yield Case(
            f"VideoSDK: {name}",
            50,
            lambda chance, asked=asked: f"/v2/sessions?{asked(chance)}",
            of_videosdk=True,
        )


def _reports(crowd: Crowd) -> Iterator[Case]:
    """Reports and statistics of those who stayed for an hour."""

    def eight(chance: random.Random) -> int:
        return crowd.eight(chance.randrange(crowd.long_blocks))

    def stats_of_person(chance: random.Random) -> str:
        number = eight(chance)
        seat = chance.randrange(len(peers_of(number)))
        person = f"person-{number % crowd.meetings * SIZES[-1] + seat}"
        return f"/v2/sessions/{identifier('session', number)}/participant/{person}/stats"

    yield Case(
        "peer report, an hour, a look each 7 s",
        100,
        lambda chance: _report(peers_of(eight(chance))[chance.randrange(8)]),
    )
    yield Case(
        "peer report, an hour, a look each second",
        100,
        lambda chance: _report(peers_of(chance.randrange(crowd.long_blocks) * len(SIZES))[0]),
    )
    yield Case(
        "VideoSDK stats of a session, an hour of 8",
        0,
        lambda chance: f"/v2/sessions/{identifier('session', eight(chance))}/stats",
        of_videosdk=True,
    )
    yield Case("VideoSDK stats of one of its people", 0, stats_of_person, of_videosdk=True)


def _report(peer: int) -> str:
    return f"/sessions/peer-report/{identifier('peer', peer)}"


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    main()
