"""How the numbers of streams were spread: made of their intervals, kept by stream, and merged when read."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from sonde.model.distributions import BIN_WIDTHS, PERCENTILES, RELATIVE_ERROR, NumberDistribution
from sonde.store.store import Store
from sonde.webrtc.histogram import Histogram

NUMBERS: Final = (
    *("bitrate", "packet_rate", "loss_ratio", "discard_ratio", "jitter", "round_trip_time"),
    *("jitter_buffer_delay", "concealment_ratio", "audio_rms", "frame_rate", "frame_width", "frame_height"),
    *("freeze_ratio", "mos", "r_factor"),
)
"""The numbers of an interval that have a distribution."""

ACCURACY: Final = 0.0016
"""What the engine calls the accuracy of its sketch.

Its percentiles were found to lie one bin too high, by up to three times that and never below: hence a third
of `RELATIVE_ERROR`.
"""

SCORES: Final = ("mos", "r_factor")
"""Those that are on a scale."""

_PAIRS: Final = ", ".join(f"('{name}', {name})" for name in NUMBERS)
_WIDTHS: Final = f"transform(number, {list(BIN_WIDTHS)}, {[float(each) for each in BIN_WIDTHS.values()]}, 0.)"

INSERT: Final = f"""
INSERT INTO stream_distributions (workspace_id, session_id, peer_id, connection, stream_id, number, scale,
    computed_at, direction, kind, source, intervals, seconds, total, low, high, sketch, histogram)
SELECT workspace_id, {{session_id:String}}, peer_id, connection, stream_id, number, on_scale,
    fromUnixTimestamp64Milli({{computed_at:Int64}}, 'UTC'), any(direction), any(kind), any(source),
    count(), sum(seconds), sum(value * seconds), min(value), max(value),
    quantilesDDStateIf({ACCURACY}, 0.5)(value, width = 0),
    sumMapIf(map(if(width = 0, 0, toInt32(floor(value / width + 0.5))), toUInt32(1)), width > 0)
FROM (
    SELECT workspace_id, peer_id, connection, stream_id, direction, kind, source,
        arrayJoin([{_PAIRS}]) AS pair, pair.1 AS number, assumeNotNull(pair.2) AS value, {_WIDTHS} AS width,
        if(number IN {SCORES}, ifNull(scale, ''), '') AS on_scale,
        (toUnixTimestamp64Micro(end) - toUnixTimestamp64Micro(start)) / 1e6 AS seconds
    FROM stream_intervals FINAL
    WHERE workspace_id = {{workspace_id:Int64}} AND peer_id IN {{peer_ids:Array(String)}}
        AND computed_at = fromUnixTimestamp64Milli({{computed_at:Int64}}, 'UTC')
        AND isFinite(pair.2) AND end > start
)
GROUP BY workspace_id, peer_id, connection, stream_id, number, on_scale
"""  # noqa: S608 - the parts are constants, values are parameters

_WHERE: Final = """
WHERE workspace_id = {workspace_id:Int64} AND session_id IN {session_ids:Array(String)}
    AND (peer_id = {peer_id:String} OR {peer_id:String} = '')
"""

# Rows of an earlier time, of streams that were not found again, are passed over.
SELECT: Final = f"""
SELECT direction, kind, source, number, scale, uniqExact(peer_id, connection, stream_id), sum(intervals),
    sum(seconds), sum(total), min(low), max(high),
    quantilesDDMerge({", ".join(str(each) for each in (ACCURACY, *PERCENTILES.values()))})(sketch),
    sumMap(histogram)
FROM stream_distributions FINAL
{_WHERE} AND (session_id, peer_id, computed_at) IN (
    SELECT session_id, peer_id, max(computed_at) FROM stream_distributions {_WHERE} GROUP BY ALL
)
GROUP BY direction, kind, source, number, scale
ORDER BY direction, kind, source, number, scale
"""  # noqa: S608 - as above


class DistributionSpan(msgspec.Struct, frozen=True, kw_only=True):
    """Which streams are asked for: those of some sessions, or of one peer in them."""

    workspace_id: int
    session_ids: Sequence[str]
    peer_id: str = ""


def insert_distributions(
    store: Store, workspace_id: int, session_id: str, peer_ids: Sequence[str], *, computed_at: int
) -> None:
    """Make the distributions of the streams of some peers, whose intervals of that time are in the store.

    Raises:
        Unavailable: it failed; it may be repeated.
    """
    parameters = {"workspace_id": workspace_id, "session_id": session_id, "peer_ids": list(peer_ids)}
    store.derive(INSERT, {**parameters, "computed_at": computed_at})


def select_distributions(store: Store, span: DistributionSpan) -> list[NumberDistribution]:
    """The distributions of streams put together by direction, kind and source.

    Raises:
        Limited: there is too much for one answer.
        Unavailable: the store failed.
    """
    parameters = {**msgspec.structs.asdict(span), "session_ids": list(span.session_ids)}
    return [_distribution(row) for row in store.query(SELECT, parameters)]


def _distribution(row: Sequence[Any]) -> NumberDistribution:
    direction, kind, source, number, scale, streams, intervals, seconds, total, *spread = row
    low, high, percentiles, counts = spread
    width = BIN_WIDTHS.get(number)
    histogram = Histogram(width=width, counts=dict(sorted(counts.items()))) if width else None
    if histogram:
        found = [histogram.percentile(share) or 0.0 for share in PERCENTILES.values()]
    else:
        # What lies at the ends is known better than any bin of the sketch tells.
        found = [min(max(value, low), high) for value in percentiles]
    return NumberDistribution(
        direction=direction,
        kind=kind,
        source=source,
        number=number,
        scale=scale or None,
        streams=streams,
        intervals=intervals,
        seconds=round(seconds, 6),
        low=_single(low),
        high=_single(high),
        mean_over_time=_single(total / seconds),
        percentiles={name: _single(value) for name, value in zip(PERCENTILES, found, strict=True)},
        relative_error=0.0 if histogram else RELATIVE_ERROR,
        histogram=histogram,
    )


def _single(value: float) -> float:
    """A number without the digits that single precision never had."""
    return float(f"{value:.6g}")
