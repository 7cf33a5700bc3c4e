"""Which stream that one peer sends is which stream that another one receives.

Both ends of a stream say more than one: a loss that only the receiver sees happened on its own way, and what
the sender's camera never gave cannot arrive. Within a session, streams are the same when

1. the application says whose stream it is,
2. they have an SSRC in common (RFC 3550 section 8), which holds between two browsers and through servers that
   pass packets on unchanged,
3. they have a track in common, which the session description names (RFC 8830),
4. they have the same `mid` and the peers are known by the above to be the two ends of one connection.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

import msgspec

from sonde.webrtc.tracks import PeerIntervals, StreamTrack


class Evidence(StrEnum):
    """Why two streams are believed to be one; the first that holds."""

    APPLICATION = "application"
    SSRC = "ssrc"
    TRACK = "track"
    MID = "mid"


class StreamEnd(msgspec.Struct, frozen=True, order=True):
    """A stream of a peer, by the peer's key in its session and the stream's id in its peer."""

    peer: str
    stream_id: str


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A stream with both of its ends. One sent stream may be received by many."""

    sender: StreamEnd
    receiver: StreamEnd
    evidence: Evidence


def find_links(
    peers: Mapping[str, PeerIntervals], names: Mapping[str, str] | None = None
) -> tuple[Link, ...]:
    """All links among the peers of one session, ordered by receiver; each received stream has one at most.

    Args:
        peers: by a key that is unique within the session, such as the application's name of the peer.
        names: what the application calls peers, by their keys, where those are something else.
    """
    sent = _Senders(peers, names or {})
    found: dict[StreamEnd, Link] = {}
    waiting: list[tuple[StreamEnd, StreamTrack]] = []
    for key, stream in _streams(peers, "recv"):
        link = sent.link(StreamEnd(key, stream.stream_id), stream)
        if link is not None:
            found[link.receiver] = link
        elif stream.remote_stream is None:
            # Of one whose name is told, another with the same `mid` is not the sender.
            waiting.append((StreamEnd(key, stream.stream_id), stream))
    connected = {frozenset((link.sender.peer, link.receiver.peer)) for link in found.values()}
    for end, stream in waiting:
        link = sent.link_by_mid(end, stream, connected)
        if link is not None:
            found[end] = link
    return tuple(found[end] for end in sorted(found))


def _streams(peers: Mapping[str, PeerIntervals], direction: str) -> Iterator[tuple[str, StreamTrack]]:
    for key in sorted(peers):
        for stream in peers[key].streams:
            if stream.direction == direction:
                yield key, stream


class _Senders:
    """The sent streams, to be found by what a receiver knows of them."""

    def __init__(self, peers: Mapping[str, PeerIntervals], names: Mapping[str, str]) -> None:
        self._by: dict[tuple[Evidence, object], list[tuple[StreamEnd, StreamTrack]]] = {}
        for key, stream in _streams(peers, "send"):
            for mark in _marks_of_sender(key, stream, names.get(key, key)):
                self._by.setdefault(mark, []).append((StreamEnd(key, stream.stream_id), stream))

    def link(self, end: StreamEnd, stream: StreamTrack) -> Link | None:
        return self._first(end, stream, _marks_of_receiver(stream))

    def link_by_mid(self, end: StreamEnd, stream: StreamTrack, connected: set[frozenset[str]]) -> Link | None:
        """By the `mid` among peers that are the two ends of a connection."""
        others = (other for pair in connected if end.peer in pair for other in pair - {end.peer})
        marks = [(Evidence.MID, (other, stream.mid)) for other in sorted(others) if stream.mid is not None]
        return self._first(end, stream, marks)

    def _first(
        self, end: StreamEnd, stream: StreamTrack, marks: Iterable[tuple[Evidence, object]]
    ) -> Link | None:
        for mark in marks:
            fitting = [
                (_overlap(stream, sender), sender_end)
                for sender_end, sender in self._by.get(mark, ())
                if sender_end.peer != end.peer and sender.kind == stream.kind
            ]
            if fitting:
                # The longest time together; of equals the first by name, so that the order never matters.
                sender_end = min(fitting, key=lambda fit: (-fit[0], fit[1]))[1]
                return Link(sender=sender_end, receiver=end, evidence=mark[0])
        return None


def _marks_of_sender(key: str, stream: StreamTrack, peer: str) -> Iterator[tuple[Evidence, object]]:
    for name in (stream.stream_id, stream.track, stream.label):
        if name is not None:
            yield Evidence.APPLICATION, (peer, name)
    for ssrc in stream.ssrcs:
        yield Evidence.SSRC, ssrc
    if stream.track is not None:
        yield Evidence.TRACK, stream.track
    if stream.mid is not None:
        yield Evidence.MID, (key, stream.mid)


def _marks_of_receiver(stream: StreamTrack) -> Iterator[tuple[Evidence, object]]:
    if stream.remote_peer is not None and stream.remote_stream is not None:
        yield Evidence.APPLICATION, (stream.remote_peer, stream.remote_stream)
    for ssrc in stream.ssrcs:
        yield Evidence.SSRC, ssrc
    if stream.track is not None:
        yield Evidence.TRACK, stream.track


def _overlap(one: StreamTrack, other: StreamTrack) -> int:
    """How long both were there by their clocks (ns); negative is the time between them."""
    return min(one.last, other.last) - max(one.first, other.first)
