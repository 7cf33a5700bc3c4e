"""Issues of pictures as they are seen."""

from collections import deque
from collections.abc import Iterable, Iterator
from statistics import fmean
from typing import Final

from sonde.webrtc.interval import NANOSECONDS, Flag, StreamInterval
from sonde.webrtc.intervals import START_UP
from sonde.webrtc.issues.absence import missing_points
from sonde.webrtc.issues.detector import Detector, StreamDetector
from sonde.webrtc.issues.issue import Cause, Severity
from sonde.webrtc.issues.rules import Point, Pooled, Sustained
from sonde.webrtc.issues.views import UNSETTLED_PICTURE, StreamView

SLOW: Final = 5.0
"""Frames per second below which a camera's picture is no longer moving."""

MANY: Final = 10
"""Packets lost from which on a picture did not come back from a rest but from an outage."""

UNLIMITED: Final = 0.9
"""Share of the time without a limit from which on the sender has the size that it wants."""

LONGEST_MEMORY: Final = 20 * NANOSECONDS
"""Time over which frame rates are compared with each other."""

_INCOMPARABLE: Final = frozenset({Flag.RESET, Flag.GAP, Flag.LAYER_CHANGE})


def _is_seen(stream: StreamView) -> bool:
    return stream.is_received("video")


def _of_camera(stream: StreamView) -> bool:
    return _is_seen(stream) and stream.track.source != "screen"


def _freezes(stream: StreamView) -> Iterator[Point]:
    """The frozen share of the time. A freeze counts when it ends, so its time reaches back to its start.

    A picture that comes back after it was held back did not freeze, unless many of its packets were lost.
    """
    for each in stream.intervals:
        first = each.start - stream.track.first < START_UP
        starting = Flag.START in each.flags and (first or (each.packets_lost or 0) < MANY)
        if each.freeze_ratio is None or starting or _INCOMPARABLE.intersection(each.flags):
            continue
        frozen = round((each.freeze_duration or 0.0) * NANOSECONDS)
        start = max(min(each.start, each.end - frozen), stream.track.first)
        yield Point(start, each.end, min(frozen / (each.end - start), 1.0), (each.end - start) / NANOSECONDS)


VIDEO_FREEZE = StreamDetector(
    type="video_freeze",
    applies=_is_seen,
    points=_freezes,
    measure="freeze_ratio",
    rules=(Pooled(on=0.10, off=0.02, critical=0.30, of=10.0),),
)


def _slow(stream: StreamView) -> Iterable[Point]:
    """1 for a moving picture of too few frames, unless the camera gives no more."""

    def value(each: StreamInterval) -> float | None:
        if each.frame_rate is None or not each.frames:
            return None
        sent = stream.sent_meanwhile(each)
        given = sent.mean("source_frame_rate") if sent else None
        return float(each.frame_rate < SLOW and (given is None or given >= SLOW))

    return stream.points(value)


LOW_FPS = StreamDetector(
    type="low_fps",
    applies=_of_camera,
    points=_slow,
    measure="slow",
    rules=(Sustained(on=0.5, off=0.5, need=5.0, of=5.0, least=2),),
)

NO_VIDEO = StreamDetector(
    type="no_video",
    applies=_is_seen,
    points=missing_points,
    measure="absent",
    rules=(Sustained(on=0.5, off=0.5, need=3.0, of=3.0),),
    severity=Severity.CRITICAL,
    cause=Cause.DOWNLINK,
)


def _volatility(stream: StreamView) -> Iterator[Point]:
    """Mean absolute deviation of the frame rate over its mean, of the last eight settled intervals."""
    recent: deque[StreamInterval] = deque(maxlen=8)
    for each in stream.intervals:
        if UNSETTLED_PICTURE.intersection(each.flags) or not each.frames or each.frame_rate is None:
            recent.clear()
            continue
        recent.append(each)
        if len(recent) >= 5 and each.end - recent[0].start <= LONGEST_MEMORY:
            rates = [one.frame_rate or 0.0 for one in recent]
            mean = fmean(rates)
            yield Point(each.start, each.end, fmean(abs(rate - mean) for rate in rates) / mean)


FPS_VOLATILE = StreamDetector(
    type="fps_volatile",
    applies=_of_camera,
    points=_volatility,
    measure="frame_rate_deviation",
    rules=(Sustained(on=0.20, off=0.10, need=5.0, of=8.0),),
    severity=Severity.INFO,
)


def _small(stream: StreamView) -> Iterable[Point]:
    """How much of the height is missing: of that in which it is shown or, below 240 lines, of the camera's.

    Of a sender with layers, a server chose this one, perhaps because it is shown so small; and what a sender
    makes small that nothing limits is meant to be small.
    """

    def value(each: StreamInterval) -> float | None:
        if not each.frame_height or not each.frames:
            return None
        if each.render_height:
            return 1 - each.frame_height / each.render_height
        sent = stream.sent_meanwhile(each)
        given = sent.last.source_height if sent and sent.last.layers == 1 else None
        if not given or (sent and (sent.mean("limited_by_none") or 0.0) > UNLIMITED):
            return None
        return 1 - each.frame_height / given if each.frame_height < 240 else 0.0

    return stream.points(value)


POOR_RESOLUTION = StreamDetector(
    type="poor_resolution",
    applies=_is_seen,
    points=_small,
    measure="missing_height",
    rules=(Sustained(on=0.5, off=0.45, need=5.0, of=5.0),),
)


DETECTORS: tuple[Detector, ...] = (VIDEO_FREEZE, LOW_FPS, NO_VIDEO, FPS_VOLATILE, POOR_RESOLUTION)
