"""What the intervals of a peer, or of a whole session, come to: one distribution for each class of streams.

A class is what people speak of: the camera pictures somebody sent, the sound somebody received. A session's
distributions are those of the streams of all its peers.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import fsum
from typing import Final, NamedTuple

import msgspec

from sonde.quality.averages import OverTime
from sonde.webrtc.histogram import MOS_WIDTH, RATIO_WIDTH, Histogram, histogram
from sonde.webrtc.interval import StreamInterval
from sonde.webrtc.sample import Direction, Kind, Source
from sonde.webrtc.scoring import ScoredInterval, scores_over_time
from sonde.webrtc.spread import Observation, Spread, spread
from sonde.webrtc.tracks import StreamTrack

SHARES: Final = (0.05, 0.1, 0.25, 0.5)
DELAYS: Final = (0.1, 0.25, 0.5)
MANY_REQUESTS: Final = 1.0
"""Key frames asked for (PLI and FIR) per second beyond which an interval counts as one of many requests."""

_LIMITATIONS: Final = ("none", "cpu", "bandwidth", "other")


class Measured(msgspec.Struct, frozen=True):
    """How a number of intervals is distributed: which end is bad, limits to count, whether it is a ratio."""

    worst: Callable[..., float] = max
    limits: tuple[float, ...] = ()
    is_ratio: bool = False


MEASURED: Final[dict[str, Measured]] = {
    "bitrate": Measured(min),
    "packet_rate": Measured(min),
    "loss_ratio": Measured(limits=SHARES, is_ratio=True),
    "remote_loss_ratio": Measured(limits=SHARES, is_ratio=True),
    "discard_ratio": Measured(limits=SHARES, is_ratio=True),
    "jitter": Measured(),
    "remote_jitter": Measured(),
    "round_trip_time": Measured(limits=DELAYS),
    "jitter_buffer_delay": Measured(limits=DELAYS),
    "jitter_buffer_target": Measured(limits=DELAYS),
    "audible_concealment_ratio": Measured(limits=SHARES, is_ratio=True),
    "stretch_ratio": Measured(limits=SHARES, is_ratio=True),
    "audio_rms": Measured(min),
    "frame_rate": Measured(min),
    "frame_width": Measured(min),
    "frame_height": Measured(min),
    "freeze_ratio": Measured(limits=SHARES, is_ratio=True),
    "drop_ratio": Measured(limits=SHARES, is_ratio=True),
    "qp": Measured(),
    "decode_time": Measured(),
    "encode_time": Measured(),
}
"""Every number of an interval that has a distribution, by the interval's name for it."""


class MosDistribution(msgspec.Struct, frozen=True, kw_only=True):
    """The scores of a class on one scale.

    Attributes:
        scale: of the scores; numbers of different scales must never be compared or averaged.
        mos: the MOS of the intervals. Its means are of MOS; what is additive is averaged in `over_time`.
        histogram: of the MOS, in bins of 0.01.
        over_time: mean, tenth percentile and worst ten seconds of each stream, averaged on R for sound.
    """

    scale: str
    mos: Spread
    histogram: Histogram
    over_time: tuple[OverTime, ...]


class ClassDistribution(msgspec.Struct, frozen=True, kw_only=True):
    """All streams of one direction, kind and source.

    Attributes:
        direction, kind, source: which class; the source is None when it is not known.
        streams: how many.
        intervals: how many, of all of them.
        duration: seconds they cover together.
        packets, bytes: sent or received.
        packets_lost, packets_expected, loss_ratio: of all packets, as the receiver counted them; of streams
            sent, as the other side reported. None when nothing said so.
        frames, key_frames: encoded or decoded; None of sound.
        limited: share of the time by what limited the encoder; empty when nothing said so.
        limited_intervals: intervals that ended under each limit.
        many_requests: intervals in which key frames were asked for more than once per second.
        numbers: the spread of each number that was measured, by name.
        histograms: of those that are ratios, in bins of 0.001.
        scores: by scale, in order of the names; none when no scores were handed over or could be made.
    """

    direction: Direction
    kind: Kind
    source: Source | None
    streams: int
    intervals: int
    duration: float
    packets: int
    bytes: int
    packets_lost: int | None
    packets_expected: int | None
    loss_ratio: float | None
    frames: int | None
    key_frames: int | None
    limited: dict[str, float]
    limited_intervals: dict[str, int]
    many_requests: int
    numbers: dict[str, Spread]
    histograms: dict[str, Histogram]
    scores: tuple[MosDistribution, ...] = ()


class ScoredTrack(NamedTuple):
    """A stream and its scores, where there are any."""

    track: StreamTrack
    scores: Sequence[ScoredInterval] = ()


def distributions(streams: Iterable[StreamTrack | ScoredTrack]) -> tuple[ClassDistribution, ...]:
    """The distributions of these streams, by class in order of direction, kind and source.

    Args:
        streams: with their scores or without.
    """
    classes: dict[tuple[str, str, str], list[ScoredTrack]] = {}
    for stream in streams:
        scored = stream if isinstance(stream, ScoredTrack) else ScoredTrack(stream)
        track = scored.track
        classes.setdefault((track.direction, track.kind, track.source or ""), []).append(scored)
    return tuple(_distribution(classes[name]) for name in sorted(classes))


def total(intervals: Iterable[StreamInterval], name: str) -> int | None:
    """The sum of a count over intervals; None when none of them has it."""
    known = [value for interval in intervals if (value := getattr(interval, name)) is not None]
    return round(fsum(known)) if known else None


def total_loss(intervals: Sequence[StreamInterval]) -> tuple[int | None, int | None, float | None]:
    """Packets lost, packets expected and their ratio over intervals of one direction."""
    own = "" if any(interval.direction == "recv" for interval in intervals) else "remote_"
    lost = total(intervals, f"{own}packets_lost")
    expected = total(intervals, f"{own}packets_expected")
    if lost is None or not expected:
        return lost, expected, None
    return lost, expected, min(max(lost / expected, 0.0), 1.0)


def _distribution(scored: Sequence[ScoredTrack]) -> ClassDistribution:
    streams = [each.track for each in scored]
    intervals = [interval for stream in streams for interval in stream.intervals]
    lost, expected, loss_ratio = total_loss(intervals)
    observed = {name: [_observations(stream, name) for stream in streams] for name in MEASURED}
    numbers = {
        name: spread(lines, worst=MEASURED[name].worst, limits=MEASURED[name].limits)
        for name, lines in observed.items()
    }
    return ClassDistribution(
        direction=streams[0].direction,
        kind=streams[0].kind,
        source=streams[0].source,
        streams=len(streams),
        intervals=len(intervals),
        duration=fsum(interval.duration for interval in intervals),
        packets=total(intervals, "packets") or 0,
        bytes=total(intervals, "bytes") or 0,
        packets_lost=lost,
        packets_expected=expected,
        loss_ratio=loss_ratio,
        frames=total(intervals, "frames"),
        key_frames=total(intervals, "key_frames"),
        limited=_limited(intervals),
        limited_intervals=_limited_intervals(intervals),
        many_requests=sum(_requests(interval) > MANY_REQUESTS for interval in intervals),
        numbers={name: found for name, found in numbers.items() if found is not None},
        histograms={
            name: histogram(_values(observed[name]), RATIO_WIDTH)
            for name, how in MEASURED.items()
            if how.is_ratio and numbers[name]
        },
        scores=tuple(_score_distributions([each.scores for each in scored])),
    )


def _score_distributions(streams: Sequence[Sequence[ScoredInterval]]) -> Iterator[MosDistribution]:
    averages = [average for scored in streams for average in scores_over_time(scored)]
    for scale in sorted({average.scale for average in averages}):
        lines = [
            [
                Observation(each.start, each.end, each.score.mos)
                for each in scored
                if each.score.scale == scale and each.score.mos is not None
            ]
            for scored in streams
        ]
        if found := spread(lines, worst=min):
            yield MosDistribution(
                scale=scale,
                mos=found,
                histogram=histogram(_values(lines), MOS_WIDTH),
                over_time=tuple(average for average in averages if average.scale == scale),
            )


def _observations(stream: StreamTrack, name: str) -> list[Observation]:
    return [
        Observation(interval.start, interval.end, value)
        for interval in stream.intervals
        if (value := getattr(interval, name)) is not None
    ]


def _values(lines: Iterable[Sequence[Observation]]) -> Iterator[float]:
    return (seen.value for line in lines for seen in line)


def _limited(intervals: Sequence[StreamInterval]) -> dict[str, float]:
    """Each reason's share of the time that the encoder accounted for."""
    seconds: dict[str, float] = {}
    for reason in _LIMITATIONS:
        shares = [(getattr(interval, f"limited_by_{reason}"), interval.duration) for interval in intervals]
        seconds[reason] = fsum(share * duration for share, duration in shares if share is not None)
    in_all = fsum(seconds.values())
    return {reason: spent / in_all for reason, spent in seconds.items()} if in_all else {}


def _limited_intervals(intervals: Iterable[StreamInterval]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for interval in intervals:
        if interval.quality_limitation_reason is not None:
            reason = interval.quality_limitation_reason
            counts[reason] = counts.get(reason, 0) + 1
    return dict(sorted(counts.items()))


def _requests(interval: StreamInterval) -> float:
    return (interval.pli_rate or 0.0) + (interval.fir_rate or 0.0)
