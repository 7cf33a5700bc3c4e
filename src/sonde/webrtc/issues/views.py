"""A session as the detectors see it: each stream with its peer, its other ends and its scores."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final

import msgspec

from sonde.webrtc.event import EventKind, PeerEvent
from sonde.webrtc.interval import NANOSECONDS, Flag, StreamInterval
from sonde.webrtc.issues.rules import Point
from sonde.webrtc.links import Link, StreamEnd
from sonde.webrtc.scoring import Ends, ScoredInterval, score_stream
from sonde.webrtc.tracks import PeerIntervals, StreamTrack
from sonde.webrtc.windows import Window, overlapping

UNSETTLED: Final = frozenset({Flag.START, Flag.RESET, Flag.GAP})
"""Intervals with one of these say nothing about quality."""

UNSETTLED_PICTURE: Final = UNSETTLED | {Flag.LAYER_CHANGE}


NEARLY_ALL: Final = 0.8
"""Share of the time in which packets must have arrived for a connection to be one."""

BROKEN: Final = ("disconnected", "failed")
"""States of ICE in which nothing can be said to the other side, not even that one leaves."""

LEAVING: Final = 3 * NANOSECONDS
"""Between the last sample of a peer and the silence of its connection."""


class ObservedPeer(msgspec.Struct, frozen=True, kw_only=True):
    """What one peer's connection gave.

    Attributes:
        key: unique in the session.
        label: what people would call it.
        intervals: of its streams and transports.
        events: in order of time.
    """

    key: str
    label: str = ""
    intervals: PeerIntervals
    events: tuple[PeerEvent, ...] = ()


class StreamView:
    """One stream of a peer.

    Attributes:
        peer: the whole connection.
        track: the stream.
        sender: of a stream received, the same stream where it is sent; None when that peer does not report.
        receivers: of a stream sent, the same where it is received.
    """

    def __init__(self, peer: ObservedPeer, track: StreamTrack) -> None:
        self.peer = peer
        self.track = track
        self.sender: StreamView | None = None
        self.receivers: list[StreamView] = []

    @property
    def intervals(self) -> tuple[StreamInterval, ...]:
        """In order of time."""
        return self.track.intervals

    @cached_property
    def scores(self) -> tuple[ScoredInterval, ...]:
        """One for each interval."""
        far = self.sender or (self.receivers[0] if len(self.receivers) == 1 else None)
        return score_stream(self.track, Ends(peer=self.peer.intervals, far=far.track if far else None))

    def sent_meanwhile(self, interval: StreamInterval) -> Window | None:
        """What the other end sent in the time of an interval; None when nobody tells."""
        return None if self.sender is None else Window.of(self.sender.track, interval.start, interval.end)

    def is_received(self, kind: str) -> bool:
        """Whether it is a stream received, of that kind."""
        return self.track.direction == "recv" and self.track.kind == kind

    def is_sent(self, kind: str) -> bool:
        """Whether it is a stream sent, of that kind."""
        return self.track.direction == "send" and self.track.kind == kind

    def points(
        self,
        value: Callable[[StreamInterval], float | None],
        *,
        weight: Callable[[StreamInterval], float | None] | None = None,
        unsettled: frozenset[Flag] = UNSETTLED,
    ) -> Iterator[Point]:
        """The points of all settled intervals that have the value."""
        for each in self.intervals:
            if unsettled.intersection(each.flags) or (number := value(each)) is None:
                continue
            heavy = each.duration if weight is None else weight(each) or 0.0
            yield Point(each.start, each.end, float(number), heavy)


class PeerView:
    """One peer with its streams."""

    def __init__(self, peer: ObservedPeer) -> None:
        self.peer = peer
        self.streams = [StreamView(peer, track) for track in peer.intervals.streams]

    def is_alone(self, at: int) -> bool:
        """Whether all known peers at the other ends of its streams have left by some time.

        One whose reports stop with its own connection broken has not left: it is cut off as well.
        """
        others = [stream.sender for stream in self.streams if stream.sender is not None]
        others += [other for stream in self.streams for other in stream.receivers]
        return bool(others) and all(_has_left(other, at) for other in others)

    def alive(self, start: int, end: int) -> bool | None:
        """Whether anything arrived on any transport in some time; None when none tells."""
        packets = [
            each.packets_received if each.packets_received is not None else each.bytes_received
            for path in self.peer.intervals.transports.values()
            for each in overlapping(path, start, end)
        ]
        known = [count for count in packets if count is not None]
        return any(known) if known else None

    def flows(self, start: int, end: int) -> bool:
        """Whether packets of some stream arrived nearly all of some time of three intervals at least."""
        counts = [
            [bool(each.packets) for each in overlapping(stream.intervals, start, end)]
            for stream in self.streams
            if stream.track.direction == "recv"
        ]
        return any(len(each) > 2 and sum(each) > NEARLY_ALL * len(each) for each in counts)


def _has_left(stream: StreamView, at: int) -> bool:
    states = [event for event in stream.peer.events if event.kind is EventKind.ICE_CONNECTION_STATE]
    is_cut_off = bool(states) and states[-1].value in BROKEN
    return not is_cut_off and stream.track.last <= at + LEAVING


def view_session(peers: Sequence[ObservedPeer], links: Sequence[Link]) -> list[PeerView]:
    """The views of all peers of a session, with both ends of each stream joined."""
    views = [PeerView(peer) for peer in peers]
    by_end: Mapping[StreamEnd, StreamView] = {
        StreamEnd(view.peer.key, stream.track.stream_id): stream for view in views for stream in view.streams
    }
    for link in links:
        sender, receiver = by_end.get(link.sender), by_end.get(link.receiver)
        if sender and receiver:
            receiver.sender = sender
            sender.receivers.append(receiver)
    return views
