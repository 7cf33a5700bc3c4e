"""What is concluded from the samples of a session: intervals, summaries and issues of its peers."""

import msgspec

from sonde.webrtc.distributions import ClassDistribution
from sonde.webrtc.issues.issue import Issue
from sonde.webrtc.sample import Direction, Kind, Source
from sonde.webrtc.stream_report import CallStream


class StreamPoint(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of one interval of a stream that charts show, with its score.

    Attributes:
        start, end: nanoseconds since the epoch.
        source: where the medium comes from; None when it is not known.
        flags: as in the interval, joined by commas.
        bitrate, packet_rate, discard_ratio, round_trip_time, jitter_buffer_delay, audio_rms, frame_rate,
            frame_width, frame_height, freeze_ratio: as in the interval.
        loss_ratio, jitter: as the receiver counted; of a stream sent, as the other side reported.
        concealment_ratio: audible share of the sound that was made up.
        mos, mos_low, mos_high, r_factor, scale: the score of the seconds that end here.
        model: what computed the score, with its version; empty when nothing did.
        reason: why there is no MOS; empty when there is one.
    """

    connection: str
    stream_id: str
    start: int
    end: int
    direction: Direction
    kind: Kind
    source: Source | None = None
    flags: str = ""
    bitrate: float | None = None
    packet_rate: float | None = None
    loss_ratio: float | None = None
    discard_ratio: float | None = None
    jitter: float | None = None
    round_trip_time: float | None = None
    jitter_buffer_delay: float | None = None
    concealment_ratio: float | None = None
    audio_rms: float | None = None
    frame_rate: float | None = None
    frame_width: float | None = None
    frame_height: float | None = None
    freeze_ratio: float | None = None
    mos: float | None = None
    mos_low: float | None = None
    mos_high: float | None = None
    r_factor: float | None = None
    scale: str | None = None
    model: str = ""
    reason: str = ""


class ConnectionStream(msgspec.Struct, frozen=True, kw_only=True):
    """A stream in a few numbers, with the connection that it belongs to.

    Attributes:
        connection: which of the peer's connections.
        stream: its numbers.
    """

    connection: str
    stream: CallStream


class PeerSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One peer on the whole.

    Attributes:
        streams: its streams, by connection and id.
        distributions: of its streams, one for each direction, kind and source.
    """

    streams: tuple[ConnectionStream, ...] = ()
    distributions: tuple[ClassDistribution, ...] = ()


class PeerIssue(msgspec.Struct, frozen=True, kw_only=True):
    """An issue with the connection of the peer that has it.

    Attributes:
        issue: its `peer` is the peer's id.
    """

    connection: str
    issue: Issue


class PeerConclusions(msgspec.Struct, frozen=True, kw_only=True):
    """All that is concluded of one peer.

    Attributes:
        session_id: empty for a peer without a session.
        computed_at: milliseconds since the epoch; the same for all peers that were worked out together.
    """

    workspace_id: int
    peer_id: str
    session_id: str
    computed_at: int
    summary: PeerSummary
    points: tuple[StreamPoint, ...] = ()
    issues: tuple[PeerIssue, ...] = ()


class PointBucket(msgspec.Struct, frozen=True, kw_only=True):
    """The points of a stream that begin within some time, together.

    Attributes:
        start: of the bucket, nanoseconds since the epoch.
        seconds: that the points cover.
        points: how many there are.
        least, mean, most: of each number that was measured, by its name in `StreamPoint`; the mean is over
            time.
        scales: of the scores, two at most; numbers of different scales must not be put together.
        reason: why there is no score; empty when there is one.
    """

    connection: str
    stream_id: str
    direction: Direction
    kind: Kind
    start: int
    seconds: float
    points: int
    least: dict[str, float]
    mean: dict[str, float]
    most: dict[str, float]
    scales: tuple[str, ...]
    reason: str = ""
