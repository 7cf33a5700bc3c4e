"""Statistics objects in columns, as our collector sends them, and as reports again.

Over a batch most members of an object stay as they are, and the others are counters that grow evenly. So
each member is written once: as the value that holds for all ticks, or as a list with one entry per tick, in
which numbers are differences. docs/collector.md describes it for those who write it.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any, Final

from sonde.webrtc.dialects.notes import Notebook

OBJECTS_MAX: Final = 2000
"""Objects of one connection in one batch; a large conference has some 300."""

VALUES_MAX: Final = 250_000
"""Values of one connection in one batch when all columns are written out: a tick of 24 objects has 500."""

MEMBERS_MAX: Final = 150
"""Members of one object; the largest of the W3C has about 70."""

STRING_MAX: Final = 1000
"""Characters of one string, such as the parameters of a codec."""

NUMBER_MAX: Final = 2**53
"""Numbers beyond are not exact in the browser that sent them."""

_MICRO: Final = 10**6


class Columns:
    """The statistics objects of one connection in one batch. What makes no sense is left out and counted.

    Args:
        stats: the objects as sent, of any shape.
        ticks: how many ticks the batch has.
        notebook: where to count.
    """

    def __init__(self, stats: Sequence[Any], ticks: int, notebook: Notebook) -> None:
        self._notebook = notebook
        self._ticks = ticks
        self._room = VALUES_MAX
        self._objects = [found for entry in stats[:OBJECTS_MAX] if (found := self._read(entry)) is not None]
        for _ in stats[OBJECTS_MAX:]:
            notebook.skip("stats", f"at most {OBJECTS_MAX} objects")

    def reports(self, at: Sequence[int]) -> Iterator[list[dict[str, Any]]]:
        """The report of each tick in turn, as getStats gave it.

        Args:
            at: when each tick was, microseconds since the epoch. Objects without a `timestamp` have this one.
        """
        for tick, when in enumerate(at):
            stamp = when / 1000
            yield [found.at(tick, stamp) for found in self._objects if found.start <= tick < found.stop]

    def _read(self, entry: Any) -> "_Object | None":
        span = _span(entry, self._ticks)
        if span is None:
            self._notebook.skip("stats", "objects with id, type, values, and ticks of this batch")
            return None
        values = entry["values"]
        self._room -= len(values) * (span.stop - span.start)
        if len(values) > MEMBERS_MAX or self._room < 0:
            self._notebook.skip(
                "stats", f"at most {MEMBERS_MAX} members of an object and {VALUES_MAX} values"
            )
            return None
        found = _Object(entry["id"], entry["type"], span)
        for name, value in values.items():
            if not found.take(name, value):
                self._notebook.skip(
                    f"stats.values.{name}", "a text, a number, true, false, or a list of one per tick"
                )
        return found


class _Object:
    """One object over consecutive ticks."""

    def __init__(self, key: str, kind: str, span: range) -> None:
        self.start, self.stop = span.start, span.stop
        self._constant: dict[str, Any] = {"id": key, "type": kind}
        self._columns: dict[str, list[Any]] = {}
        self._nested: dict[str, list[str]] = {}

    def take(self, name: str, value: Any) -> bool:
        """Keeps one member; False when it makes no sense."""
        if isinstance(value, list):
            column = _undo(value) if len(value) == self.stop - self.start else None
            if column is None:
                return False
            self._columns[name] = column
        elif _is_scalar(value):
            self._constant[name] = value
        else:
            return False
        outer, dot, _ = name.partition(".")
        if dot:
            self._nested.setdefault(outer, []).append(name)
        return True

    def at(self, tick: int, stamp: float) -> dict[str, Any]:
        row = tick - self.start
        report = {"timestamp": stamp, **self._constant}
        for name, column in self._columns.items():
            if (value := column[row]) is not None:
                report[name] = value
        for outer, names in self._nested.items():
            report[outer] = {name[len(outer) + 1 :]: report.pop(name) for name in names if name in report}
        return report


def _span(entry: Any, ticks: int) -> range | None:
    """The ticks that an object is there for; None when it is no object."""
    if not isinstance(entry, dict) or not isinstance(entry.get("values"), dict):
        return None
    if not all(_is_name(entry.get(name)) for name in ("id", "type")):
        return None
    start, stop = entry.get("from", 0), entry.get("to", ticks)
    if type(start) is not int or type(stop) is not int or not 0 <= start < stop <= ticks:
        return None
    return range(start, stop)


def _undo(column: list[Any]) -> list[Any] | None:
    """A column with sums in place of differences; None when an entry makes no sense.

    Sums are made of whole millionths, so that they are the very numbers that were measured.
    """
    types = set(map(type, column))
    if types == {int}:
        sums = list(accumulate(column))
        return sums if all(-NUMBER_MAX <= number <= NUMBER_MAX for number in sums) else None
    if not all(entry is None or _is_scalar(entry) for entry in column):
        return None
    total, out = 0, list[Any]()
    for entry in column:
        if entry is None or isinstance(entry, bool | str):
            out.append(entry)
            continue
        total += round(entry * _MICRO)
        out.append(total / _MICRO)
    return out if abs(total) <= NUMBER_MAX * _MICRO else None


def _is_scalar(value: Any) -> bool:
    match value:
        case bool():
            return True
        case int() | float():
            return -NUMBER_MAX <= value <= NUMBER_MAX
        case str():
            return len(value) <= STRING_MAX
    return False


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= STRING_MAX
