"""From the recordings of a session's peers to what is concluded of each of them. Nothing is read or kept."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from sonde.model.conclusions import (
    ConnectionStream,
    PeerConclusions,
    PeerIssue,
    PeerSummary,
    StreamPoint,
)
from sonde.webrtc.distributions import ScoredTrack, distributions
from sonde.webrtc.interval import StreamInterval
from sonde.webrtc.intervals import peer_intervals
from sonde.webrtc.issues.finding import issues_in
from sonde.webrtc.issues.issue import Issue
from sonde.webrtc.issues.views import ObservedPeer, PeerView, StreamView, view_session
from sonde.webrtc.links import find_links
from sonde.webrtc.recording import PeerRecording
from sonde.webrtc.scoring import ScoredInterval
from sonde.webrtc.stream_report import call_stream

_SEPARATOR: Final = "/"
_AS_IN_THE_INTERVAL: Final = (
    *("bitrate", "packet_rate", "discard_ratio", "round_trip_time", "jitter_buffer_delay"),
    *("audio_rms", "frame_rate", "frame_width", "frame_height", "freeze_ratio"),
)


def conclude(
    recordings: Mapping[str, Sequence[PeerRecording]], *, workspace_id: int, session_id: str, computed_at: int
) -> list[PeerConclusions]:
    """Conclude all there is to conclude of a session.

    Args:
        recordings: the connections of each peer, by its id.
        workspace_id: whose it is.
        session_id: empty for a peer without a session.
        computed_at: now, milliseconds since the epoch.
    """
    peers = [
        ObservedPeer(
            key=f"{peer_id}{_SEPARATOR}{connection.key}",
            label=peer_id,
            intervals=peer_intervals(connection.snapshots),
            events=connection.events,
        )
        for peer_id, connections in recordings.items()
        for connection in connections
    ]
    links = find_links(
        {peer.key: peer.intervals for peer in peers}, names={peer.key: peer.label for peer in peers}
    )
    views = view_session(peers, links)
    issues = issues_in(views)
    return [
        PeerConclusions(
            workspace_id=workspace_id,
            peer_id=peer_id,
            session_id=session_id,
            computed_at=computed_at,
            summary=_summary([view for view in views if view.peer.label == peer_id]),
            points=tuple(
                point for view in views if view.peer.label == peer_id for point in _points_of_peer(view)
            ),
            issues=tuple(_issue(issue) for issue in issues if _split(issue.peer)[0] == peer_id),
        )
        for peer_id in recordings
    ]


def _summary(views: Sequence[PeerView]) -> PeerSummary:
    return PeerSummary(
        streams=tuple(
            ConnectionStream(
                connection=_split(view.peer.key)[1],
                stream=call_stream(stream.track, stream.scores, _other_ends(stream)),
            )
            for view in views
            for stream in view.streams
        ),
        distributions=distributions(
            ScoredTrack(stream.track, stream.scores) for view in views for stream in view.streams
        ),
    )


def _other_ends(stream: StreamView) -> tuple[str, ...]:
    others = [stream.sender, *stream.receivers]
    return tuple(f"{each.peer.key}{_SEPARATOR}{each.track.stream_id}" for each in others if each is not None)


def _points_of_peer(view: PeerView) -> Iterator[StreamPoint]:
    for stream in view.streams:
        connection = _split(view.peer.key)[1]
        for interval, scored in zip(stream.intervals, stream.scores, strict=True):
            yield _point(connection, interval, scored)


def _point(connection: str, interval: StreamInterval, scored: ScoredInterval) -> StreamPoint:
    is_sent, score = interval.direction == "send", scored.score
    return StreamPoint(
        connection=connection,
        stream_id=interval.stream_id,
        start=interval.start,
        end=interval.end,
        direction=interval.direction,
        kind=interval.kind,
        source=interval.source,
        flags=",".join(interval.flags),
        loss_ratio=interval.remote_loss_ratio if is_sent else interval.loss_ratio,
        jitter=interval.remote_jitter if is_sent else interval.jitter,
        concealment_ratio=interval.audible_concealment_ratio,
        mos=score.mos,
        mos_low=score.mos_low,
        mos_high=score.mos_high,
        r_factor=score.r_factor,
        scale=score.scale,
        model=f"{score.model}/{score.version}",
        reason=score.reason,
        **{name: getattr(interval, name) for name in _AS_IN_THE_INTERVAL},
    )


def _issue(issue: Issue) -> PeerIssue:
    peer_id, connection = _split(issue.peer)
    return PeerIssue(connection=connection, issue=msgspec.structs.replace(issue, peer=peer_id))


def _split(key: str) -> tuple[str, str]:
    """Peer and connection; the id of a peer is a UUID and so has no separator in it."""
    peer_id, _, connection = key.partition(_SEPARATOR)
    return peer_id, connection
