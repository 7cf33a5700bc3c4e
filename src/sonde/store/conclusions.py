"""Conclusions: how they are kept, and every question about them."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from sonde.model.conclusions import (
    PeerConclusions,
    PeerIssue,
    PeerSummary,
    StreamPoint,
)
from sonde.model.imports import IMPORTED
from sonde.store.distributions import insert_distributions
from sonde.store.store import Store
from sonde.webrtc.issues.issue import Cause, Issue, Severity

MICROSECOND: Final = 1000
"""Nanoseconds. Times of intervals and issues are kept in microseconds, which is what clients report."""

WHOSE: Final = ("workspace_id", "peer_id", "computed_at")
POINT_COLUMNS: Final = (*WHOSE, *StreamPoint.__struct_fields__)
SUMMARY_COLUMNS: Final = (*WHOSE, "session_id", "summary")
ISSUE_FIELDS: Final = ("type", "severity", "cause", "stream", "direction", "kind", "start", "end", "evidence")
ISSUE_COLUMNS: Final = (*WHOSE, "session_id", "connection", *ISSUE_FIELDS)

_WHERE: Final = "WHERE workspace_id = {workspace_id:Int64} AND peer_id = {peer_id:String}"
CURRENT: Final = f"""
{_WHERE} AND computed_at = (SELECT max(computed_at) FROM peer_summaries {_WHERE})
"""  # noqa: S608 - the parts are constants, values are parameters

SELECT_SUMMARY: Final = f"""
SELECT session_id, toUnixTimestamp64Milli(computed_at), summary
FROM peer_summaries FINAL {_WHERE}
"""  # noqa: S608 - the parts are constants, values are parameters

SELECT_ISSUES: Final = """
SELECT peer_id, connection, type, severity, cause, stream, direction, kind,
    toUnixTimestamp64Nano(start), toUnixTimestamp64Nano(end), evidence
FROM issues FINAL
WHERE workspace_id = {workspace_id:Int64} AND peer_id IN {peer_ids:Array(String)}
    AND (peer_id, computed_at) IN (
        SELECT peer_id, max(computed_at) FROM peer_summaries
        WHERE workspace_id = {workspace_id:Int64} AND peer_id IN {peer_ids:Array(String)}
        GROUP BY peer_id
    )
ORDER BY start, type, peer_id, connection, stream
"""


SELECT_PROGRESS: Final = f"""
SELECT peer_id, toUnixTimestamp64Milli(max(heard_at)), toUnixTimestamp64Milli(max(concluded_at))
FROM (
    SELECT peer_id, received_at AS heard_at, toDateTime64(0, 3, 'UTC') AS concluded_at FROM reports
    WHERE workspace_id = {{workspace_id:Int64}} AND peer_id IN {{peer_ids:Array(String)}}
        AND source_id != '{IMPORTED}'
    UNION ALL
    SELECT peer_id, toDateTime64(0, 3, 'UTC'), computed_at FROM peer_summaries
    WHERE workspace_id = {{workspace_id:Int64}} AND peer_id IN {{peer_ids:Array(String)}}
)
GROUP BY peer_id
"""  # noqa: S608 - as above

SELECT_STALE: Final = f"""
SELECT workspace_id, peer_id
FROM (
    SELECT workspace_id, peer_id, max(received_at) AS newest
    FROM reports
    WHERE received_at >= fromUnixTimestamp64Milli({{since:Int64}}) AND peer_id != ''
        AND source_id != '{IMPORTED}'
    GROUP BY workspace_id, peer_id
    HAVING newest < fromUnixTimestamp64Milli({{quiet_since:Int64}})
) AS heard
LEFT ANTI JOIN (
    SELECT workspace_id, peer_id, max(computed_at) AS computed
    FROM peer_summaries
    WHERE computed_at >= fromUnixTimestamp64Milli({{since:Int64}})
    GROUP BY workspace_id, peer_id
) AS concluded
ON heard.workspace_id = concluded.workspace_id AND heard.peer_id = concluded.peer_id
    AND concluded.computed >= heard.newest + toIntervalMillisecond({{settling:Int64}})
ORDER BY newest
LIMIT {{limit:UInt64}}
"""  # noqa: S608 - as above


class PeerKey(msgspec.Struct, frozen=True):
    """Names a peer among those of all workspaces."""

    workspace_id: int
    peer_id: str


class PeerProgress(msgspec.Struct, frozen=True):
    """When a peer was last heard of and last concluded: milliseconds since the epoch by our clock, or 0."""

    peer_id: str
    heard: int
    computed: int


def insert_conclusions(store: Store, conclusions: Sequence[PeerConclusions]) -> None:
    """Keep what was concluded of peers, in place of what was before. All is on the disk when this returns.

    Raises:
        Unavailable: the insert failed; it may be repeated.
    """
    if not conclusions:
        return
    token = f"{conclusions[0].computed_at}/{conclusions[0].peer_id}"
    if points := [_point_row(each, point) for each in conclusions for point in each.points]:
        store.insert("stream_intervals", points, columns=POINT_COLUMNS, token=token)
    if issues := [_issue_row(each, issue) for each in conclusions for issue in each.issues]:
        store.insert("issues", issues, columns=ISSUE_COLUMNS, token=token)
    first, peers = conclusions[0], [each.peer_id for each in conclusions]
    insert_distributions(store, first.workspace_id, first.session_id, peers, computed_at=first.computed_at)
    # Last: it says that all the rest is there.
    summaries = [(*_whose(each), each.session_id, msgspec.json.encode(each.summary)) for each in conclusions]
    store.insert("peer_summaries", summaries, columns=SUMMARY_COLUMNS, token=token)


def select_summary(store: Store, key: PeerKey) -> PeerSummary | None:
    """One peer on the whole; None while nothing is concluded of it.

    Raises:
        Unavailable: the store failed.
    """
    rows = store.query(SELECT_SUMMARY, msgspec.structs.asdict(key))
    return msgspec.json.decode(rows[0][2], type=PeerSummary) if rows else None


def select_issues(store: Store, workspace_id: int, peer_ids: Sequence[str]) -> list[PeerIssue]:
    """The issues of some peers, by their start.

    Raises:
        Unavailable: the store failed.
    """
    parameters = {"workspace_id": workspace_id, "peer_ids": list(peer_ids)}
    return [_issue(row) for row in store.query(SELECT_ISSUES, parameters)]


def select_progress(store: Store, workspace_id: int, peer_ids: Sequence[str]) -> list[PeerProgress]:
    """How far some peers are worked out, of those that ever reported.

    Raises:
        Unavailable: the store failed.
    """
    parameters = {"workspace_id": workspace_id, "peer_ids": list(peer_ids)}
    return [PeerProgress(*row) for row in store.query(SELECT_PROGRESS, parameters)]


def select_stale(store: Store, *, since: int, quiet_since: int, settling: int, limit: int) -> list[PeerKey]:
    """Peers of which nothing is concluded since they were last heard of, the longest silent first.

    Args:
        store: where from.
        since: look no further back, milliseconds since the epoch.
        quiet_since: only peers that were not heard of from then on.
        settling: for so many milliseconds after they were heard of, nothing that is concluded counts.
        limit: at most so many.

    Raises:
        Unavailable: the store failed.
    """
    parameters = {"since": since, "quiet_since": quiet_since, "settling": settling, "limit": limit}
    return [PeerKey(*row) for row in store.query(SELECT_STALE, parameters)]


def _whose(conclusions: PeerConclusions) -> tuple[int, str, int]:
    return conclusions.workspace_id, conclusions.peer_id, conclusions.computed_at


def _point_row(conclusions: PeerConclusions, point: StreamPoint) -> tuple[Any, ...]:
    values = msgspec.structs.asdict(point)
    values["start"] //= MICROSECOND
    values["end"] //= MICROSECOND
    return (*_whose(conclusions), *values.values())


def _issue_row(conclusions: PeerConclusions, found: PeerIssue) -> tuple[Any, ...]:
    issue = found.issue
    return (
        *_whose(conclusions),
        conclusions.session_id,
        found.connection,
        issue.type,
        issue.severity.value,
        issue.cause.value,
        issue.stream,
        issue.direction,
        issue.kind,
        issue.start // MICROSECOND,
        issue.end // MICROSECOND,
        msgspec.json.encode(issue.evidence),
    )


def _issue(row: Sequence[Any]) -> PeerIssue:
    peer_id, connection, type_, severity, cause, stream, direction, kind, start, end, evidence = row
    return PeerIssue(
        connection=connection,
        issue=Issue(
            type=type_,
            severity=Severity(severity),
            cause=Cause(cause),
            peer=peer_id,
            stream=stream,
            direction=direction,
            kind=kind,
            start=start,
            end=end,
            evidence=msgspec.json.decode(evidence),
        ),
    )
