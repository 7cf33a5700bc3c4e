"""Reports of getStats as an application wrote them down itself: a JSON object for each, with time and name.

`{"t": <milliseconds>, "pc": "A", "report": [...]}`; other names in use for the three are read too, and
several connections in one line.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from sonde.webrtc.dialects.builder import RecordingBuilder
from sonde.webrtc.dialects.notes import Notebook
from sonde.webrtc.dialects.values import read_moment, read_text
from sonde.webrtc.recording import MalformedRecording, Recording

TIMES: Final = ("t", "timestamp", "time", "ts")
NAMES: Final = (
    "pc",
    "peer",
    "peerConnection",
    "peerConnectionId",
    "connection",
    "connectionId",
    "participant",
)
REPORTS: Final = ("report", "stats", "parsed", "data")

SEVERAL: Final = "peerConnections"
"""Member that holds a list of `[name, report]`."""

EXPECTED: Final = "objects with a time, a connection's name and a getStats report"

DEEPEST: Final = 8
"""Levels down to which statistics objects are looked for in a report."""

MOST_REPORTS: Final = 1_000
"""Connections in one line."""


def is_record(value: object) -> bool:
    """This may be such an object."""
    return isinstance(value, Mapping) and any(name in value for name in (*REPORTS, SEVERAL))


def is_report(value: object) -> bool:
    """This may be one report by itself: a list of statistics objects, or a map of them by id."""
    if isinstance(value, Mapping):
        value = list(value.values())
    return isinstance(value, list) and 2 * sum(map(_has_type, value)) > len(value)


def read_series(records: Iterable[object], notebook: Notebook | None = None) -> Recording:
    """A recording from such objects.

    Args:
        records: the objects, as decoded from JSON.
        notebook: where to count what is left out, when the caller counts too.

    Raises:
        MalformedRecording: none of them holds a report.
        LegacyStatistics: a report is in Chrome's form from before the standard.
    """
    builder = RecordingBuilder("getstats-series", notebook)
    for record in records:
        if not isinstance(record, Mapping):
            builder.notebook.skip("line", EXPECTED)
            continue
        at = next(filter(None, (read_moment(record.get(name)) for name in TIMES)), None)
        for key, report in itertools.islice(_reports(record), MOST_REPORTS):
            builder.add_report(key, report, at)
    recording = builder.finish()
    if not recording.peers:
        raise MalformedRecording("", EXPECTED)
    return recording


def read_single(report: object) -> Recording:
    """A recording of one report by itself.

    Raises:
        MalformedRecording: it is none.
        LegacyStatistics: it is in Chrome's form from before the standard.
    """
    return read_series([{REPORTS[0]: report}])


def _reports(record: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    several = record.get(SEVERAL)
    for pair in several if isinstance(several, list) else []:
        if isinstance(pair, list) and len(pair) == 2:
            yield read_text(pair[0], 200), pair[1]
    key = next(filter(None, (_name(record.get(name)) for name in NAMES)), "")
    for name in REPORTS:
        report = record.get(name)
        if isinstance(report, list) or is_report(report):
            yield key, report
        elif found := list(_objects(report, DEEPEST)):  # sorted into groups, as some applications do
            yield key, found


def _name(value: object) -> str:
    return str(value) if type(value) is int else read_text(value, 200)


def _objects(value: object, levels: int) -> Iterator[Mapping[str, object]]:
    if _has_type(value):
        yield value  # type: ignore[misc]  # what has a type is a map
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    for part in parts if levels else ():
        yield from _objects(part, levels - 1)


def _has_type(value: object) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("type"), str)
