"""One stream of a call in a few numbers, and its score."""

import re
from collections.abc import Callable, Sequence
from math import fsum
from typing import Final

import msgspec

from sonde.quality.averages import OverTime, mean_of_mos
from sonde.webrtc.distributions import total, total_loss
from sonde.webrtc.interval import NANOSECONDS, StreamInterval
from sonde.webrtc.sample import Direction, Kind, Source
from sonde.webrtc.scoring import ScoredInterval, scores_over_time
from sonde.webrtc.tracks import StreamTrack

_NUMBER: Final = re.compile(r"\d+(\.\d+)?")


class CallMos(msgspec.Struct, frozen=True, kw_only=True):
    """How good a stream was on the whole, by which model, on which scale, and why.

    Attributes:
        value: MOS; of sound by the mean of R over time, of pictures the mean over time. None when nothing
            can be said.
        low, high: means of the 95 % limits of the single seconds, on R as well, so wider than those of the
            mean; the value is never outside of them.
        p10, worst_10s: value that a tenth of the time was at or below, and the worst ten seconds.
        scale: scale of all of these; numbers on different scales must never be compared or averaged.
        model, version: what computed them; empty when nothing did.
        seconds: of the stream that have a score.
        points: MOS lost by impairment, mean over time.
        reason: why there is no MOS, one sentence; empty when there is one.
        notes: sentences on what was assumed and what limits trust in the numbers.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    p10: float | None = None
    worst_10s: float | None = None
    scale: str = ""
    model: str = ""
    version: str = ""
    seconds: float = 0.0
    points: dict[str, float] = {}
    reason: str = ""
    notes: tuple[str, ...] = ()


class CallStream(msgspec.Struct, frozen=True, kw_only=True):
    """One stream. Means are over time, of what was measured; None where nothing was.

    Attributes:
        stream: id of the stream within its peer.
        direction, kind, source, codec, ssrcs: which it is.
        other_ends: the same stream at other peers, by label and id.
        duration: seconds from the first to the last sample.
        bitrate: bit/s.
        packets: sent or received.
        packets_lost, loss_ratio: as the receiver counted; of a stream sent, as the other side reported.
        jitter: RFC 3550, mean; of a stream sent, as the other side reported.
        round_trip_time: by RTCP, mean of the measurements.
        concealment_ratio: audible share of the sound that was made up.
        frame_rate: mean; Hz.
        frame_width, frame_height: at the end.
        freeze_ratio: share of the time in which the picture stood still.
        mos: how good it was.
    """

    stream: str
    direction: Direction
    kind: Kind
    source: Source | None
    codec: str | None
    ssrcs: tuple[int, ...]
    other_ends: tuple[str, ...] = ()
    duration: float
    bitrate: float | None
    packets: int | None
    packets_lost: int | None
    loss_ratio: float | None
    jitter: float | None
    round_trip_time: float | None
    concealment_ratio: float | None = None
    frame_rate: float | None = None
    frame_width: int | None = None
    frame_height: int | None = None
    freeze_ratio: float | None = None
    mos: CallMos


def call_stream(
    track: StreamTrack, scored: Sequence[ScoredInterval], other_ends: tuple[str, ...]
) -> CallStream:
    """Sum up a stream with its scores."""
    every = track.intervals
    lost, _, loss_ratio = total_loss(every)
    return CallStream(
        stream=track.stream_id,
        direction=track.direction,
        kind=track.kind,
        source=track.source,
        codec=track.codecs[-1] if track.codecs else None,
        ssrcs=track.ssrcs,
        other_ends=other_ends,
        duration=(track.last - track.first) / NANOSECONDS,
        bitrate=mean(every, "bitrate"),
        packets=total(every, "packets"),
        packets_lost=lost,
        loss_ratio=loss_ratio,
        jitter=mean(every, "jitter" if track.direction == "recv" else "remote_jitter"),
        round_trip_time=mean(every, "round_trip_time"),
        concealment_ratio=mean(every, "audible_concealment_ratio"),
        frame_rate=mean(every, "frame_rate"),
        frame_width=_last(every, "frame_width"),
        frame_height=_last(every, "frame_height"),
        freeze_ratio=mean(every, "freeze_ratio"),
        mos=call_mos(scored),
    )


def mean(intervals: Sequence[StreamInterval], name: str) -> float | None:
    """Mean over time of a number, over the intervals that have it; None when none has."""
    known = [(value, each.duration) for each in intervals if (value := getattr(each, name)) is not None]
    return fsum(value * seconds for value, seconds in known) / fsum(s for _, s in known) if known else None


def call_mos(scored: Sequence[ScoredInterval]) -> CallMos:
    """The score of a stream on the whole, on the scale that covers most of the time."""
    averages = scores_over_time(scored)
    if not averages:
        reasons = [each.score.reason for each in scored]
        return CallMos(reason=reasons[-1] if reasons else "There are less than two samples.")
    over = averages[0]
    known = [each for each in scored if each.score.scale == over.scale and each.score.mos is not None]
    return CallMos(
        value=over.mos_mean,
        low=_mean_limit(known, [each.score.mos_low for each in known], over, min),
        high=_mean_limit(known, [each.score.mos_high for each in known], over, max),
        p10=over.mos_p10,
        worst_10s=over.mos_worst,
        scale=over.scale,
        model=known[-1].score.model,
        version=known[-1].score.version,
        seconds=over.duration,
        points={
            name: _mean_points(known, name)
            for name in sorted({name for each in known for name in each.score.points})
        },
        notes=_notes(known),
    )


def _notes(scored: Sequence[ScoredInterval]) -> tuple[str, ...]:
    """Each once, with the last number where they differ in the number only, such as a bit rate."""
    return tuple({_NUMBER.sub("", note): note for each in scored for note in each.score.notes}.values())


def _mean_limit(
    scored: Sequence[ScoredInterval],
    limits: Sequence[float | None],
    over: OverTime,
    outer: Callable[[float, float], float],
) -> float:
    """Mean of limits, or the score where that is further out: a limit of MOS 1 stands for many R."""
    known = [
        (limit, each.end - each.start)
        for limit, each in zip(limits, scored, strict=True)
        if limit is not None
    ]
    values, seconds = zip(*known, strict=True)
    return outer(mean_of_mos(values, seconds, over.scale), over.mos_mean)


def _mean_points(scored: Sequence[ScoredInterval], name: str) -> float:
    """Mean over time of the points of one impairment; what has none of it lost none by it."""
    lost = fsum(each.score.points.get(name, 0.0) * (each.end - each.start) for each in scored)
    return lost / fsum(each.end - each.start for each in scored)


def _last(intervals: Sequence[StreamInterval], name: str) -> int | None:
    values = (getattr(each, name) for each in reversed(intervals))
    return next((value for value in values if value is not None), None)
