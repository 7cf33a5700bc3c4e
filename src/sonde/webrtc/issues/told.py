"""Issues that a client itself saw begin and end, where its numbers do not show them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from sonde.webrtc.event import EventKind, PeerEvent
from sonde.webrtc.issues.detector import PeerDetector
from sonde.webrtc.issues.issue import Cause, Issue, Severity
from sonde.webrtc.issues.views import PeerView, StreamView

CAUSES: Final[Mapping[str, Cause]] = {
    "bandwidth_limited": Cause.UPLINK,
    "cpu_limited": Cause.THIS_DEVICE,
    "congestion": Cause.UPLINK,
}
"""What a client may say, by the type of the issue."""

WORDS: Final[Mapping[str, str]] = {
    "bandwidth_limited": "bandwidth",
    "cpu_limited": "cpu",
    "congestion": "congestion",
}
"""Values of the events that say it."""


def _told(name: str) -> PeerDetector:
    def find(peer: PeerView) -> Iterator[Issue]:
        for stream in peer.streams:
            if stream.is_sent("video") and not _is_measured(stream):
                for start, end in _spans(stream, WORDS[name]):
                    yield _issue(name, stream, start, end)

    return PeerDetector(type=name, find=find)


def _is_measured(stream: StreamView) -> bool:
    """Whether there are numbers, which say more and are held against limits."""
    return any(
        each.limited_by_bandwidth is not None or each.limited_by_cpu is not None for each in stream.intervals
    )


def _spans(stream: StreamView, word: str) -> Iterator[tuple[int, int]]:
    """From when until when a limit held; one that is not lifted holds until the stream ends."""
    since: int | None = None
    for event in _events(stream, word):
        if event.kind is EventKind.LIMITED:
            since = event.at if since is None else since
        elif since is not None:
            yield since, event.at
            since = None
    if since is not None:
        yield since, max(since, stream.track.last)


def _events(stream: StreamView, word: str) -> Iterable[PeerEvent]:
    return (
        event
        for event in stream.peer.events
        if event.kind in (EventKind.LIMITED, EventKind.UNLIMITED)
        and event.value == word
        and event.track in (None, stream.track.track)
    )


def _issue(name: str, stream: StreamView, start: int, end: int) -> Issue:
    return Issue(
        type=name,
        severity=Severity.WARNING,
        cause=CAUSES[name],
        peer=stream.peer.key,
        stream=stream.track.stream_id,
        direction="send",
        kind="video",
        start=start,
        end=end,
        evidence={"measure": "told by the client"},
    )


BANDWIDTH_TOLD = _told("bandwidth_limited")
CPU_TOLD = _told("cpu_limited")
CONGESTION_TOLD = _told("congestion")
