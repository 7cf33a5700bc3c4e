"""Windows of quality: means, losses and sizes of pictures of some peers, by stretches of the same length."""

from collections.abc import Sequence
from math import isnan
from typing import Any, Final

import msgspec

from sonde.store.store import Store

_OF_PEERS: Final = "workspace_id = {workspace_id:Int64} AND peer_id IN {peer_ids:Array(String)}"

_CURRENT: Final = f"""
WHERE {_OF_PEERS} AND (peer_id, computed_at) IN (
    SELECT peer_id, max(computed_at) FROM peer_summaries WHERE {_OF_PEERS} GROUP BY peer_id
)
"""  # noqa: S608 - the parts are constants, values are parameters

# What was kept twice of one time stands once. FINAL does the same, and takes several times as long.
_ONCE: Final = "LIMIT 1 BY peer_id, connection, stream_id, start"

_BUCKET: Final = "intDiv(toUnixTimestamp64Nano(start), {width:Int64})"

SELECT_MEANS: Final = f"""
SELECT peer_id, kind, bucket, max(until),
    avgWeightedIf(bitrate, seconds, direction = 'send'), avgWeightedIf(bitrate, seconds, direction = 'recv'),
    avgWeightedIf(loss_ratio, seconds, direction = 'recv'),
    avgWeighted(round_trip_time, seconds), avgWeighted(jitter, seconds)
FROM (
    SELECT peer_id, kind, direction, {_BUCKET} AS bucket, toUnixTimestamp64Nano(end) AS until,
        (toUnixTimestamp64Micro(end) - toUnixTimestamp64Micro(start)) / 1e6 AS seconds,
        bitrate, loss_ratio, round_trip_time, jitter
    FROM stream_intervals {_CURRENT} {_ONCE}
)
GROUP BY peer_id, kind, bucket
ORDER BY bucket, peer_id, kind
"""  # noqa: S608 - as above

# A picture keeps its size while nothing of it comes, so streams that stand still are left out. What was kept
# twice does not change what is largest.
SELECT_SIDES: Final = f"""
SELECT peer_id, bucket, max(until), groupArray(side)
FROM (
    SELECT peer_id, {_BUCKET} AS bucket, max(toUnixTimestamp64Nano(end)) AS until,
        max(least(frame_width, frame_height)) AS side
    FROM stream_intervals {_CURRENT}
        AND kind = 'video' AND direction = 'recv'
        AND frame_width > 0 AND frame_height > 0 AND ifNull(bitrate, 1) > 0
    GROUP BY peer_id, connection, stream_id, bucket
)
GROUP BY peer_id, bucket
ORDER BY bucket, peer_id
"""  # noqa: S608 - as above

# Counters run on from sample to sample of one source; packets that come late make them fall. Some clients
# say in place of a counter what came since their look before.
SELECT_LOSSES: Final = f"""
SELECT peer_id, kind, bucket,
    sumOrNullIf(news, direction = 'send'), sumOrNullIf(news, direction = 'recv')
FROM (
    SELECT peer_id, kind, direction, greatest(ifNull(recent, lost - before), 0) AS news,
        intDiv(toUnixTimestamp64Nano(began), {{width:Int64}}) AS bucket
    FROM (
        SELECT peer_id, kind, direction, lost, recent,
            lagInFrame(lost) OVER runs AS before, lagInFrame(at) OVER runs AS began,
            row_number() OVER runs AS place
        FROM (
            SELECT peer_id, connection, stream_id, ssrc, kind, direction, at,
                if(direction = 'recv', packets_lost, remote_packets_lost) AS lost,
                recent_packets_lost AS recent
            FROM stream_samples
            WHERE {_OF_PEERS}
            ORDER BY received_at DESC
            LIMIT 1 BY peer_id, connection, stream_id, number
        )
        WHERE isNotNull(lost) OR isNotNull(recent)
        WINDOW runs AS (
            PARTITION BY peer_id, connection, stream_id, ssrc ORDER BY at
            ROWS BETWEEN 1 PRECEDING AND CURRENT ROW
        )
    )
    WHERE place > 1
)
GROUP BY peer_id, kind, bucket
ORDER BY bucket, peer_id, kind
"""  # noqa: S608 - as above

# A round trip belongs to the time since the sample before, as an interval does.
SELECT_PATHS: Final = f"""
SELECT peer_id, bucket, avg(seconds)
FROM (
    SELECT peer_id, current_round_trip_time AS seconds, row_number() OVER runs AS place,
        intDiv(toUnixTimestamp64Nano(lagInFrame(at) OVER runs), {{width:Int64}}) AS bucket
    FROM (
        SELECT peer_id, connection, transport_id, at, current_round_trip_time
        FROM transport_samples
        WHERE {_OF_PEERS} AND isNotNull(current_round_trip_time)
        ORDER BY received_at DESC
        LIMIT 1 BY peer_id, connection, transport_id, number
    )
    WINDOW runs AS (
        PARTITION BY peer_id, connection, transport_id ORDER BY at
        ROWS BETWEEN 1 PRECEDING AND CURRENT ROW
    )
)
WHERE place > 1
GROUP BY peer_id, bucket
ORDER BY bucket, peer_id
"""  # noqa: S608 - as above


class WindowSpan(msgspec.Struct, frozen=True, kw_only=True):
    """Whose windows are asked for.

    Attributes:
        width: of a window, nanoseconds; windows begin at multiples of it since the epoch.
    """

    workspace_id: int
    peer_ids: Sequence[str]
    width: int


class MeansRow(msgspec.Struct, frozen=True, kw_only=True):
    """The means over a peer's streams of a kind in one window; units as in `StreamPoint`.

    Attributes:
        bucket: number of the window.
        until: end of the last interval in it, nanoseconds since the epoch.
    """

    peer_id: str
    kind: str
    bucket: int
    until: int
    send_bitrate: float | None
    receive_bitrate: float | None
    loss_ratio: float | None
    round_trip_time: float | None
    jitter: float | None


class SidesRow(msgspec.Struct, frozen=True, kw_only=True):
    """The largest short side, in pixels, of each stream of pictures that a peer received in one window."""

    peer_id: str
    bucket: int
    until: int
    sides: list[float]


class LossesRow(msgspec.Struct, frozen=True, kw_only=True):
    """Packets of a peer's streams of a kind that got lost in one window; None where nobody counted."""

    peer_id: str
    kind: str
    bucket: int
    send: int | None
    receive: int | None


class PathsRow(msgspec.Struct, frozen=True, kw_only=True):
    """The mean round trip to the next hop over a peer's transports in one window, seconds."""

    peer_id: str
    bucket: int
    round_trip_time: float


def select_means(store: Store, span: WindowSpan) -> list[MeansRow]:
    """The means of each peer, kind and window, by window.

    Raises:
        Limited: the answer is too large to be made.
        Unavailable: the store failed.
    """
    return [
        MeansRow(**dict(zip(MeansRow.__struct_fields__, map(_measured, row), strict=True)))
        for row in store.query(SELECT_MEANS, _parameters(span))
    ]


def select_sides(store: Store, span: WindowSpan) -> list[SidesRow]:
    """The sizes of pictures of each peer and window, by window; raises as `select_means`."""
    return [
        SidesRow(peer_id=peer_id, bucket=bucket, until=until, sides=list(sides))
        for peer_id, bucket, until, sides in store.query(SELECT_SIDES, _parameters(span))
    ]


def select_losses(store: Store, span: WindowSpan) -> list[LossesRow]:
    """The losses of each peer, kind and window, by window; raises as `select_means`."""
    return [
        LossesRow(peer_id=peer_id, kind=kind, bucket=bucket, send=send, receive=receive)
        for peer_id, kind, bucket, send, receive in store.query(SELECT_LOSSES, _parameters(span))
    ]


def select_paths(store: Store, span: WindowSpan) -> list[PathsRow]:
    """The round trips of each peer's transports and window, by window; raises as `select_means`."""
    return [
        PathsRow(peer_id=peer_id, bucket=bucket, round_trip_time=seconds)
        for peer_id, bucket, seconds in store.query(SELECT_PATHS, _parameters(span))
    ]


def _parameters(span: WindowSpan) -> dict[str, Any]:
    return {"workspace_id": span.workspace_id, "peer_ids": list(span.peer_ids), "width": span.width}


def _measured(value: Any) -> Any:
    """None for the mean of nothing."""
    return None if isinstance(value, float) and isnan(value) else value
