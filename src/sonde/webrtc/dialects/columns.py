"""Reports put together from the series of webrtc-internals, in which each property is a list of its own.

Times stand only in the series named `timestamp`. A property that was missing at first, or in the end, has
fewer values, and the file says when the first and the last one was; one that was missing in the middle cannot
be placed and is left out. Which call of getStats a value was seen in follows from the stamps: what a browser
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
from sonde.webrtc.dialects.values import is_number, read_moment, read_text
from sonde.webrtc.recording import LegacyStatistics

IGNORED_TYPES: Final = frozenset(("certificate", "peer-connection", "data-channel"))


class Series(NamedTuple):
    """One property's values.

    Attributes:
        values: one for each call in which the property was there.
        start, end: when the first and the last one was, milliseconds; None when the file does not say.
    """

    values: list[object]
    start: float | None
    end: float | None


class _Object:
    """One statistics object with all its properties."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.series: dict[str, Series] = {}
        self.stamps: list[float] = []
        self._missing: dict[str, int] = {}

    def close(self, notebook: Notebook) -> None:
        """Find the place of each series; those that have none are counted and left out."""
        stamps = self.series.pop("timestamp", None)
        if stamps is None:
            return notebook.skip(f"{self.kind}.timestamp", "a series of times")
        self.stamps = [each if is_number(each) else 0 for each in stamps.values]
        for name, series in self.series.items():
            missing = _missing_before(series, self.stamps)
            if missing is not None:
                self._missing[name] = missing
            else:
                notebook.skip(f"{self.kind}.{name}", "a series without gaps in the middle")
        return None

    def fields(self, place: int) -> dict[str, object]:
        """The object as it was in the call of that stamp."""
        fields: dict[str, object] = {"type": self.kind, "timestamp": self.stamps[place]}
        for name, missing in self._missing.items():
            values = self.series[name].values
            if 0 <= place - missing < len(values):
                fields[name] = values[place - missing]
        return fields


def _missing_before(series: Series, stamps: list[float]) -> int | None:
    """How many stamps are before the first value of a series; None when that cannot be said."""
    count = len(series.values)
    lacking = len(stamps) - count
    if lacking <= 0 or not count:
        return min(lacking, 0)  # the browser keeps the last thousand of each, so the ends agree
    begins_late = not _same_time(stamps[lacking], stamps[lacking - 1])
    if begins_late and _same_time(series.start, stamps[lacking]) and _same_time(series.end, stamps[-1]):
        return lacking
    return 0 if _same_time(series.start, stamps[0]) and _same_time(series.end, stamps[count - 1]) else None


def _same_time(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and abs(one - other) <= 1


def read_columns(series: Mapping[str, object], notebook: Notebook) -> Iterator[Objects]:
    """The reports of one connection, in order of time.

    Args:
        series: by `<id of the object>-<property>`, as in the file.
        notebook: where to count what is left out.

    Raises:
        LegacyStatistics: these are Chrome's goog* statistics.
    """
    objects = _objects(series, notebook)
    calls = sorted({stamp for each in objects.values() if _is_own(each) for stamp in each.stamps})
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
    first = [bisect_left(calls, stamp) for stamp in each.stamps]
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
            _add_series(objects, name, kind, raw, notebook)
    for each in objects.values():
        each.close(notebook)
    return objects


def _add_series(
    objects: dict[str, _Object], name: str, kind: str, raw: Mapping[str, object], notebook: Notebook
) -> None:
    key, _, member = name.rpartition("-")
    values = unwrapped(raw.get("values"))
    if isinstance(values, list):
        series = Series(values, _milliseconds(raw.get("startTime")), _milliseconds(raw.get("endTime")))
        objects.setdefault(key, _Object(kind)).series[member] = series
    else:
        notebook.skip(f"stats.{member}.values", "a list")


def _milliseconds(moment: object) -> float | None:
    at = read_moment(moment)
    return None if at is None else at / 1e6
