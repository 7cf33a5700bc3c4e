"""From the intervals of a session to its issues."""

from collections.abc import Sequence

from sonde.webrtc.issues.catalogue import DETECTORS
from sonde.webrtc.issues.causes import with_causes
from sonde.webrtc.issues.issue import Issue, weight_of
from sonde.webrtc.issues.suppression import without_consequences
from sonde.webrtc.issues.views import ObservedPeer, view_session
from sonde.webrtc.links import Link, find_links


def find_issues(peers: Sequence[ObservedPeer], links: Sequence[Link] | None = None) -> list[Issue]:
    """All issues of a session, the worst first, then by start.

    Args:
        peers: all connections of the session that are known, by unique keys. Their clocks are taken to agree.
        links: both ends of streams; found here when not given.
    """
    if links is None:
        links = find_links({peer.key: peer.intervals for peer in peers})
    views = view_session(peers, links)
    found = [issue for view in views for detector in DETECTORS for issue in detector.find(view)]
    kept = without_consequences(found)
    return sorted(with_causes(kept, views), key=_order)


def _order(issue: Issue) -> tuple[int, int, str, str, str]:
    return -weight_of(issue.severity), issue.start, issue.type, issue.peer, issue.stream or ""
