"""Recordings worked out to a report: intervals, both ends, scores, issues, verdict."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from sonde.webrtc.call_report import CallIssue, CallPath, CallPeer, CallReport, CallSession
from sonde.webrtc.interval import NANOSECONDS, TransportInterval
from sonde.webrtc.issues.catalogue import find_issues
from sonde.webrtc.issues.issue import Issue, weight_of
from sonde.webrtc.issues.verdict import conclude
from sonde.webrtc.issues.views import ObservedPeer, PeerView, StreamView, view_session
from sonde.webrtc.recording import Recording
from sonde.webrtc.sessions import RecordedPeer, RecordedSession, join_sessions
from sonde.webrtc.stream_report import CallStream, call_stream

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def analyse_calls(
    recordings: Mapping[str, Recording], advance: Callable[[], None] = lambda: None
) -> CallReport:
    """Work out what recordings say.

    Args:
        recordings: by name of the file.
        advance: told of each connection that is worked out.
    """
    sessions = join_sessions(recordings, advance)
    labels = _labels(peer for session in sessions for peer in session.peers)
    worked_out = [_work_out(session, labels) for session in sessions]
    issues = [issue for _, found in worked_out for issue in found]
    return CallReport(
        verdict=conclude([issue for session in found for issue in session]),
        sessions=tuple(session for session, _ in worked_out),
        issues=tuple(sorted(issues, key=lambda issue: (-weight_of(issue.severity), issue.start, issue.type))),
        formats={name: recording.format for name, recording in recordings.items()},
        notes=tuple(note for name, recording in recordings.items() for note in _notes(name, recording)),
    )


def _labels(peers: Iterable[RecordedPeer]) -> dict[str, str]:
    """A label for each peer by its key: its own where no other has it, else with file and key beside it."""
    listed = list(peers)
    common = Counter(peer.label for peer in listed)
    return {peer.key: peer.label if common[peer.label] == 1 else f"{peer.label} ({peer.key})" for peer in listed}


def _paths(peer: RecordedPeer) -> Iterator[CallPath]:
    for line in peer.intervals.transports.values():
        if line:
            yield _path(line)


def _path(line: Sequence[TransportInterval]) -> CallPath:
    last = line[-1]
    measured = [each.round_trip_time for each in line if each.round_trip_time is not None]
    return CallPath(
        local=last.local_candidate_type,
        remote=last.remote_candidate_type,
        protocol=last.local_protocol,
        relay_protocol=last.local_relay_protocol,
        network=last.local_network_type,
        round_trip_time=sum(measured) / len(measured) if measured else None,
        path_switches=sum(each.path_switches or 0 for each in line),
    )


def _time(nanoseconds: int) -> str:
    """RFC 3339 in UTC, to the millisecond."""
    moment = _EPOCH + timedelta(microseconds=nanoseconds // 1000)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _notes(name: str, recording: Recording) -> Iterator[str]:
    """What was passed over of a file, in sentences."""
    for what, count in recording.notes.skipped.items():
        yield f"{name}: left out {count} time{'s' if count != 1 else ''}: {what}"
