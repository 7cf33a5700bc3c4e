"""Whether a stream should be there and is not: nothing received is no fault while nothing is sent."""

from collections import deque
from collections.abc import Iterator
from statistics import median
from typing import Final

from sonde.webrtc.interval import NANOSECONDS, Flag, StreamInterval
from sonde.webrtc.issues.rules import Point
from sonde.webrtc.issues.views import PeerView, StreamView

SHORT: Final = 2 * NANOSECONDS
"""Length of an interval up to which it is not asked in which part of it nothing came."""


HALF: Final = 0.5
"""Share of an interval that is enough to say something of it."""


class UsualRate:
    """Packets per second before a silence: the median of three intervals, as the last is but a part."""

    def __init__(self) -> None:
        self._recent: deque[float] = deque(maxlen=3)

    def __bool__(self) -> bool:
        return bool(self._recent)

    def follow(self, rate: float) -> None:
        """Take the next interval in which something came."""
        self._recent.append(rate)

    def silent_part(self, start: int, end: int, packets: int) -> int:
        """How long (ns) nothing came of an interval in which a silence ended.

        Chromium looks at no statistics while it is disconnected, so that the interval after an outage has
        most of it. What came came at the usual rate, or later.
        """
        usual = median(self._recent) if self._recent else 0.0
        if end - start <= SHORT or usual <= 0:
            return 0
        return max(end - start - round(packets / usual * NANOSECONDS), 0)


def missing_points(stream: StreamView) -> Iterator[Point]:
    """1 while nothing of a stream arrives that should, 0 while something does.

    It should when the sender says that it sends. Where no sender reports, it should when it did before and
    nothing at all arrives on this connection any more: a server that holds one stream back goes on with its
    reports. An application that paused or muted a stream is believed.
    """
    usual, is_missing = UsualRate(), False
    peer = PeerView(stream.peer)
    for each in stream.intervals:
        if each.packets:
            silent = usual.silent_part(each.start, each.end, each.packets) if is_missing else 0
            falls_silent = 0 if silent else _silent_end(stream, each)
            yield from parts(each.start, each.start + silent, each.end - falls_silent)
            if falls_silent:
                yield Point(each.end - falls_silent, each.end, 1.0)
            usual.follow(each.packet_rate or 0.0)
            is_missing = falls_silent > 0
        elif each.packets == 0 and usual and _is_expected(stream, peer, each):
            is_missing = True
            yield Point(each.start, each.end, 1.0)


def parts(start: int, back: int, end: int) -> Iterator[Point]:
    """1 until something came, 0 from then on."""
    if start < back:
        yield Point(start, back, 1.0)
    if back < end:
        yield Point(back, end, 0.0)


def _silent_end(stream: StreamView, each: StreamInterval) -> int:
    """How long (ns) nothing came at the end of a long interval in which less came than was sent all along."""
    rate = _rate_sent(stream, each)
    came = (each.packets or 0) + max(each.packets_lost or 0, 0)
    if each.end - each.start <= SHORT or Flag.GAP in each.flags or rate < 1.0 or each.track_enabled is False:
        return 0
    silent = each.end - each.start - round(came / rate * NANOSECONDS)
    return silent if silent >= HALF * (each.end - each.start) else 0


def _is_expected(stream: StreamView, peer: PeerView, each: StreamInterval) -> bool:
    if Flag.GAP in each.flags or each.track_enabled is False:
        return False
    if stream.sender is None:
        return peer.alive(each.start, each.end) is False
    return _rate_sent(stream, each) >= 1.0


def _rate_sent(stream: StreamView, each: StreamInterval) -> float:
    """The least packets per second that the sender sent meanwhile; 0 when it did not, or does not tell."""
    sent = stream.sent_meanwhile(each)
    if sent is None or sent.last.active is False or sent.duration < HALF * each.duration:
        return 0.0
    return min(interval.packet_rate or 0.0 for interval in sent.intervals)
