"""The report on recorded calls: the verdict, each session with its peers and streams, and the issues."""

import msgspec

from sonde.webrtc.issues.issue import Cause, Severity
from sonde.webrtc.issues.verdict import Grade
from sonde.webrtc.sample import Direction, Kind
from sonde.webrtc.stream_report import CallStream


class CallVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """How a call was.

    Attributes:
        grade: for programs.
        sentence: for people, with the main reason.
    """

    grade: Grade
    sentence: str


class CallIssue(msgspec.Struct, frozen=True, kw_only=True):
    """Something wrong for some time, as `Issue`, with names and times for people.

    Attributes:
        peer: label of the peer that has it.
        stream: id of the stream that has it; None when the whole connection has it.
        start, end: RFC 3339, UTC.
        start_s, end_s: seconds since the first sample of the session.
    """

    type: str
    severity: Severity
    cause: Cause
    peer: str
    stream: str | None
    direction: Direction | None
    kind: Kind | None
    start: str
    end: str
    start_s: float
    end_s: float
    evidence: dict[str, float | int | str]


class CallPath(msgspec.Struct, frozen=True, kw_only=True):
    """A transport of a peer by the candidate pairs it used.

    Attributes:
        local, remote: types of the candidates at the end, such as `host` or `relay`.
        protocol, relay_protocol, network: as in the sample, at the end.
        round_trip_time: by STUN to the next hop, mean of the measurements.
        path_switches: how often another pair came into use.
    """

    local: str | None
    remote: str | None
    protocol: str | None
    relay_protocol: str | None
    network: str | None
    round_trip_time: float | None
    path_switches: int


class CallPeer(msgspec.Struct, frozen=True, kw_only=True):
    """One connection of a call.

    Attributes:
        label: what people would call it; unique in the report.
        file: where it was recorded.
        user_agent: of the browser; empty when unknown.
        start, end: of its samples, RFC 3339, UTC; None without a sample.
        paths: its transports.
        streams: in the order of their ids.
    """

    label: str
    file: str
    user_agent: str
    start: str | None
    end: str | None
    paths: tuple[CallPath, ...]
    streams: tuple[CallStream, ...]


class CallSession(msgspec.Struct, frozen=True, kw_only=True):
    """One call.

    Attributes:
        verdict: how it was.
        start, end: first and last sample, RFC 3339, UTC; None without a sample.
        duration: seconds between them.
        peers: in the order of the files.
    """

    verdict: CallVerdict
    start: str | None
    end: str | None
    duration: float
    peers: tuple[CallPeer, ...]


class CallReport(msgspec.Struct, frozen=True, kw_only=True):
    """All that files of client statistics say.

    Attributes:
        verdict: that of the worst session.
        issues: the gravest first, then by session and time.
        sessions: in the order of the files.
        formats: what kind of file each one is, by its name.
        notes: sentences on what was passed over.
    """

    verdict: CallVerdict
    issues: tuple[CallIssue, ...]
    sessions: tuple[CallSession, ...]
    formats: dict[str, str]
    notes: tuple[str, ...]
