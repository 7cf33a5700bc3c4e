"""Intervals of a peer put together into buckets of a wanted width."""

from collections.abc import Sequence
from math import isnan
from typing import Any, Final, get_type_hints

import msgspec
import numpy as np

from sonde.model.conclusions import PointBucket, StreamPoint
from sonde.store.conclusions import CURRENT
from sonde.store.store import Store

MEASURES: Final = tuple(name for name, kind in get_type_hints(StreamPoint).items() if kind == float | None)
"""The numbers of a point."""

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
"""  # noqa: S608 - the parts are constants, values are parameters


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


def select_buckets(store: Store, span: BucketSpan, *, limit: int) -> list[PointBucket]:
    """The points of a peer's streams in buckets, by stream and time.

    Raises:
        Limited: the answer is too large to be made.
        Unavailable: the store failed.
    """
    rows = store.query(SELECT_BUCKETS, {**msgspec.structs.asdict(span), "limit": limit})
    numbers = single_precision([row[9:] for row in rows])
    return [_bucket(row[:9], spread) for row, spread in zip(rows, numbers, strict=True)]


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
