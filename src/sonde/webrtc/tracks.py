"""The streams of one peer over their whole life, and its transports."""

import msgspec

from sonde.webrtc.interval import StreamInterval, TransportInterval
from sonde.webrtc.sample import Direction, Kind, Source


class StreamTrack(msgspec.Struct, frozen=True, kw_only=True):
    """One stream of a peer over its whole life.

    Attributes:
        stream_id: as in its intervals.
        direction, kind, source, track, mid, label: as last reported.
        codecs: in the order used.
        ssrcs: of all layers and restarts, in rising order.
        remote_peer, remote_stream: whose stream it is, when the application said so.
        first, last: times of its first and last sample, nanoseconds since the epoch.
        intervals: in order of time.
    """

    stream_id: str
    direction: Direction
    kind: Kind
    source: Source | None = None
    track: str | None = None
    mid: str | None = None
    label: str | None = None
    codecs: tuple[str, ...] = ()
    ssrcs: tuple[int, ...] = ()
    remote_peer: str | None = None
    remote_stream: str | None = None
    first: int
    last: int
    intervals: tuple[StreamInterval, ...] = ()


class PeerIntervals(msgspec.Struct, frozen=True, kw_only=True):
    """All that one connection's snapshots give, in order of time.

    Attributes:
        streams: ordered by their ids.
        transports: intervals of each transport, by its id.
    """

    streams: tuple[StreamTrack, ...] = ()
    transports: dict[str, tuple[TransportInterval, ...]] = {}
