"""What a detector is: the name of an issue, the numbers it is seen in, and the limits."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

import msgspec

from sonde.webrtc.issues.episodes import find_episodes
from sonde.webrtc.issues.issue import Cause, Issue, Severity
from sonde.webrtc.issues.rules import Episode, Point, Rule
from sonde.webrtc.issues.views import PeerView, StreamView

Evidence: TypeAlias = dict[str, float | int | str]


class StreamDetector(msgspec.Struct, frozen=True, kw_only=True):
    """Finds one type of issue in the intervals of each stream it applies to.

    Attributes:
        type: name of the issue.
        applies: whether a stream can have it at all.
        points: the numbers it is seen in; the higher, the worse.
        measure: name of these numbers, for the evidence.
        rules: any of them broken opens the issue.
        shares: the numbers are shares of their time, as `find_episodes` takes them.
        severity: unless critical.
        cause: where both ends of the stream say nothing else.
        evidence: what else is worth telling of an episode.
        shown: from a number of `points` to that of `measure`, where the worse is the lower one.
    """

    type: str
    applies: Callable[[StreamView], bool]
    points: Callable[[StreamView], Iterable[Point]]
    measure: str
    rules: tuple[Rule, ...]
    shares: bool = False
    severity: Severity = Severity.WARNING
    cause: Cause = Cause.UNKNOWN
    evidence: Callable[[StreamView, Episode], Evidence] | None = None
    shown: Callable[[float], float] = float

    def find(self, peer: PeerView) -> Iterator[Issue]:
        """The issues of this type in one peer."""
        for stream in peer.streams:
            if self.applies(stream):
                for episode in find_episodes(self.points(stream), self.rules, shares=self.shares):
                    yield self._issue(stream, episode)

    def _issue(self, stream: StreamView, episode: Episode) -> Issue:
        evidence: Evidence = {
            "measure": self.measure,
            "mean": self.shown(episode.mean),
            "worst": self.shown(episode.worst),
            "limit": self.shown(episode.limit),
        }
        return Issue(
            type=self.type,
            severity=Severity.CRITICAL if episode.critical else self.severity,
            cause=self.cause,
            peer=stream.peer.key,
            stream=stream.track.stream_id,
            direction=stream.track.direction,
            kind=stream.track.kind,
            start=episode.start,
            end=episode.end,
            evidence=evidence | (self.evidence(stream, episode) if self.evidence else {}),
        )


class PeerDetector(msgspec.Struct, frozen=True, kw_only=True):
    """Finds one type of issue in a connection as a whole, or in what has no number over time.

    Attributes:
        type: name of the issue.
        find: the issues of this type in one peer.
    """

    type: str
    find: Callable[[PeerView], Iterable[Issue]]


Detector: TypeAlias = StreamDetector | PeerDetector
