"""Call reports of the Telnyx Voice SDKs: one call leg, in one body or several.

A report is a list of intervals. Its counters run since the start of the call and across bodies, so each
interval becomes one snapshot at its end, and differences are made later, whatever body it came in.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, TypeAlias

from sonde.webrtc.dialects.builder import MOST_PEERS
from sonde.webrtc.dialects.notes import Notebook
from sonde.webrtc.dialects.telnyx_events import read_events
from sonde.webrtc.dialects.telnyx_intervals import IntervalReader
from sonde.webrtc.dialects.telnyx_summary import CallSummary, intervals_of, part, read_summary
from sonde.webrtc.dialects.values import read_text
from sonde.webrtc.event import PeerEvent
from sonde.webrtc.recording import MalformedRecording, PeerRecording, Recording
from sonde.webrtc.sample import Snapshot

Object: TypeAlias = Mapping[str, object]

NAME: Final = "telnyx"
FORMAT: Final = f"{NAME} 1"
"""Which reader of which version made a sample."""


class ReadUpload(NamedTuple):
    """One body, read."""

    summary: CallSummary
    recording: Recording


def is_call_report(value: object) -> bool:
    """This may be such a report."""
    if not isinstance(value, Mapping):
        return False
    if isinstance(value.get("android_extra"), Mapping) or "callId" in part(value, "summary"):
        return True
    return any("intervalEndUtc" in each for each in intervals_of(value))


def call_reports_in(document: object) -> list[object]:
    """The reports of a document: itself, an array of them, or a page of Telnyx's list; none in any other."""
    if is_call_report(document):
        return [document]
    found = document.get("data") if isinstance(document, Mapping) else document
    return found if isinstance(found, list) and any(map(is_call_report, found)) else []


def read_upload(report: Object) -> ReadUpload:
    """What one body says; whatever in it makes no sense is counted in the notes."""
    notebook = Notebook()
    summary = read_summary(report)
    peer = _peer(report, summary, notebook)
    return ReadUpload(
        summary,
        Recording(format=FORMAT, peers=(peer,), user_agent=summary.user_agent, notes=notebook.notes()),
    )


def read_call_reports(reports: Iterable[object], notebook: Notebook | None = None) -> Recording:
    """A recording of any number of bodies, as they were uploaded or as the read API gives them.

    Args:
        reports: the bodies, as decoded from JSON.
        notebook: where to count what is left out, when the caller counts too.

    Raises:
        MalformedRecording: none of them is a call report.
    """
    notebook = notebook or Notebook()
    calls: dict[str, _Call] = {}
    user_agent = ""
    for report in reports:
        if not isinstance(report, Mapping) or not is_call_report(report):
            notebook.skip("report", "call reports")
            continue
        summary = read_summary(report)
        peer = _peer(report, summary, notebook)
        key = f"{summary.call_id.lower()} {peer.key}".strip()
        if key not in calls and len(calls) >= MOST_PEERS:
            notebook.skip("calls", f"at most {MOST_PEERS}")
            continue
        calls.setdefault(key, _Call()).add(peer)
        user_agent = user_agent or summary.user_agent or read_text(report.get("user_agent"))
    if not calls:
        raise MalformedRecording("", "call reports")
    return Recording(
        format=FORMAT,
        peers=tuple(call.peer(key) for key, call in calls.items()),
        user_agent=user_agent,
        notes=notebook.notes(),
    )


class _Call:
    """One leg, while its bodies are read in any order; a repeated body adds nothing."""

    def __init__(self) -> None:
        self._label = ""
        self._snapshots: dict[int | None, Snapshot] = {}
        self._events: dict[PeerEvent, None] = {}

    def add(self, part_of_it: PeerRecording) -> None:
        """What one body says."""
        self._label = self._label or part_of_it.label
        self._snapshots.update((each.number, each) for each in part_of_it.snapshots)
        self._events.update(dict.fromkeys(part_of_it.events))

    def peer(self, key: str) -> PeerRecording:
        """All that was said, in order of time."""
        return PeerRecording(
            key=key,
            label=self._label,
            snapshots=tuple(sorted(self._snapshots.values(), key=lambda each: each.at)),
            events=tuple(sorted(self._events, key=lambda each: each.at)),
        )


def _peer(report: Object, summary: CallSummary, notebook: Notebook) -> PeerRecording:
    reader = IntervalReader(report, summary, notebook)
    snapshots = tuple(reader.snapshots())
    return PeerRecording(
        # A collector that was made anew, as after the page was loaded again, counts from zero.
        key=read_text(part(report, "summary").get("startTimestamp"), 40) or "call",
        label=summary.own_number or summary.call_id or "call",
        snapshots=snapshots,
        events=read_events(report, summary, snapshots, notebook),
    )
