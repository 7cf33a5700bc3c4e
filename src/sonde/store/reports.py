"""What clients reported: the payloads, and the samples and events in them."""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Any, Final

from sonde.model.reports import Report
from sonde.store.call_reports import insert_call_reports
from sonde.store.sample_rows import MILLISECOND, STREAMS, TRANSPORTS, SampleColumns, in_columns
from sonde.store.store import Store
from sonde.webrtc.event import PeerEvent
from sonde.webrtc.recording import PeerRecording
from sonde.webrtc.runs import Run

REPORT_COLUMNS: Final = (
    "workspace_id",
    "peer_id",
    "number",
    "digest",
    "received_at",
    "source_id",
    "dialect",
    "snapshots",
    "skipped",
    "unknown",
    "refusal",
    "payload",
)

EVENT_COLUMNS: Final = (
    "workspace_id",
    "peer_id",
    "connection",
    "at",
    "received_at",
    "dialect",
    "kind",
    "value",
    "detail",
    "track",
)

LAYOUT: Final = blake2b(
    repr(("runs", STREAMS.columns, TRANSPORTS.columns, EVENT_COLUMNS)).encode(), digest_size=8
).hexdigest()
"""Names the columns that rows are made for; a report that waited during an upgrade may have others."""


class ReportRows:
    """Makes the rows of one report.

    Args:
        workspace_id, peer_id: whose it is.
        received_at: nanoseconds since the epoch.
        dialect: what read it.
    """

    def __init__(self, *, workspace_id: int, peer_id: str, received_at: int, dialect: str) -> None:
        self._whose = (workspace_id, peer_id)
        self._tail = (received_at // MILLISECOND, dialect)

    def streams(self, connection: PeerRecording) -> Iterator[list[Any]]:
        """Rows of `stream_samples`; one stands for a run of samples, as `sample_rows` says."""
        for index, snapshot in enumerate(connection.snapshots):
            key = self._key(connection, index if snapshot.number is None else snapshot.number, snapshot.at)
            for sample in snapshot.streams:
                yield [*key, *STREAMS.values(sample)]
        for run in connection.runs:
            key = self._key(connection, *_when(run))
            for said in run.streams:
                yield [*key, *STREAMS.run(said)]

    def transports(self, connection: PeerRecording) -> Iterator[list[Any]]:
        """Rows of `transport_samples`, in the same way."""
        for index, snapshot in enumerate(connection.snapshots):
            key = self._key(connection, index if snapshot.number is None else snapshot.number, snapshot.at)
            for sample in snapshot.transports:
                yield [*key, *TRANSPORTS.values(sample)]
        for run in connection.runs:
            key = self._key(connection, *_when(run))
            for said in run.transports:
                yield [*key, *TRANSPORTS.run(said)]

    def event(self, connection: str, event: PeerEvent) -> list[Any]:
        """A row of `peer_events`; the connection is empty for what concerns none."""
        said = (event.kind.value, event.value, event.detail, event.track or "")
        return [*self._whose, connection, event.at, *self._tail, *said]

    def _key(self, connection: PeerRecording, number: Any, at: Any) -> tuple[Any, ...]:
        return (*self._whose, connection.key, number, at, *self._tail)


def _when(run: Run) -> tuple[Any, Any]:
    """Numbers and times as a row has them."""
    return (run.numbers[0], run.at[0]) if len(run.at) == 1 else (list(run.numbers), run.at)


# As hex, because the client makes text of a String that happens to be some.
SELECT_PAYLOADS: Final = """
SELECT number, hex(payload)
FROM reports FINAL
WHERE workspace_id = {workspace_id:Int64} AND peer_id = {peer_id:String} AND dialect = {dialect:String}
ORDER BY received_at
"""

SELECT_REPORTS: Final = """
SELECT workspace_id, peer_id, number, hex(digest), toUnixTimestamp64Milli(received_at), source_id, dialect,
    hex(payload)
FROM reports FINAL
WHERE (workspace_id, peer_id, number, hex(digest))
        > ({workspace_id:Int64}, {peer_id:String}, {number:Int64}, {digest:String})
    AND payload != '' AND dialect != {except:String}
ORDER BY workspace_id, peer_id, number, hex(digest)
LIMIT {limit:UInt64}
"""


def insert_reports(store: Store, reports: Sequence[Report], *, token: str) -> None:
    """Add payloads and what is in them. All is on the disk when this returns; repeating it changes nothing.

    Args:
        store: where to.
        reports: whose rows are made for `LAYOUT`; none is fine.
        token: names these very reports.

    Raises:
        Unavailable: the insert failed; it may be repeated.
        Invalid: a value does not fit its column; repeating is useless.
    """
    if not reports:
        return
    payloads = [_report_row(report) for report in reports]
    store.insert("reports", payloads, columns=REPORT_COLUMNS, token=token)
    # Before the samples: whose samples can be read, of those the call report can be, too.
    insert_call_reports(store, reports, token=token)
    insert_rows(store, reports, token=token)


def insert_rows(store: Store, reports: Sequence[Report], *, token: str) -> None:
    """Add what is in payloads, and not the payloads; otherwise as `insert_reports`."""
    for columns in (STREAMS, TRANSPORTS):
        _insert(store, columns, reports, token)
    if events := [row for report in reports for row in report.events]:
        store.insert("peer_events", events, columns=EVENT_COLUMNS, token=token)


def _insert(store: Store, columns: SampleColumns[Any], reports: Sequence[Report], token: str) -> None:
    field = "streams" if columns is STREAMS else "transports"
    if rows := [row for report in reports for row in getattr(report, field)]:
        store.insert_columns(columns.table, in_columns(columns.columns, rows), token=token)


def _report_row(report: Report) -> tuple[Any, ...]:
    return (
        report.workspace_id,
        report.peer_id,
        report.number,
        report.digest,
        report.received_at // MILLISECOND,
        report.source_id,
        report.dialect,
        report.snapshots,
        report.skipped,
        report.unknown,
        report.refusal,
        report.payload,
    )


def select_payloads(store: Store, workspace_id: int, peer_id: str, *, dialect: str) -> dict[int, bytes]:
    """Payloads of one dialect by their number; of several with the same number, the latest.

    Raises:
        Limited: they are too large to be read together.
        Unavailable: the store failed.
    """
    parameters = {"workspace_id": workspace_id, "peer_id": peer_id, "dialect": dialect}
    rows = store.query(SELECT_PAYLOADS, parameters)
    return {int(number): bytes.fromhex(payload) for number, payload in rows}


def select_reports(store: Store, after: Report | None, *, without: str, limit: int) -> list[Report]:
    """Payloads of all workspaces, by workspace, peer and number; without the rows in them.

    Args:
        store: where from.
        after: only those behind this one.
        without: leave this dialect out.
        limit: at most so many.

    Raises:
        Limited: they are too large to be read together.
        Unavailable: the store failed.
    """
    parameters = {
        "workspace_id": after.workspace_id if after else -1,
        "peer_id": after.peer_id if after else "",
        "number": after.number if after else 0,
        "digest": after.digest.hex().upper() if after else "",
        "except": without,
        "limit": limit,
    }
    return [
        Report(
            workspace_id=workspace_id,
            peer_id=peer_id,
            number=number,
            digest=bytes.fromhex(digest),
            received_at=received_at * MILLISECOND,
            source_id=source_id,
            dialect=dialect,
            payload=bytes.fromhex(payload),
        )
        for workspace_id, peer_id, number, digest, received_at, source_id, dialect, payload in store.query(
            SELECT_REPORTS, parameters
        )
    ]


def delete_rows_of_other_dialects(store: Store, workspace_id: int, peer_id: str, dialect: str) -> None:
    """Remove what another dialect, or another version of it, made of a peer's payloads.

    Raises:
        Unavailable: the store failed.
    """
    whose = {"workspace_id": workspace_id, "peer_id": peer_id, "dialect": dialect}
    for table in ("stream_samples", "transport_samples", "peer_events"):
        [[left_over]] = store.query(f"SELECT count() FROM {table} WHERE {DELETE_OTHERS}", whose)  # noqa: S608 - names of ours
        if left_over:
            store.delete(table, DELETE_OTHERS, whose)


DELETE_OTHERS: Final = """
workspace_id = {workspace_id:Int64} AND peer_id = {peer_id:String} AND dialect != {dialect:String}
"""
