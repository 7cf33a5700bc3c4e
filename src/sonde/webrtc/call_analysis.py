"""Recordings worked out to a report: intervals, both ends, scores, issues, verdict."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from sonde.quality.averages import OverTime
from sonde.webrtc.call_report import CallIssue, CallPath, CallPeer, CallReport, CallSession, CallVerdict
from sonde.webrtc.interval import NANOSECONDS, TransportInterval
from sonde.webrtc.issues.finding import find_issues
from sonde.webrtc.issues.issue import Issue, weight_of
from sonde.webrtc.issues.verdict import Grade
from sonde.webrtc.issues.verdict import verdict as judge
from sonde.webrtc.issues.views import ObservedPeer, PeerView, StreamView, view_session
from sonde.webrtc.recording import Recording
from sonde.webrtc.scoring import scores_over_time
from sonde.webrtc.sessions import RecordedPeer, RecordedSession, join_sessions
from sonde.webrtc.stream_report import CallStream, call_stream

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NOTHING: Final = "Unknown: there is no file."


def analyse_calls(
    recordings: Mapping[str, Recording], advance: Callable[[], None] = lambda: None
) -> CallReport:
    """Work out what recordings say.

    Args:
        recordings: by name of the file.
        advance: told of each connection whose intervals are made.
    """
    sessions = join_sessions(recordings, advance)
    labels = _labels(peer for session in sessions for peer in session.peers)
    concluded = [_conclude(session, labels) for session in sessions]
    issues = [issue for _, found in concluded for issue in found]
    verdicts = [session.verdict for session, _ in concluded]
    return CallReport(
        verdict=max(verdicts, key=_gravity, default=CallVerdict(grade=Grade.UNKNOWN, sentence=_NOTHING)),
        issues=tuple(sorted(issues, key=lambda issue: -weight_of(issue.severity))),
        sessions=tuple(session for session, _ in concluded),
        formats={name: recording.format for name, recording in recordings.items()},
        notes=tuple(note for name, recording in recordings.items() for note in _notes(name, recording)),
    )


def _conclude(session: RecordedSession, labels: Mapping[str, str]) -> tuple[CallSession, list[CallIssue]]:
    peers = [
        ObservedPeer(key=peer.key, label=peer.label, intervals=peer.intervals, events=peer.events)
        for peer in session.peers
    ]
    views = view_session(peers, session.links)
    issues = find_issues(peers, session.links)
    has_samples = session.end > 0
    duration = (session.end - session.start) / NANOSECONDS
    judged = judge(issues, _scores(views), duration=duration, labels=labels)
    concluded = CallSession(
        verdict=CallVerdict(grade=judged.grade, sentence=judged.sentence),
        start=_time(session.start) if has_samples else None,
        end=_time(session.end) if has_samples else None,
        duration=duration,
        peers=tuple(_peer(peer, view, labels) for peer, view in zip(session.peers, views, strict=True)),
    )
    return concluded, [_issue(issue, session, labels) for issue in issues]


def _scores(views: Iterable[PeerView]) -> list[OverTime]:
    """Of each stream, on the scale that covers most of its time."""
    averages = [scores_over_time(stream.scores) for view in views for stream in view.streams]
    return [of_stream[0] for of_stream in averages if of_stream]


def _gravity(verdict: CallVerdict) -> int:
    """Of several sessions the worst one speaks for all; one that nobody can judge says least."""
    return (Grade.UNKNOWN, Grade.GOOD, Grade.FAIR, Grade.POOR, Grade.BAD).index(verdict.grade)


def _issue(issue: Issue, session: RecordedSession, labels: Mapping[str, str]) -> CallIssue:
    return CallIssue(
        type=issue.type,
        severity=issue.severity,
        cause=issue.cause,
        peer=labels[issue.peer],
        stream=issue.stream,
        direction=issue.direction,
        kind=issue.kind,
        start=_time(issue.start),
        end=_time(issue.end),
        start_s=(issue.start - session.start) / NANOSECONDS,
        end_s=(issue.end - session.start) / NANOSECONDS,
        evidence=issue.evidence,
    )


def _peer(peer: RecordedPeer, view: PeerView, labels: Mapping[str, str]) -> CallPeer:
    times = peer.times
    return CallPeer(
        label=labels[peer.key],
        file=peer.file,
        user_agent=peer.user_agent,
        start=_time(min(times)) if times else None,
        end=_time(max(times)) if times else None,
        paths=tuple(_path(line) for line in peer.intervals.transports.values() if line),
        streams=tuple(_stream(stream, labels) for stream in view.streams),
    )


def _stream(stream: StreamView, labels: Mapping[str, str]) -> CallStream:
    others = [*stream.receivers, *([stream.sender] if stream.sender else [])]
    return call_stream(
        stream.track,
        stream.scores,
        tuple(f"{labels[other.peer.key]} {other.track.stream_id}" for other in others),
    )


def _labels(peers: Iterable[RecordedPeer]) -> dict[str, str]:
    """A label for each peer by its key: its own where no other has it, else with file and key beside it."""
    listed = list(peers)
    common = Counter(peer.label for peer in listed)
    return {
        peer.key: peer.label if common[peer.label] == 1 else f"{peer.label} ({peer.key})" for peer in listed
    }


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
