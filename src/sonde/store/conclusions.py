"""Conclusions: how they are kept, and every question about them."""

from collections.abc import Sequence
from math import isnan
from typing import Any, Final, get_type_hints

import msgspec
import numpy as np

from sonde.model.conclusions import (
    PeerConclusions,
    PeerIssue,
    PeerSummary,
    PointBucket,
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

MEASURES: Final = tuple(name for name, kind in get_type_hints(StreamPoint).items() if kind == float | None)
"""The numbers of a point."""

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


# All numbers in one array: planning fifty aggregates takes longer than computing them.
SELECT_BUCKETS: Final = f"""
SELECT connection, stream_id, any(direction), any(kind),
    intDiv(began, {{width:Int64}}) * {{width:Int64}} AS bucket, sum(seconds), count(),
    groupUniqArray(2)(scale), anyIf(reason, reason != ''),
    minForEach(numbers), avgWeightedForEach(numbers, arrayResize([seconds], {len(MEASURES)}, seconds)),
    maxForEach(numbers)
FROM (
    SELECT connection, stream_id, direction, kind, scale, reason, [{", ".join(MEASURES)}] AS numbers,
        toUnixTimestamp64Nano(start) AS began,
        (toUnixTimestamp64Micro(end) - toUnixTimestamp64Micro(start)) / 1e6 AS seconds
    FROM stream_intervals FINAL {CURRENT}
)
WHERE began >= {{start:Int64}} AND began < {{end:Int64}}
    AND (connection = {{connection:String}} OR {{connection:String}} = '')
    AND (stream_id = {{stream_id:String}} OR {{stream_id:String}} = '')
GROUP BY connection, stream_id, bucket
ORDER BY connection, stream_id, bucket
LIMIT {{limit:UInt64}}
"""  # noqa: S608 - as above

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
    AND concluded.computed >= heard.newest
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


class BucketSpan(msgspec.Struct, frozen=True, kw_only=True):
    """Which points are asked for, and how they are put together.

    Attributes:
        start, end: points that begin from here to before there, nanoseconds since the epoch.
        width: nanoseconds of a bucket; buckets begin at multiples of it since the epoch.
        connection, stream_id: only streams of this connection, and of this id; empty for all.
    """

    workspace_id: int
    peer_id: str
    start: int
    end: int
    width: int
    connection: str = ""
    stream_id: str = ""


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


def select_buckets(store: Store, span: BucketSpan, *, limit: int) -> list[PointBucket]:
    """The points of a peer's streams in buckets, by stream and time.

    Raises:
        Limited: the answer is too large to be made.
        Unavailable: the store failed.
    """
    rows = store.query(SELECT_BUCKETS, {**msgspec.structs.asdict(span), "limit": limit})
    numbers = single_precision([row[9:] for row in rows])
    return [_bucket(row[:9], spread) for row, spread in zip(rows, numbers, strict=True)]


def select_progress(store: Store, workspace_id: int, peer_ids: Sequence[str]) -> list[PeerProgress]:
    """How far some peers are worked out, of those that ever reported.

    Raises:
        Unavailable: the store failed.
    """
    parameters = {"workspace_id": workspace_id, "peer_ids": list(peer_ids)}
    return [PeerProgress(*row) for row in store.query(SELECT_PROGRESS, parameters)]


def select_stale(store: Store, *, since: int, quiet_since: int, limit: int) -> list[PeerKey]:
    """Peers of which nothing is concluded since they were last heard of, the longest silent first.

    Args:
        store: where from.
        since: look no further back, milliseconds since the epoch.
        quiet_since: only peers that were not heard of from then on.
        limit: at most so many.

    Raises:
        Unavailable: the store failed.
    """
    parameters = {"since": since, "quiet_since": quiet_since, "limit": limit}
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


def _bucket(row: Sequence[Any], spread: Sequence[Sequence[float]]) -> PointBucket:
    connection, stream_id, direction, kind, start, seconds, points, scales, reason = row
    least, mean, most = (_measured(values) for values in spread)
    return PointBucket(
        connection=connection,
        stream_id=stream_id,
        direction=direction,
        kind=kind,
        start=start,
        seconds=round(seconds, 6),
        points=points,
        least=least,
        mean=mean,
        most=most,
        scales=tuple(scales),
        reason="" if scales else reason,
    )


def _measured(values: Sequence[float]) -> dict[str, float]:
    """Those numbers that there are, by their names."""
    return {name: value for name, value in zip(MEASURES, values, strict=True) if not isnan(value)}


def single_precision(numbers: Sequence[Sequence[Sequence[float | None]]]) -> list[list[list[float]]]:
    """Numbers without the digits that single precision never had: six are left. NaN for None."""
    values = np.array(numbers, dtype=float)
    size = np.floor(np.log10(np.abs(values), where=values != 0, out=np.zeros_like(values)))
    step = 10.0 ** np.abs(5 - size)
    rounded = np.where(size <= 5, np.rint(values * step) / step, np.rint(values / step) * step)
    found: list[list[list[float]]] = rounded.tolist()
    return found
