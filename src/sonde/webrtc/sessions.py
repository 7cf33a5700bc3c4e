"""Recordings put together into sessions: files that are the two ends of one call belong to one.

The connections of one file belong together, because one client or one test page made it. Two files belong
together when a stream that a connection of the one sends is received by a connection of the other.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from sonde.webrtc.event import PeerEvent
from sonde.webrtc.intervals import peer_intervals
from sonde.webrtc.links import Link, find_links
from sonde.webrtc.recording import PeerRecording, Recording
from sonde.webrtc.tracks import PeerIntervals

SEPARATOR: Final = "/"


class RecordedPeer(msgspec.Struct, frozen=True, kw_only=True):
    """One connection of a recording.

    Attributes:
        key: unique among all recordings.
        label: what people would call it.
        file: the recording's name.
        user_agent: of the browser; empty when unknown.
        events: of the connection.
        intervals: of its streams and transports.
    """

    key: str
    label: str
    file: str
    user_agent: str = ""
    events: tuple[PeerEvent, ...] = ()
    intervals: PeerIntervals = PeerIntervals()

    @property
    def times(self) -> tuple[int, ...]:
        """First and last times of its streams and transports, nanoseconds since the epoch; none without."""
        streams = [time for stream in self.intervals.streams for time in (stream.first, stream.last)]
        paths = [path for path in self.intervals.transports.values() if path]
        return (*streams, *(time for path in paths for time in (path[0].start, path[-1].end)))


class RecordedSession(msgspec.Struct, frozen=True, kw_only=True):
    """Connections of one call.

    Attributes:
        peers: in the order of the files, and of the connections in them.
        links: streams with both of their ends.
        events: of the files that concern no single connection.
        start, end: first and last sample; 0 when there is none.
    """

    peers: tuple[RecordedPeer, ...]
    links: tuple[Link, ...]
    events: tuple[PeerEvent, ...] = ()
    start: int = 0
    end: int = 0


def join_sessions(
    recordings: Mapping[str, Recording], advance: Callable[[], None] = lambda: None
) -> tuple[RecordedSession, ...]:
    """The sessions that recordings are of, in the order of the files.

    Args:
        recordings: by name of the file.
        advance: told of each connection that is worked out.
    """
    peers = [
        (name, _recorded_peer(name, recording, peer, advance))
        for name, recording in recordings.items()
        for peer in recording.peers
    ]
    links = find_links({peer.key: peer.intervals for _, peer in peers})
    groups = _together(list(recordings), {peer.key: name for name, peer in peers}, links)
    return tuple(
        _session([peer for name, peer in peers if name in files], links, [recordings[name] for name in files])
        for files in groups
    )


def _recorded_peer(
    name: str, recording: Recording, peer: PeerRecording, advance: Callable[[], None]
) -> RecordedPeer:
    intervals = peer_intervals(peer.snapshots)
    advance()
    return RecordedPeer(
        key=f"{name}{SEPARATOR}{peer.key}",
        label=peer.label,
        file=name,
        user_agent=recording.user_agent,
        events=peer.events,
        intervals=intervals,
    )


def _together(files: Sequence[str], file_of: Mapping[str, str], links: Sequence[Link]) -> list[list[str]]:
    """The files by session, in their order."""
    leader = {name: name for name in files}
    for link in links:
        one, other = leader[file_of[link.sender.peer]], leader[file_of[link.receiver.peer]]
        leader = {name: one if led == other else led for name, led in leader.items()}
    groups: dict[str, list[str]] = {}
    for name in files:
        groups.setdefault(leader[name], []).append(name)
    return list(groups.values())


def _session(
    peers: Sequence[RecordedPeer], links: Sequence[Link], recordings: Sequence[Recording]
) -> RecordedSession:
    keys = {peer.key for peer in peers}
    times = [time for peer in peers for time in peer.times]
    return RecordedSession(
        peers=tuple(peers),
        links=tuple(link for link in links if link.receiver.peer in keys),
        events=tuple(event for recording in recordings for event in recording.events),
        start=min(times, default=0),
        end=max(times, default=0),
    )
