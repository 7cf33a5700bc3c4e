"""Reports put together from the series of webrtc-internals, in which each property is a list of its own.

Times stand only in the series named `timestamp`. A property that was missing at first has fewer values, and
both end together. Which call of getStats a value was seen in follows from the stamps: what a browser
measures itself bears the time of the call; what the other side reported is older, and was first seen in the
first call after it.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from sonde.webrtc.dialects.deltas import OF_THE_OTHER_SIDE, Objects
from sonde.webrtc.dialects.events import unwrapped
from sonde.webrtc.dialects.notes import Notebook
from sonde.webrtc.dialects.report import KNOWN_TYPES, LEGACY_TYPES
from sonde.webrtc.dialects.values import is_number, read_text
from sonde.webrtc.recording import LegacyStatistics

IGNORED_TYPES: Final = frozenset(("certificate", "peer-connection", "data-channel"))


class Column(NamedTuple):
    """One property's values.

    Attributes:
        values: one for each call in which the property was there.
        end: when the last one was seen, as written in the file.
    """

    values: list[object]
    end: str

    def at(self, place: int, stamps: "Column") -> object:
        """The value that belongs to the stamp at that place; None where there is none."""
        missing = len(stamps.values) - len(self.values) if self.end == stamps.end else 0
        index = place - missing
        return self.values[index] if 0 <= index < len(self.values) else None


class _Object:
    """One statistics object with all its properties."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.columns: dict[str, Column] = {}

    def stamps(self) -> list[float]:
        column = self.columns.get("timestamp")
        return [each if is_number(each) else 0 for each in column.values] if column else []

    def fields(self, place: int) -> dict[str, object]:
        stamps = self.columns["timestamp"]
        found = {name: column.at(place, stamps) for name, column in self.columns.items()}
        return {**found, "type": self.kind}


def read_columns(series: Mapping[str, object], notebook: Notebook) -> Iterator[Objects]:
    """The reports of one connection, in order of time.

    Args:
        series: by `<id of the object>-<property>`, as in the file.
        notebook: where to count what is left out.

    Raises:
        LegacyStatistics: these are Chrome's goog* statistics.
    """
    objects = _objects(series, notebook)
    calls = sorted({stamp for each in objects.values() if _is_own(each) for stamp in each.stamps()})
    seen: list[list[tuple[str, int]]] = [[] for _ in calls]
    for key, each in objects.items():
        for place, call in enumerate(_calls(each, calls)):
            if call < len(calls):
                seen[call].append((key, place))
    for present in seen:
        yield {key: objects[key].fields(place) for key, place in present}


def _is_own(each: _Object) -> bool:
    return each.kind not in OF_THE_OTHER_SIDE


def _calls(each: _Object, calls: list[float]) -> list[int]:
    """The number of the call that each of an object's values was seen in."""
    first = [bisect_left(calls, stamp) for stamp in each.stamps()]
    if _is_own(each):
        return first
    # A report of the other side is seen again and again until the next one comes, in one call after the
    # other; the shift is the smallest that lets none be seen before it came.
    shift = max((call - place for place, call in enumerate(first)), default=0)
    return [place + max(shift, 0) for place in range(len(first))]


def _objects(series: Mapping[str, object], notebook: Notebook) -> dict[str, _Object]:
    objects: dict[str, _Object] = {}
    for name, raw in series.items():
        kind = read_text(raw.get("statsType")) if isinstance(raw, Mapping) else ""
        if kind.startswith("goog") or kind in LEGACY_TYPES:
            raise LegacyStatistics("stats")
        if not isinstance(raw, Mapping) or not kind:
            notebook.skip("stats", "a series of values with its type")
        elif kind not in KNOWN_TYPES:
            notebook.unknown(kind)
        elif not name.endswith("]") and kind not in IGNORED_TYPES:  # brackets mark what the page computed
            _add_column(objects, name, kind, raw, notebook)
    return {key: each for key, each in objects.items() if "timestamp" in each.columns}


def _add_column(
    objects: dict[str, _Object], name: str, kind: str, raw: Mapping[str, object], notebook: Notebook
) -> None:
    key, _, member = name.rpartition("-")
    values = unwrapped(raw.get("values"))
    if isinstance(values, list):
        columns = objects.setdefault(key, _Object(kind)).columns
        columns[member] = Column(values, read_text(raw.get("endTime")))
    else:
        notebook.skip(f"stats.{member}.values", "a list")
