"""On which side an issue lies, by what else is wrong at the same time.

That is at the other end of the stream, with the same sender at other receivers, with other senders at the
same receiver, and with everyone. Where nothing tells, an issue keeps the cause of its type. Why another one
was chosen stands in the evidence as `because`.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from sonde.webrtc.interval import NANOSECONDS
from sonde.webrtc.issues.issue import Cause, Issue
from sonde.webrtc.issues.views import PeerView, StreamView
from sonde.webrtc.windows import overlapping

MARGIN: Final = 2 * NANOSECONDS
"""How far apart two issues of one reason may lie."""

FEWEST: Final = 3
"""Peers below which nobody is everyone."""

SENT_BAD: Final = ("capture_ended", "muted_by_os", "cpu_limited", "capture_bottleneck", "encoder_bottleneck")
"""What a sender can have that makes a stream bad for whoever receives it."""

SENT_NOTHING: Final = ("capture_ended", "muted_by_os")
"""What of these makes it bad altogether."""

FULL: Final = ("congestion", "bandwidth_limited")
"""What of these one stream of a peer shows for all of them."""

ABSENT: Final = ("no_audio_in", "no_video")
NETWORK_IN: Final = ("packet_loss_in", "jitter_high")
DEVICE_IN: Final = ("cpu_limited", "decoder_overload", "stuck_decoder", "render_backlog")

SERVER_OR_PATH: Final = ("rtt_high", "ice_disconnected", "ice_failed", "ice_stalled")
"""Issues of a whole connection, where a relay may be the reason."""

OWN: Final = (
    "silent_microphone", "muted_by_os", "capture_ended", "capture_bottleneck", "encoder_bottleneck",
    "cpu_limited", "relay_tcp_or_tls", "stats_gap", "codec_change", "resolution_change",
    "simulcast_layer_lost",
)  # fmt: skip
"""Types that nobody else has to do with."""


def with_causes(issues: Sequence[Issue], views: Sequence[PeerView]) -> list[Issue]:
    """The same issues, each with the likeliest cause."""
    session = _Session(issues, views)
    return [issue if issue.type in OWN else session.explain(issue) for issue in issues]


class _Session:
    """All that is known of a session, to be asked about one issue at a time."""

    def __init__(self, issues: Sequence[Issue], views: Sequence[PeerView]) -> None:
        self._views = {view.peer.key: view for view in views}
        self._active = {view.peer.key for view in views if view.streams}
        self._streams = {
            (view.peer.key, stream.track.stream_id): stream for view in views for stream in view.streams
        }
        self._of_type: dict[str, list[Issue]] = {}
        for issue in issues:
            self._of_type.setdefault(issue.type, []).append(issue)

    def explain(self, issue: Issue) -> Issue:
        for cause, because in self._reasons(issue):
            evidence = {**issue.evidence, "because": because}
            return msgspec.structs.replace(issue, cause=cause, evidence=evidence)
        return issue

    def _reasons(self, issue: Issue) -> Iterator[tuple[Cause, str]]:
        """What fits, the surest first."""
        stream = self._streams.get((issue.peer, issue.stream or ""))
        if stream is not None and stream.sender is not None:
            yield from self._by_sender(issue, stream.sender)
            yield from self._by_ends(issue, stream.sender)
        peers = {other.peer for other in self._together(issue, issue.type)} & self._active
        if len(self._active) >= FEWEST and 2 * len(peers) > len(self._active):
            yield Cause.EVERYONE, f"{len(peers)} of {len(self._active)} peers have it"
        if issue.type in SERVER_OR_PATH:
            yield from self._by_full_uplink(issue)
            yield from self._by_relay(issue)
        elif stream is not None and issue.type not in (*NETWORK_IN, *SENT_BAD, *FULL):
            yield from self._by_own(issue)

    def _by_sender(self, issue: Issue, sender: StreamView) -> Iterator[tuple[Cause, str]]:
        """The sender is in trouble itself. Its loss is another than ours only if a server lies between."""
        own = (
            (name, None if name in FULL else sender.track.stream_id) for name in self._sent_bad(issue, sender)
        )
        server_between = len(self._neighbours(sender.peer.key)) > 1
        lost = (("packet_loss_out", None),) if server_between else ()
        for name, stream_id in (*own, *lost):
            if self._has(issue, name, sender.peer.key, stream_id):
                yield Cause.OTHER_SIDE, f"the sender has {name}"

    def _sent_bad(self, issue: Issue, sender: StreamView) -> tuple[str, ...]:
        """A full network makes packets wait before it loses them; else the sender answers to the loss."""
        if issue.type in ABSENT:
            return SENT_NOTHING
        is_lossy = issue.type in NETWORK_IN or self._has(issue, "packet_loss_in", issue.peer, issue.stream)
        is_full = self._has(issue, "rtt_high", sender.peer.key, None)
        full = FULL if is_full or not is_lossy else ()
        device = () if issue.type in NETWORK_IN else SENT_BAD
        return (*device, *full)

    def _by_ends(self, issue: Issue, sender: StreamView) -> Iterator[tuple[Cause, str]]:
        """All receivers of one sender have it, or one receiver has it with several senders."""
        together = [(other.peer, other.stream or "") for other in self._together(issue, issue.type)]
        senders = {
            stream.sender.peer.key
            for key in together
            if (stream := self._streams.get(key)) is not None and stream.sender is not None
        }
        receivers = {other.peer.key for other in sender.receivers}
        bad_at = {peer for peer, _ in together}
        if senders == {sender.peer.key} and len(receivers) > 1 and receivers <= bad_at:
            yield Cause.OTHER_SIDE, "everyone who receives this sender has it, with no other sender"
        if len(senders) > 1 and bad_at == {issue.peer}:
            yield Cause.DOWNLINK, "streams of several senders have it here, and nobody else has it"

    def _by_full_uplink(self, issue: Issue) -> Iterator[tuple[Cause, str]]:
        """Packets that wait for a full uplink make round trips long at both of its ends."""
        for full in self._together(issue, "congestion"):
            if full.peer == issue.peer:
                yield Cause.UPLINK, "this peer has congestion"
            elif full.peer in self._neighbours(issue.peer):
                yield Cause.OTHER_SIDE, "the other side has congestion"

    def _by_relay(self, issue: Issue) -> Iterator[tuple[Cause, str]]:
        paths = self._views[issue.peer].peer.intervals.transports.values()
        used = [each for path in paths for each in overlapping(path, issue.start, issue.end)]
        troubled = any(self._has(issue, name, issue.peer, None) for name in (*NETWORK_IN, "packet_loss_out"))
        if not troubled and any(each.local_candidate_type == "relay" for each in used):
            yield Cause.SERVER, "the path leads through a relay and is otherwise clean"

    def _by_own(self, issue: Issue) -> Iterator[tuple[Cause, str]]:
        for names, cause in (
            (NETWORK_IN, Cause.DOWNLINK),
            (("packet_loss_out",), Cause.UPLINK),
            (DEVICE_IN, Cause.THIS_DEVICE),
        ):
            for name in names:
                if name != issue.type and self._has(issue, name, issue.peer, issue.stream):
                    yield cause, f"the stream has {name}"

    def _together(self, issue: Issue, name: str) -> Iterator[Issue]:
        """Issues of a type at the time of an issue."""
        return (other for other in self._of_type.get(name, ()) if other.overlaps(issue, MARGIN))

    def _has(self, issue: Issue, name: str, peer: str, stream_id: str | None) -> bool:
        return any(
            other.peer == peer and (stream_id is None or other.stream == stream_id)
            for other in self._together(issue, name)
        )

    def _neighbours(self, peer: str) -> set[str]:
        """Peers at the other ends of all streams of a peer; one alone is the other end of the connection."""
        streams = self._views[peer].streams
        received = {stream.sender.peer.key for stream in streams if stream.sender is not None}
        return received | {other.peer.key for stream in streams for other in stream.receivers}
