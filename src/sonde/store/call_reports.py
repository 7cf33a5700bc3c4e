"""Call reports of Telnyx SDKs, found by call or by time; their bodies are payloads of tier 0."""

from collections.abc import Sequence
from typing import Any, Final

from sonde.model.call_reports import CallReport, CallUpload
from sonde.model.reports import Report
from sonde.store.sample_rows import MILLISECOND
from sonde.store.store import Store

COLUMNS: Final = (
    "workspace_id",
    "call_id",
    "digest",
    "peer_id",
    "received_at",
    "organization_id",
    "person_id",
    "voice_sdk_id",
    "user_agent",
)

BODIES_AT_ONCE: Final = 16
"""Bodies that are asked for together: each may have 2 MB, and twice that while it is hex."""

_SELECT: Final = """
SELECT hex(digest), peer_id, toUnixTimestamp64Milli(received_at),
    call_id, organization_id, person_id, voice_sdk_id, user_agent
FROM call_reports FINAL
WHERE workspace_id = {workspace_id:Int64}
"""

SELECT_CALL: Final = f"""
{_SELECT} AND call_id = {{call_id:String}}
ORDER BY received_at, digest
"""

SELECT_PAGE: Final = {
    newest_first: f"""
{_SELECT}
ORDER BY received_at {order}, call_id, digest
LIMIT {{limit:UInt64}} OFFSET {{offset:UInt64}}
"""
    for newest_first, order in ((True, "DESC"), (False, "ASC"))
}

COUNT: Final = "SELECT count() FROM call_reports FINAL WHERE workspace_id = {workspace_id:Int64}"

# As hex, because the client makes text of a String that happens to be some.
SELECT_BODIES: Final = """
SELECT peer_id, hex(digest), hex(payload)
FROM reports FINAL
WHERE workspace_id = {workspace_id:Int64}
    AND peer_id IN {peer_ids:Array(String)} AND hex(digest) IN {digests:Array(String)} AND payload != ''
"""


def insert_call_reports(store: Store, reports: Sequence[Report], *, token: str) -> None:
    """Add what is known of uploads, for those of the reports that are some; otherwise as `insert_reports`."""
    if rows := [_row(report, report.upload) for report in reports if report.upload is not None]:
        store.insert("call_reports", rows, columns=COLUMNS, token=token)


def select_call(store: Store, workspace_id: int, call_id: str) -> list[CallReport]:
    """The reports of one call in the order in which they first came.

    Raises:
        Limited: they are too large to be read together.
        Unavailable: the store failed.
    """
    rows = store.query(SELECT_CALL, {"workspace_id": workspace_id, "call_id": call_id})
    return _with_bodies(store, workspace_id, rows)


def select_page(
    store: Store, workspace_id: int, *, offset: int, limit: int, newest_first: bool
) -> list[CallReport]:
    """Some of a workspace's reports by the time they first came; raises the same.

    Args:
        store: where from.
        workspace_id: whose.
        offset: how many to pass over.
        limit: at most so many.
        newest_first: the order.
    """
    parameters = {"workspace_id": workspace_id, "offset": offset, "limit": limit}
    return _with_bodies(store, workspace_id, store.query(SELECT_PAGE[newest_first], parameters))


def count_reports(store: Store, workspace_id: int) -> int:
    """How many reports a workspace has.

    Raises:
        Unavailable: the store failed.
    """
    [[count]] = store.query(COUNT, {"workspace_id": workspace_id})
    return int(count)


def _with_bodies(store: Store, workspace_id: int, rows: Sequence[Sequence[Any]]) -> list[CallReport]:
    """The reports of rows; one whose body is kept no more is left out."""
    bodies: dict[tuple[str, str], bytes] = {}
    for start in range(0, len(rows), BODIES_AT_ONCE):
        some = rows[start : start + BODIES_AT_ONCE]
        parameters = {
            "workspace_id": workspace_id,
            "peer_ids": sorted({row[1] for row in some}),
            "digests": [row[0] for row in some],
        }
        for peer_id, digest, body in store.query(SELECT_BODIES, parameters):
            bodies[peer_id, digest] = bytes.fromhex(body)
    return [_report(row, bodies[row[1], row[0]]) for row in rows if (row[1], row[0]) in bodies]


def _report(row: Sequence[Any], body: bytes) -> CallReport:
    digest, peer_id, received_at, call_id, organization_id, person_id, voice_sdk_id, user_agent = row
    return CallReport(
        digest=bytes.fromhex(digest),
        peer_id=peer_id,
        received_at=received_at * MILLISECOND,
        upload=CallUpload(
            call_id=call_id,
            organization_id=organization_id,
            person_id=person_id,
            voice_sdk_id=voice_sdk_id,
            user_agent=user_agent,
        ),
        body=body,
    )


def _row(report: Report, upload: CallUpload) -> tuple[Any, ...]:
    return (
        report.workspace_id,
        upload.call_id,
        report.digest,
        report.peer_id,
        report.received_at // MILLISECOND,
        upload.organization_id,
        upload.person_id,
        upload.voice_sdk_id,
        upload.user_agent,
    )
