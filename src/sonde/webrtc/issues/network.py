"""Issues of the network: loss, jitter, round trips."""

from collections.abc import Iterator, Sequence

from sonde.webrtc.interval import NANOSECONDS, StreamInterval
from sonde.webrtc.issues.detector import Detector, PeerDetector, StreamDetector
from sonde.webrtc.issues.episodes import find_episodes
from sonde.webrtc.issues.issue import Cause, Issue, Severity
from sonde.webrtc.issues.rules import Episode, Point, Pooled, Sustained
from sonde.webrtc.issues.views import UNSETTLED, PeerView, StreamView
from sonde.webrtc.sample import Kind

LEAST_PACKETS = 10
"""Packets expected in an interval below which its loss is left to chance."""

NEAREST = 5 * NANOSECONDS
"""How far a round trip speaks for the time around it: half of the longest way from report to report."""

_LOSS = (
    Sustained(on=0.03, off=0.01, critical=0.10, by_chance=True),
    Pooled(on=0.03, off=0.01, critical=0.10, of=15.0, need=2.0, weight=100.0, by_chance=True),
)
"""The second sees bursts, between which there are seconds without loss."""


def loss_received(stream: StreamView) -> Iterator[Point]:
    """Loss of a stream received. Seconds in which nothing came are lost whole if the next ones say so."""
    silent: list[Point] = []
    for each in stream.intervals:
        if each.packets == 0 and not each.packets_lost:
            silent.append(Point(each.start, each.end, 1.0, LEAST_PACKETS))
            continue
        lost = each.packets_lost or 0
        if silent and lost >= LEAST_PACKETS * len(silent):
            yield from silent
            silent = []
            continue
        silent = []
        if not UNSETTLED.intersection(each.flags) and (each.packets_expected or 0) >= LEAST_PACKETS:
            yield Point(each.start, each.end, each.loss_ratio or 0.0, each.packets_expected or 0)


def loss_reported(stream: StreamView) -> Iterator[Point]:
    """Loss of a stream sent, over the time that each report of the other side is about."""
    for each in stream.intervals:
        known = each.remote_loss_ratio is not None and (each.remote_packets_expected or 0) >= LEAST_PACKETS
        if known and not UNSETTLED.intersection(each.flags):
            start, end = _report_time(each)
            yield Point(start, end, each.remote_loss_ratio or 0.0, each.remote_packets_expected or 0)


def _report_time(each: StreamInterval) -> tuple[int, int]:
    if each.remote_start is None or each.remote_end is None or each.remote_end <= each.remote_start:
        return each.start, each.end
    return each.remote_start, each.remote_end


def _is_received(stream: StreamView) -> bool:
    return stream.track.direction == "recv"


def _is_sent(stream: StreamView) -> bool:
    return stream.track.direction == "send"


def _packets(stream: StreamView, episode: Episode) -> dict[str, float | int | str]:
    inside = [each for each in stream.intervals if each.end > episode.start and each.start < episode.end]
    return {"packets_lost": sum(each.packets_lost or 0 for each in inside)}


PACKET_LOSS_IN = StreamDetector(
    type="packet_loss_in",
    applies=_is_received,
    points=loss_received,
    measure="loss_ratio",
    rules=_LOSS,
    shares=True,
    cause=Cause.DOWNLINK,
    evidence=_packets,
)

PACKET_LOSS_OUT = StreamDetector(
    type="packet_loss_out",
    applies=_is_sent,
    points=loss_reported,
    measure="remote_loss_ratio",
    rules=_LOSS,
    shares=True,
    cause=Cause.UPLINK,
)


def _jitter_high(kind: Kind, rule: Sustained) -> StreamDetector:
    return StreamDetector(
        type="jitter_high",
        applies=lambda stream: stream.is_received(kind),
        points=lambda stream: stream.points(lambda each: each.jitter if each.packets else None),
        measure="jitter",
        rules=(rule,),
        cause=Cause.DOWNLINK,
    )


JITTER_HIGH = _jitter_high("audio", Sustained(on=0.030, off=0.025, critical=0.100, least=2))
JITTER_HIGH_PICTURES = _jitter_high("video", Sustained(on=0.100, off=0.080, critical=0.300, least=2))
"""Packets of one frame leave one after another with the same time stamp, which counts as jitter too."""


def round_trips(peer: PeerView) -> list[Point]:
    """Round trips of a connection: by RTCP of all its streams, or where none tells, by STUN."""
    by_rtcp = [point for stream in peer.streams for point in _measured_by_rtcp(stream)]
    by_stun = [
        _point_of_trip(each.start, each.end, each.round_trip_time)
        for path in peer.peer.intervals.transports.values()
        for each in path
        if each.round_trip_time is not None
    ]
    return sorted(by_rtcp or by_stun, key=lambda point: (point.end, point.start, point.value))


def _measured_by_rtcp(stream: StreamView) -> Iterator[Point]:
    """Each round trip stands for the time nearest to when it was measured, up to 5 s on either side of it."""
    known = [
        each
        for each in stream.intervals
        if each.round_trip_time is not None and not UNSETTLED.intersection(each.flags)
    ]
    times = [each.remote_end or each.end for each in known]
    for number, each in enumerate(known):
        start, end = each.start, each.end
        at = times[number]
        if each.remote_end is not None and each.duration <= NEAREST / NANOSECONDS:
            start = max((times[number - 1] + at) // 2, at - NEAREST) if number else min(start, at)
            end = min((at + times[number + 1]) // 2, at + NEAREST) if each is not known[-1] else max(end, at)
        if start < end:
            yield _point_of_trip(start, end, each.round_trip_time or 0.0)


def _point_of_trip(start: int, end: int, seconds: float) -> Point:
    return Point(start, end, seconds, (end - start) / NANOSECONDS)


def _rtt_high(peer: PeerView) -> Iterator[Issue]:
    rule = Sustained(on=0.300, off=0.250, critical=0.500)
    trips = round_trips(peer)
    for episode in find_episodes(trips, (rule,)):
        inside = [each for each in trips if each.end > episode.start and each.start < episode.end]
        if not _is_confirmed(inside, rule.on):
            continue
        yield Issue(
            type="rtt_high",
            severity=Severity.CRITICAL if episode.critical else Severity.WARNING,
            peer=peer.peer.key,
            start=episode.start,
            end=episode.end,
            evidence={
                "measure": "round_trip_time",
                "mean": episode.mean,
                "worst": episode.worst,
                "limit": episode.limit,
            },
        )


def _is_confirmed(trips: Sequence[Point], limit: float) -> bool:
    """Whether several measurements are above a limit; one may be of a late report, however long it stands.

    A long interval has the mean of several, which nobody else must contradict.
    """
    high = [each for each in trips if each.value > limit]
    return len(high) > 1 or (len(trips) == 1 and trips[0].duration > NEAREST / NANOSECONDS)


RTT_HIGH = PeerDetector(type="rtt_high", find=_rtt_high)


DETECTORS: tuple[Detector, ...] = (
    PACKET_LOSS_IN,
    PACKET_LOSS_OUT,
    JITTER_HIGH,
    JITTER_HIGH_PICTURES,
    RTT_HIGH,
)
