"""A workspace with very many sessions, made of a few calls that clients reported.

People and sessions come in blocks of nine sessions in which one to nine people were. Most stayed for some
minutes; in the first blocks a session of eight lasted an hour, and somebody was alone for an hour with a
client that looks each second. The engine copies what was measured; SQLite gets rows of its own.
"""

import gzip
import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import md5
from itertools import groupby
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec
from live_server import LiveServer, ask
from long_calls import MICRO, LongCall

from sonde.model.samples import SampleSpan
from sonde.model.sessions import Totals, ViewType
from sonde.services.report_keeping import keep_bodies
from sonde.store import Store
from sonde.store.peer_reports import select_settled
from sonde.store.samples import select_recordings

HOUR: Final = 3600
SHORT_TICKS: Final = 24
SHORT_EVERY: Final = 10.0
"""Seconds between two looks of those who stay for minutes; they have four streams, so 96 samples each."""

VENDOR_EVERY: Final = 7.0
"""The same of RealtimeKit's client, and of the sessions of eight."""

OURS_EVERY: Final = 1.0
"""The same of our collector, and of those who are alone for an hour."""

SIZES: Final = range(1, 10)
PEERS: Final = sum(SIZES)
"""Peers of a block."""

EIGHT: Final = 8
SESSIONS_PER_MEETING: Final = 10
SHORT: Final = timedelta(seconds=SHORT_TICKS * SHORT_EVERY)
SPAN: Final = timedelta(days=60)
REST: Final = timedelta(days=4)
"""Nothing but what goes on is younger, so that the server takes nothing for news."""

LIVE: Final = 20
"""Sessions that go on."""

CHUNK: Final = 20_000
"""Peers that are copied in one statement."""

KINDS: Final = ("Standup", "Review", "Interview", "Lesson", "Consultation", "Support", "Demo", "Planning")
TIER_1: Final = {
    "stream_samples": "connection, stream_id, number",
    "transport_samples": "connection, transport_id, number",
}
"""Tables of what was reported, and the rest of their keys."""

CONCLUDED: Final = ("peer_summaries", "peer_reports", "stream_intervals", "stream_distributions", "issues")


class Measured(msgspec.Struct, frozen=True):
    """The peers whose calls are copied: who stayed for minutes, who for an hour alone, and the eight."""

    short: str
    alone: str
    together: list[str]


class Crowd(msgspec.Struct, frozen=True):
    """How many there are.

    Attributes:
        blocks: of nine sessions each.
        long_blocks: the first of them, in which people stayed for an hour.
        stored_blocks: the first of them, of which there are samples.
    """

    blocks: int
    long_blocks: int
    stored_blocks: int

    @property
    def sessions(self) -> int:
        """In all."""
        return self.blocks * len(SIZES)

    @property
    def meetings(self) -> int:
        """In all."""
        return self.sessions // SESSIONS_PER_MEETING + 1

    def eight(self, block: int) -> int:
        """The number of the session of eight people in a block."""
        return block * len(SIZES) + SIZES.index(EIGHT)

    def lasted(self, session: int) -> timedelta:
        """How long people stayed in a session."""
        block, place = divmod(session, len(SIZES))
        is_long = block < self.long_blocks and SIZES[place] in {1, EIGHT}
        return timedelta(seconds=HOUR) if is_long else SHORT


def crowd_of(peers: int, stored: int) -> Crowd:
    """At least so many peers, so many of them with samples; of a hundred blocks one has long sessions."""
    blocks, stored_blocks = (-(-each // PEERS) for each in (peers, min(stored, peers)))
    return Crowd(blocks, max(stored_blocks // 100, 1), stored_blocks)


def identifier(kind: str, number: int) -> str:
    """The id of a thing; ids are as random as real ones."""
    return str(UUID(md5(f"{kind} {number}".encode(), usedforsecurity=False).hexdigest()))


def peers_of(session: int) -> range:
    """The numbers of the peers of a session."""
    block, place = divmod(session, len(SIZES))
    first = block * PEERS + sum(SIZES[:place])
    return range(first, first + SIZES[place])


def report_calls(server: LiveServer) -> Measured:
    """Have the calls reported that all others are copies of, and wait until they are worked out."""
    with closing(server.connect()) as connection:
        made = ask(connection, "POST", "/v1/client-keys", server.admin_token, b'{"label": "bench"}')
    key, call = str(made["secret"]), LongCall()
    measured = Measured(str(uuid4()), str(uuid4()), [str(uuid4()) for _ in range(EIGHT)])
    lengths = {measured.short: (SHORT_TICKS, SHORT_EVERY), measured.alone: (HOUR, OURS_EVERY)}
    lengths |= {peer: (round(HOUR / VENDOR_EVERY), VENDOR_EVERY) for peer in measured.together}

    def report(peer: str) -> None:
        ticks, every = lengths[peer]
        begin = int(time.time() - HOUR) * MICRO + UUID(peer).int % MICRO
        meeting = measured.together[0] if peer in measured.together else peer
        with closing(server.connect()) as connection:
            for first in range(0, ticks, 60):
                numbers = range(first, min(first + 60, ticks))
                batch = call.batch(numbers, peer=peer, begin=begin, every=every, meeting=meeting)
                ask(connection, "POST", "/v1/collect", key, gzip.compress(json.dumps(batch).encode()))

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(report, lengths))
    with closing(server.connect()) as connection:
        server.wait_until_stored(connection)
        for peer in lengths:
            ask(connection, "GET", f"/v1/peers/{peer}/summary", server.admin_token)
    return measured


def fill_store(store: Store, measured: Measured, crowd: Crowd) -> int:
    """Copy what was measured for the peers; how many samples of streams there are then."""
    _keep_reports(store, measured)
    all_peers, long_peers = crowd.stored_blocks * PEERS, crowd.long_blocks * PEERS
    is_long = f"(peer < {long_peers} AND peer % {PEERS} IN ({', '.join(map(str, _places_of_long()))}))"
    for first in range(0, all_peers, CHUNK):
        whose = f"SELECT number AS peer FROM numbers({first}, {min(CHUNK, all_peers - first)})"
        for table in (*TIER_1, "peer_summaries", "peer_reports"):
            _copy(store, table, measured.short, f"{whose} WHERE NOT {is_long}")
    for place, source in _places_of_long().items():
        whose = f"SELECT number * {PEERS} + {place} AS peer FROM numbers({crowd.long_blocks})"
        original = measured.alone if source is None else measured.together[source]
        for table in (*TIER_1, *CONCLUDED):
            _copy(store, table, original, whose)
    return int(store.query("SELECT count() FROM stream_samples", {})[0][0])


def _keep_reports(store: Store, measured: Measured) -> None:
    """What the server does when it has not heard of the peers for a while."""
    [[workspace_id]] = store.query("SELECT any(workspace_id) FROM peer_summaries", {})
    peers = (measured.short, measured.alone, *measured.together)
    recordings = {
        peer: select_recordings(store, SampleSpan(workspace_id=workspace_id, peer_id=peer)) for peer in peers
    }
    now = int(time.time() * 1000)
    payloads = select_settled(store, workspace_id, peers, until=now)
    keep_bodies(store, recordings, payloads, workspace_id=workspace_id, computed_at=now)


def _places_of_long() -> dict[int, int | None]:
    """Which peers of a block stay for an hour, and as which of the eight; None is alone."""
    eight = peers_of(SIZES.index(EIGHT))
    return {0: None} | {number: place for place, number in enumerate(eight)}


def _copy(store: Store, table: str, source: str, whose: str) -> None:
    digest = "lower(hex(MD5(concat('peer ', toString(peer)))))"
    parts = ", '-', ".join(f"substring({digest}, {at}, {size})" for at, size in _UUID_PARTS)
    moment = "received_at" if table in TIER_1 else "computed_at"
    # Rows that come in the order of the table's key need no sorting, which would take most of the time.
    store.derive(
        f"""
INSERT INTO {table}
SELECT measured.* REPLACE (copy_id AS peer_id, {moment} - ago AS {moment})
FROM (
    SELECT concat({parts}) AS copy_id, toIntervalDay({REST.days} + peer % {SPAN.days}) AS ago
    FROM ({whose}) ORDER BY copy_id
) AS copies
CROSS JOIN (
    SELECT * FROM {table} WHERE peer_id = {{source:String}} ORDER BY {TIER_1.get(table, moment)}
) AS measured
SETTINGS max_insert_threads = 1, max_threads = 1, optimize_on_insert = 0
""",
        {"source": source},
    )


_UUID_PARTS: Final = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))


def fill_directory(file: Path, measured: Measured, crowd: Crowd) -> None:
    """Write every meeting, session, person and peer, in the workspace of those who reported."""
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("PRAGMA foreign_keys = OFF")
        columns = "workspace_id, device, place, labels"
        [like] = database.execute(f"SELECT {columns} FROM peers WHERE id = ?", (measured.short,))
        now = datetime.now(UTC)
        _write(database, "meetings", _meetings(crowd, like[0], now))
        _write(database, "sessions", _sessions(crowd, like[0], now))
        _write(database, "participants", _participants(crowd, like[0], now))
        _write(database, "peers", _peers(crowd, like, now))


def _write(database: sqlite3.Connection, table: str, rows: Iterator[dict[str, Any]]) -> None:
    for names, group in groupby(rows, key=tuple):
        places = ", ".join("?" for _ in names)
        statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})"
        database.executemany(statement, (tuple(row.values()) for row in group))


def _meetings(crowd: Crowd, workspace_id: int, now: datetime) -> Iterator[dict[str, Any]]:
    for number in range(crowd.meetings):
        yield {
            "id": identifier("meeting", number),
            "workspace_id": workspace_id,
            "custom_id": f"room-{number}",
            "title": f"{KINDS[number % len(KINDS)]} {number:06}",
            "preferred_region": "",
            "keep_alive": 60,
            "status": "active",
            "options": "{}",
            **_known(now - SPAN, now - SPAN),
        }


def _sessions(crowd: Crowd, workspace_id: int, now: datetime) -> Iterator[dict[str, Any]]:
    for number in range(crowd.sessions):
        began, left = _stay(crowd, number, now)
        people = len(peers_of(number))
        minutes = people * crowd.lasted(number) / timedelta(minutes=1)
        totals = Totals(
            participants=people,
            peers=people,
            live_peers=0,
            max_concurrent_peers=people,
            participant_minutes=minutes,
            minutes_by_view_type={ViewType.GROUP_CALL: minutes},
        )
        yield {
            "id": identifier("session", number),
            "workspace_id": workspace_id,
            "meeting_id": identifier("meeting", number % crowd.meetings),
            "started_at": _text(began),
            "ended_at": left and _text(left),
            "end_reason": left and "empty",
            "totals": left and json.dumps(msgspec.to_builtins(totals)),
            "participants": left and people,
            "participant_minutes": left and minutes,
            "seconds": left and round(crowd.lasted(number).total_seconds()) + 1,
            **_known(began, left or began),
        }


def _participants(crowd: Crowd, workspace_id: int, now: datetime) -> Iterator[dict[str, Any]]:
    for number in range(crowd.meetings * SIZES[-1]):
        yield {
            "id": identifier("participant", number),
            "workspace_id": workspace_id,
            "meeting_id": identifier("meeting", number // SIZES[-1]),
            "custom_id": f"person-{number}",
            "name": f"Person {number}",
            "preset": "",
            "view_type": ViewType.GROUP_CALL.value,
            "picture": "",
            **_known(now - SPAN, now - SPAN),
        }


def _peers(crowd: Crowd, like: Sequence[Any], now: datetime) -> Iterator[dict[str, Any]]:
    workspace_id, device, place, labels = like
    for session in range(crowd.sessions):
        began, left = _stay(crowd, session, now)
        for seat, number in enumerate(peers_of(session)):
            seen = left or began
            yield {
                "id": identifier("peer", number),
                "workspace_id": workspace_id,
                "session_id": identifier("session", session),
                "participant_id": identifier("participant", session % crowd.meetings * SIZES[-1] + seat),
                "view_type": ViewType.GROUP_CALL.value,
                "device": device,
                "place": place,
                "labels": labels,
                "created_at": _text(began),
                "last_seen_at": _text(seen),
                "heard_at": _text(seen),
                "has_reported": left is not None,
                "left_at": left and _text(left),
                "leave_reason": left and "left",
            }


def _stay(crowd: Crowd, session: int, now: datetime) -> tuple[datetime, datetime | None]:
    """From when until when people were in a session; it goes on without an end."""
    if session >= crowd.sessions - LIVE:
        return now - timedelta(minutes=1), None
    began = now - REST - SPAN * (1 - session / crowd.sessions)
    return began, began + crowd.lasted(session)


def _known(since: datetime, until: datetime) -> dict[str, str]:
    return {"created_at": _text(since), "updated_at": _text(until)}


def _text(moment: datetime) -> str:
    """A moment as the directory keeps it in SQLite."""
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")
