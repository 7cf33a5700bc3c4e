"""Calls with sound of which no call report was uploaded, measured by whatever client there was."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from sonde.directory import Directory
from sonde.model.peers import Peer
from sonde.model.people import Access
from sonde.model.samples import SampleSpan
from sonde.services.clock import Clock, utc_now
from sonde.services.reports import nanoseconds
from sonde.store import Store
from sonde.store.samples import select_recordings
from sonde.webrtc.interval import NANOSECONDS
from sonde.webrtc.intervals import peer_intervals
from sonde.webrtc.recording import PeerRecording
from sonde.webrtc.sample import Direction, StreamSample, TransportSample
from sonde.webrtc.tracks import StreamTrack

DIRECTIONS: Final[tuple[Direction, ...]] = ("send", "recv")


class MeasuredSound(msgspec.Struct, frozen=True, kw_only=True):
    """What one stream of sound did in an interval.

    Attributes:
        sample: its counters at the end.
        bitrate: bit/s; None where it is not known.
    """

    sample: StreamSample
    bitrate: float | None


class MeasuredInterval(msgspec.Struct, frozen=True, kw_only=True):
    """The sound of a call between two looks; the times are nanoseconds since the epoch.

    Attributes:
        sound: by direction, as far as there was any.
        path: what the streams took, at the end; None where the client does not tell.
    """

    start: int
    end: int
    sound: Mapping[Direction, MeasuredSound]
    path: TransportSample | None


class MeasuredCall(msgspec.Struct, frozen=True, kw_only=True):
    """A peer with sound.

    Attributes:
        peer: whose call it is.
        started_at, ended_at: nanoseconds since the epoch; a call that goes on ends when it was last heard of.
        duration: seconds.
        intervals: of the longest stream of each direction, in order of time.
    """

    peer: Peer
    started_at: int
    ended_at: int
    duration: float
    intervals: Sequence[MeasuredInterval]


class MeasuredCalls:
    """Finds calls by their peers, and measures them when somebody asks.

    Args:
        directory: knows the peers.
        store: has what they reported.
    """

    def __init__(self, directory: Directory, store: Store, now: Clock = utc_now) -> None:
        self._directory = directory
        self._store = store
        self._now = now

    def of_peer(self, access: Access, peer_id: str) -> MeasuredCall | None:
        """The call of one of the workspace's peers; None when there is no such peer, or it had no sound.

        Raises:
            Limited: it reported more than fits into one answer.
            Unavailable: the store cannot be asked now.
        """
        workspace_id = access.workspace.workspace_id
        with self._directory.read() as tx:
            peer = tx.peers.get(workspace_id, peer_id)
        if peer is None:
            return None
        span = SampleSpan(workspace_id=workspace_id, peer_id=peer_id)
        recordings = select_recordings(self._store, span)
        intervals = max((list(intervals_of(each)) for each in recordings), key=len, default=[])
        if not intervals:
            return None
        started_at, ended_at = nanoseconds(peer.created_at), nanoseconds(peer.until(self._now()))
        return MeasuredCall(
            peer=peer,
            started_at=started_at,
            ended_at=ended_at,
            duration=max(ended_at - started_at, 0) / NANOSECONDS,
            intervals=intervals,
        )


def intervals_of(recording: PeerRecording) -> Iterator[MeasuredInterval]:
    """The intervals of a connection's sound; none for one without."""
    tracks = [track for track in peer_intervals(recording.snapshots).streams if track.kind == "audio"]
    chosen = {way: _longest(track for track in tracks if track.direction == way) for way in DIRECTIONS}
    known = {
        way: {interval.end: interval for interval in track.intervals}
        for way, track in chosen.items()
        if track is not None
    }
    for snapshot in sorted(recording.snapshots, key=lambda each: each.at):
        here = {way: ends[snapshot.at] for way, ends in known.items() if snapshot.at in ends}
        sound = {
            way: MeasuredSound(sample=sample, bitrate=interval.bitrate)
            for way, interval in here.items()
            for sample in snapshot.streams
            if sample.stream_id == interval.stream_id
        }
        if sound:
            yield MeasuredInterval(
                start=min(interval.start for interval in here.values()),
                end=snapshot.at,
                sound=sound,
                path=_path(sound, snapshot.transports),
            )


def _longest(tracks: Iterable[StreamTrack]) -> StreamTrack | None:
    return max(tracks, key=lambda track: len(track.intervals), default=None)


def _path(
    sound: Mapping[Direction, MeasuredSound], transports: Sequence[TransportSample]
) -> TransportSample | None:
    """The transport that a stream names, of what is sent if there are two; or the only one there is."""
    by_id = {each.transport_id: each for each in transports}
    named = [by_id.get(sound[way].sample.transport_id or "") for way in DIRECTIONS if way in sound]
    found = next((each for each in named if each is not None), None)
    return found or (transports[0] if len(transports) == 1 else None)
