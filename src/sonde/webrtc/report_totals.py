"""What the rows of a class of streams come to, as RealtimeKit's peer reports sum them up.

Every row counts alike, however long it was. Shares are nested: a row that reaches 0.25 reaches 0.1 as well.
A number that no row has is None, and rows without a number are left out of its shares.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec
import numpy as np

from sonde.webrtc.distributions import DELAYS, MANY_REQUESTS, SHARES
from sonde.webrtc.report_rows import ReportRow

PERCENTILES: Final = (50, 75, 90)


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """Mean of a number, and by limit the share of rows in which it was reached."""

    mean: float
    shares: dict[float, float]


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """Mean of a number, and what so many percent of the rows do not exceed, interpolated between rows."""

    mean: float
    percentiles: dict[int, float]


class RowTotals(msgspec.Struct, frozen=True, kw_only=True):
    """What rows come to.

    Attributes:
        loss_ratio, round_trip_time, jitter_buffer_delay: with shares; the delay is the mean of a sample or
            frame, and rows in which nothing left the buffer have none.
        score, frame_width, frames_per_second: with percentiles.
        low_resolution, lagging, stuck: shares of rows with such a flag.
        limited: by reason, share of rows that ended under it; None where no encoder said.
        limited_at_all: share of rows that ended under any.
        key_frames: of all frames.
        many_requests: share of rows in which more pictures were asked for than one per second.
    """

    loss_ratio: Reached | None
    round_trip_time: Reached | None
    jitter_buffer_delay: Reached | None
    score: Spread | None
    frame_width: Spread | None
    frames_per_second: Spread | None
    low_resolution: float | None
    lagging: float | None
    stuck: float | None
    limited: dict[str, float] | None
    limited_at_all: float | None
    key_frames: float | None
    many_requests: float | None


def sum_up_rows(rows: Sequence[ReportRow]) -> RowTotals:
    """What some rows come to."""
    flags = [row.flags for row in rows if row.flags]
    reasons = [reason for row in rows if (reason := row.quality_limitation_reason) is not None]
    return RowTotals(
        loss_ratio=_reached([row.loss_ratio for row in rows], SHARES),
        round_trip_time=_reached([row.round_trip_time for row in rows], DELAYS),
        jitter_buffer_delay=_reached([_buffer_delay(row) for row in rows], DELAYS),
        score=_spread([row.score for row in rows]),
        frame_width=_spread([row.frame_width for row in rows]),
        frames_per_second=_spread([row.frames_per_second for row in rows]),
        low_resolution=_share(flags, lambda each: each.is_low_resolution),
        lagging=_share(flags, lambda each: each.is_lagging),
        stuck=_share(flags, lambda each: each.is_stuck),
        limited=_limited(reasons),
        limited_at_all=_share(reasons, lambda reason: reason != "none"),
        key_frames=_of_all(rows),
        many_requests=_share(
            [row for row in rows if row.fir_count is not None or row.pli_count is not None],
            _has_many_requests,
        ),
    )


def _buffer_delay(row: ReportRow) -> float | None:
    if row.jitter_buffer_delay is None or not row.jitter_buffer_emitted_count:
        return None
    return row.jitter_buffer_delay / row.jitter_buffer_emitted_count


def _has_many_requests(row: ReportRow) -> bool:
    asked = (row.fir_count or 0) + (row.pli_count or 0)
    return row.duration is not None and asked > MANY_REQUESTS * row.duration


def _of_all(rows: Iterable[ReportRow]) -> float | None:
    counted = [(row.key_frames, row.frames) for row in rows if row.key_frames is not None and row.frames]
    frames = sum(frames for _, frames in counted)
    return sum(keys for keys, _ in counted) / frames if frames else None


def _limited(reasons: Sequence[str]) -> dict[str, float] | None:
    if not reasons:
        return None
    return {reason: reasons.count(reason) / len(reasons) for reason in sorted({*reasons})}


def _share(things: Sequence[Any], applies: Callable[..., bool]) -> float | None:
    return sum(map(applies, things)) / len(things) if things else None


def _known(values: Iterable[float | None]) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return np.array([value for value in values if value is not None], dtype=np.float64)


def _reached(values: Iterable[float | None], limits: Iterable[float]) -> Reached | None:
    known = _known(values)
    if not len(known):
        return None
    return Reached(
        mean=float(known.mean()), shares={limit: float((known >= limit).mean()) for limit in limits}
    )


def _spread(values: Iterable[float | None]) -> Spread | None:
    known = _known(values)
    if not len(known):
        return None
    return Spread(
        mean=float(known.mean()),
        percentiles={percent: float(np.percentile(known, percent)) for percent in PERCENTILES},
    )
