"""Issues of a network that bears less than is to be sent."""

from collections.abc import Iterator

from sonde.webrtc.interval import NANOSECONDS, StreamInterval, TransportInterval
from sonde.webrtc.issues.detector import Detector, StreamDetector
from sonde.webrtc.issues.issue import Cause
from sonde.webrtc.issues.rules import Point, Sustained
from sonde.webrtc.issues.views import UNSETTLED, StreamView
from sonde.webrtc.windows import overlapping

CLIMB = 10 * NANOSECONDS
"""How long congestion control takes to find out what the network bears, after a stream has begun."""

SPENT = 0.6
"""Share of what the network leaves to an encoder below which it is not the network that limits it."""

TELLING = 2.5
"""Seconds of an interval up to which what is true at its end is true of it."""

STARVING = 100_000.0
"""Bit/s to send below which no moving picture is possible."""

KEPT = 0.7
"""Share of the camera's frames that an encoder that is well encodes."""

FEW_FRAMES = 5.0
"""Frames per second of a camera below which a missing one is left to chance."""


def _has_climbed(stream: StreamView, each: StreamInterval) -> bool:
    return each.start - stream.track.first >= CLIMB


def limits(stream: StreamView) -> Iterator[tuple[StreamInterval, float | None]]:
    """Each interval with the share of it in which the network gave the encoder too little; None if unknown.

    An encoder first drops frames and makes the picture smaller only then, and no browser calls the former
    limited by bandwidth. They go on to call so what has long been given more, until the picture grows again.
    """
    for each in stream.intervals:
        if _has_climbed(stream, each):
            share = each.limited_by_bandwidth
            if share is not None and _leaves_much(each):
                share = 0.0
            yield each, 1.0 if is_starved(stream, each) else share


def _leaves_much(each: StreamInterval) -> bool:
    """Whether the encoder spends less than it may; the target is that of the end, which may have changed."""
    target, spent = each.target_bitrate, each.bitrate
    known = target is not None and spent is not None and each.duration < TELLING
    return known and (spent or 0.0) < SPENT * (target or 0.0)


def is_starved(stream: StreamView, each: StreamInterval) -> bool:
    """Whether frames of the camera are left out while there is next to nothing for pictures."""
    given = [each.target_bitrate] + [
        path.available_outgoing_bitrate for path in _paths_meanwhile(stream, each)
    ]
    source, encoded = each.source_frame_rate, each.frame_rate
    if source is None or encoded is None or source < FEW_FRAMES or each.active is False:
        return False
    return encoded < KEPT * source and any(rate is not None and 0 < rate < STARVING for rate in given)


def _paths_meanwhile(stream: StreamView, each: StreamInterval) -> Iterator[TransportInterval]:
    for path in stream.peer.intervals.transports.values():
        yield from overlapping(path, each.start, each.end)


def _limited_points(stream: StreamView) -> Iterator[Point]:
    for each, share in limits(stream):
        if share is not None and not UNSETTLED.intersection(each.flags):
            yield Point(each.start, each.end, share, each.duration)


BANDWIDTH_LIMITED = StreamDetector(
    type="bandwidth_limited",
    applies=lambda stream: stream.is_sent("video"),
    points=_limited_points,
    measure="limited_by_bandwidth",
    rules=(Sustained(on=0.3, off=0.1, need=4.0, of=6.0),),
    cause=Cause.UPLINK,
)


def _congestion_points(stream: StreamView) -> Iterator[Point]:
    """1 where the network is full: it limits, and the round trip leaves its usual value or 5 % is lost."""
    usual: float | None = None
    late, loss = False, 0.0
    limited = {each.start: share for each, share in limits(stream)}
    for each in stream.intervals:
        if (trip := each.round_trip_time) is not None:
            usual = trip if usual is None else usual
            late = abs(trip - usual) > min(max(0.33 * usual, 0.050), 0.150)
            usual += (0.02 if late else 0.1) * (trip - usual)
        loss = loss if each.remote_loss_ratio is None else each.remote_loss_ratio
        if (share := limited.get(each.start)) is not None:
            full = share > 0.3 and (late or loss > 0.05)
            yield Point(each.start, each.end, float(full), each.duration)


CONGESTION = StreamDetector(
    type="congestion",
    applies=lambda stream: stream.is_sent("video"),
    points=_congestion_points,
    measure="congested",
    rules=(Sustained(on=0.5, off=0.5, need=2.0, of=5.0),),
    cause=Cause.UPLINK,
)

DETECTORS: tuple[Detector, ...] = (BANDWIDTH_LIMITED, CONGESTION)
