"""What happened in a call, from the log lines and notes of a Telnyx call report."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from sonde.webrtc.dialects.notes import Notebook
from sonde.webrtc.dialects.telnyx_summary import CallSummary, part
from sonde.webrtc.dialects.values import LONGEST_TEXT, read_moment, read_text
from sonde.webrtc.event import EventKind, PeerEvent
from sonde.webrtc.sample import Snapshot

WARNINGS: Final[Mapping[str, str]] = {
    "31001": "high_rtt",
    "31002": "high_jitter",
    "31003": "high_packet_loss",
    "31004": "low_mos",
    "31005": "low_local_audio",
    "31006": "low_inbound_audio",
    "32001": "low_bytes_received",
    "32002": "low_bytes_sent",
    "33001": "ice_connectivity_lost",
    "33004": "peer_connection_failed",
    "33008": "ice_candidate_pair_changed",
}
"""What the SDKs warn of, by the number in the log line."""

NOTEWORTHY: Final = frozenset({"warn", "warning", "error"})
"""Levels of the log lines that become events."""

ANSWERED: Final = "call active"
"""Value of the event that says the other side took the call."""

MOST_EVENTS: Final = 5_000
"""Events of one report; an SDK keeps a thousand log lines."""

_WARNING: Final = re.compile(r"\bwarning (?P<code>\d{5})\b")
_STATE: Final = re.compile(r"\bstate change from (?P<before>\w+) to (?P<after>\w+)")

_TRANSITIONS: Final[Mapping[str, EventKind]] = {
    "iceGathering": EventKind.ICE_GATHERING_STATE,
    "iceConnection": EventKind.ICE_CONNECTION_STATE,
    "signaling": EventKind.SIGNALING_STATE,
}


_SILENCING: Final = (
    ("track_enabled", True, {True: EventKind.TRACK_ENABLED, False: EventKind.TRACK_DISABLED}),
    ("track_muted", False, {True: EventKind.TRACK_MUTED, False: EventKind.TRACK_UNMUTED}),
)
"""Fields of a sample, what they are while a microphone is heard, and the event when they change."""


def read_events(
    report: Mapping[str, object], summary: CallSummary, snapshots: Sequence[Snapshot], notebook: Notebook
) -> tuple[PeerEvent, ...]:
    """Everything a report says has happened, in order of time, each event once."""
    found: dict[PeerEvent, None] = {}
    for event in _all(report, summary, snapshots, notebook):
        if len(found) >= MOST_EVENTS:
            notebook.skip("events", f"at most {MOST_EVENTS}")
        else:
            found[event] = None
    return tuple(sorted(found, key=lambda event: event.at))


def _all(
    report: Mapping[str, object], summary: CallSummary, snapshots: Sequence[Snapshot], notebook: Notebook
) -> Iterator[PeerEvent]:
    if summary.started_at is not None:
        yield PeerEvent(at=summary.started_at, kind=EventKind.CREATED)
    if summary.ended_at is not None:
        yield PeerEvent(at=summary.ended_at, kind=EventKind.CLOSED, detail=summary.state)
    yield from _muting(snapshots)
    yield from _flush(report)
    yield from _of_logs(report.get("logs"), notebook)
    yield from _of_android(part(report, "android_extra"))


def _muting(snapshots: Iterable[Snapshot]) -> Iterator[PeerEvent]:
    """When the microphone was silenced and let be heard again; a report that begins silenced says so once."""
    microphones = [
        (snapshot.at, each) for snapshot in snapshots for each in snapshot.streams if each.direction == "send"
    ]
    for name, before, kinds in _SILENCING:
        for at, microphone in microphones:
            now: bool | None = getattr(microphone, name)
            if now is not None and now != before:
                yield PeerEvent(at=at, kind=kinds[now], value="audio", track=microphone.track)
                before = now  # noqa: PLW2901 - from one interval to the next


def _flush(report: Mapping[str, object]) -> Iterator[PeerEvent]:
    """Why the report was sent before the call's end, where that says something of the call."""
    reason = part(report, "flushReason")
    kind = read_text(reason.get("type"), 80)
    at = read_moment(part(report, "summary").get("endTimestamp"))
    if at is None:
        return
    if kind == "page-unload":
        yield PeerEvent(at=at, kind=EventKind.PAGE_UNLOADED)
    elif kind in {"socket-close", "socket-error"}:
        yield PeerEvent(at=at, kind=EventKind.APPLICATION, value=kind, detail=_json(reason))


def _of_logs(logs: object, notebook: Notebook) -> Iterator[PeerEvent]:
    if isinstance(logs, Mapping):
        logs = logs.get("entries")
    for entry in logs if isinstance(logs, list) else []:
        message = read_text(entry.get("message")) if isinstance(entry, Mapping) else ""
        at = read_moment(entry.get("timestamp")) if isinstance(entry, Mapping) else None
        if at is None:
            notebook.skip("logs", "entries with a time")
        else:
            yield from _of_line(entry, message, at)


def _of_line(entry: Mapping[str, object], message: str, at: int) -> Iterator[PeerEvent]:
    if state := _STATE.search(message):
        yield PeerEvent(at=at, kind=EventKind.APPLICATION, value=_state_word(state), detail=message)
    elif warning := _WARNING.search(message):
        code = warning["code"]
        value = WARNINGS.get(code, f"warning {code}")
        yield PeerEvent(at=at, kind=EventKind.APPLICATION, value=value, detail=message)
    elif read_text(entry.get("level"), 20).lower() in NOTEWORTHY:
        level = read_text(entry.get("level"), 20).lower()
        yield PeerEvent(at=at, kind=EventKind.APPLICATION, value=level, detail=message)


def _state_word(change: re.Match[str]) -> str:
    before, after = change["before"].lower()[:40], change["after"].lower()[:40]
    if after == "held":
        return "hold"
    return "unhold" if (before, after) == ("held", "active") else f"call {after}"


def _of_android(extra: Mapping[str, object]) -> Iterator[PeerEvent]:
    transitions = part(extra, "stateTransitions")
    for name, kind in _TRANSITIONS.items():
        for entry, at in _timed(transitions.get(name)):
            yield PeerEvent(at=at, kind=kind, value=_lower(entry.get("state")))
    for entry, at in _timed(extra.get("connectionTimeline")):
        yield PeerEvent(at=at, kind=EventKind.APPLICATION, value=read_text(entry.get("event"), 200))


def _timed(entries: object) -> Iterator[tuple[Mapping[str, object], int]]:
    for entry in entries if isinstance(entries, list) else []:
        at = read_moment(entry.get("timestamp")) if isinstance(entry, Mapping) else None
        if at is not None:
            yield entry, at


def _lower(value: object) -> str:
    """A state in the words of W3C, which Android writes in capitals."""
    return read_text(value, 40).lower().replace("_", "-")


def _json(value: Mapping[str, object]) -> str:
    return msgspec.json.encode(value)[:LONGEST_TEXT].decode("utf-8", "replace")
