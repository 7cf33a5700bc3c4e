"""Whether a stream should be there and is not: nothing received is no fault while nothing is sent."""

from collections.abc import Iterator

from sonde.webrtc.interval import Flag, StreamInterval
from sonde.webrtc.issues.episodes import Point
from sonde.webrtc.issues.views import PeerView, StreamView


def missing_points(stream: StreamView) -> Iterator[Point]:
    """1 while nothing of a stream arrives that should, 0 while something does.

    It should when the sender says that it sends. Where no sender reports, it should when it did before and
    nothing at all arrives on this connection any more: a server that holds one stream back goes on with its
    reports. An application that paused or muted a stream is believed.
    """
    flowed = False
    peer = PeerView(stream.peer)
    for each in stream.intervals:
        if each.packets:
            flowed = True
            yield Point(each.start, each.end, 0.0)
        elif each.packets == 0 and flowed and _is_expected(stream, peer, each):
            yield Point(each.start, each.end, 1.0)


def _is_expected(stream: StreamView, peer: PeerView, each: StreamInterval) -> bool:
    if Flag.GAP in each.flags or each.track_enabled is False:
        return False
    if stream.sender is None:
        return peer.alive(each.start, each.end) is False
    sent = stream.sent_meanwhile(each)
    if sent is None or sent.last.active is False:
        return False
    return (sent.mean("packet_rate") or 0.0) >= 1.0 and sent.duration >= 0.5 * each.duration
