"""The report on calls for people and for programs: the verdict, what went wrong, then the streams."""

import msgspec
from rich.console import Console
from rich.table import Table

from sonde.webrtc.call_report import CallIssue, CallPath, CallReport, CallSession
from sonde.webrtc.stream_report import CallStream

_WIDTH_OF_A_PIPE = 160
_COLOURS = {"critical": "red", "warning": "yellow", "info": ""}
_LEFT_OUT_OF_EVIDENCE = ("measure", "because")


def print_json(report: CallReport) -> None:
    """One JSON object; SI units, as docs/metrics.md has them."""
    print(msgspec.json.format(msgspec.json.encode(report)).decode())


def print_tables(report: CallReport) -> None:
    """The verdict, the issues with the gravest first, each session's streams, and what was passed over."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH_OF_A_PIPE)
    console.print(report.verdict.sentence, style="bold", highlight=False)
    if report.issues:
        console.print(_issues(report))
    for number, session in enumerate(report.sessions, start=1):
        _print_session(console, session, f"Session {number}" if len(report.sessions) > 1 else "Session")
    for line in report.notes:
        console.print(line, style="yellow", highlight=False)


def _print_session(console: Console, session: CallSession, title: str) -> None:
    since = f", {session.start} to {session.end}" if session.start else ""
    console.print(f"{title}: {session.duration:.1f} s{since}", highlight=False)
    for peer in session.peers:
        paths = "; ".join(_path(path) for path in peer.paths) or "no transport"
        console.print(f"  {peer.label}, from {peer.file}: {paths}", highlight=False)
    if any(peer.streams for peer in session.peers):
        console.print(_streams(session))
    for line, streams in _remarks(session).items():
        console.print(f"  {line} ({'; '.join(streams)})", style="yellow", highlight=False)


def _remarks(session: CallSession) -> dict[str, list[str]]:
    """What limits trust in the scores, each sentence once, with the streams that it is about."""
    remarks: dict[str, list[str]] = {}
    for peer in session.peers:
        for stream in peer.streams:
            for line in filter(None, (stream.mos.reason, *stream.mos.notes)):
                remarks.setdefault(line, []).append(f"{peer.label} {stream.direction} {stream.kind}")
    return remarks


def _issues(report: CallReport) -> Table:
    table = Table(title="Issues", title_justify="left")
    for name in ("severity", "issue", "peer", "stream", "seconds", "from (UTC)", "cause", "evidence"):
        table.add_column(name)
    for issue in report.issues:
        table.add_row(
            issue.severity,
            issue.type,
            issue.peer,
            _stream_of(issue),
            f"{issue.start_s:.0f} to {issue.end_s:.0f}",
            issue.start[11:19],
            issue.cause.replace("_", " "),
            _evidence(issue),
            style=_COLOURS[issue.severity],
        )
    return table


def _stream_of(issue: CallIssue) -> str:
    words = [word for word in (issue.direction, issue.kind) if word]
    return " ".join(words) or "all"


def _evidence(issue: CallIssue) -> str:
    """`loss_ratio 0.06 (worst 0.12, limit 0.03), packets_lost 55; the sender ...`."""
    parts = [
        f"{name} {_number(value)}"
        for name, value in issue.evidence.items()
        if name not in _LEFT_OUT_OF_EVIDENCE
    ]
    measure = issue.evidence.get("measure")
    because = issue.evidence.get("because")
    return (f"{measure}: " if measure else "") + ", ".join(parts) + (f"; {because}" if because else "")


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.3g}"


def _path(path: CallPath) -> str:
    kinds = f"{path.local or 'unknown'} to {path.remote or 'unknown'}"
    means = " over ".join(word for word in (path.protocol, path.relay_protocol) if word)
    parts = [kinds, means, path.network or "", _times("STUN round trip", path.round_trip_time)]
    return ", ".join(part for part in parts if part)


def _times(name: str, seconds: float | None) -> str:
    return "" if seconds is None else f"{name} {_milliseconds(seconds)}"


def _streams(session: CallSession) -> Table:
    table = Table(title="Streams", title_justify="left")
    for name in ("peer", "", "source", "codec"):
        table.add_column(name)
    for name in (
        "s",
        "kbit/s",
        "lost",
        "jitter",
        "RTT",
        "concealed",
        "frozen",
        "picture",
        "MOS",
        "worst 10 s",
    ):
        table.add_column(name, justify="right")
    for peer in session.peers:
        for stream in peer.streams:
            table.add_row(
                peer.label,
                f"{stream.direction} {stream.kind}",
                stream.source or "",
                stream.codec or "unknown",
                f"{stream.duration:.1f}",
                "-" if stream.bitrate is None else f"{stream.bitrate / 1000:.0f}",
                _percent(stream.loss_ratio),
                _milliseconds(stream.jitter),
                _milliseconds(stream.round_trip_time),
                _percent(stream.concealment_ratio),
                _percent(stream.freeze_ratio),
                _picture(stream),
                _mos(stream),
                "-" if stream.mos.worst_10s is None else f"{stream.mos.worst_10s:.2f}",
            )
    return table


def _picture(stream: CallStream) -> str:
    if stream.frame_width is None or stream.frame_height is None:
        return "-"
    rate = "" if stream.frame_rate is None else f" {stream.frame_rate:.0f}/s"
    return f"{stream.frame_width}x{stream.frame_height}{rate}"


def _mos(stream: CallStream) -> str:
    mos = stream.mos
    if mos.value is None:
        return "-"
    return f"{mos.value:.2f}" + ("" if mos.low is None else f" ({mos.low:.2f} to {mos.high:.2f})")


def _percent(ratio: float | None) -> str:
    return "-" if ratio is None else f"{100 * ratio:.2f} %"


def _milliseconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{1000 * seconds:.0f} ms"
