"""Statistics objects in columns, as our collector sends them, and as reports again.

Over a batch most members of an object stay as they are, and the others are counters that grow evenly. So
each member is written once: as the value that holds for all ticks, or as a list with one entry per tick, in
which numbers are differences. docs/collector.md describes it for those who write it.

Columns are read as columns: what is the same for many ticks is looked at once for all of them.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Final

from sonde.webrtc.dialects.collector_sums import NUMBER_MAX, STRING_MAX, is_scalar, sums
from sonde.webrtc.dialects.notes import Notebook
from sonde.webrtc.dialects.report import REFERENCES, Stats
from sonde.webrtc.dialects.values import Column

OBJECTS_MAX: Final = 2000
"""Objects of one connection in one batch; a large conference has some 300."""

VALUES_MAX: Final = 250_000
"""Values of one connection in one batch when all columns are written out: a tick of 24 objects has 500."""

MEMBERS_MAX: Final = 150
"""Members of one object; the largest of the W3C has about 70."""

TRAFFIC: Final = frozenset(("bytesSent", "bytesReceived"))
"""Members of paths that may decide which of them is in use."""

_OWN: Final = frozenset(("id", "type"))
"""Members that an object has outside of its values."""


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
        self._lists: dict[int, list[tuple[_Object, str, list[Any]]]] = {}
        self._objects = [found for entry in stats[:OBJECTS_MAX] if (found := self._read(entry)) is not None]
        for same_length in self._lists.values():
            self._sum_up(same_length)
        for _ in stats[OBJECTS_MAX:]:
            notebook.skip("stats", f"at most {OBJECTS_MAX} objects")
        self._references = REFERENCES | TRAFFIC if self._is_path_weighed() else REFERENCES

    def spans(self) -> list[range]:
        """The ticks in parts: in each the same objects are there and refer to each other in the same way."""
        cuts = {0, self._ticks}.union(*(found.cuts(self._references) for found in self._objects))
        return [range(start, stop) for start, stop in pairwise(sorted(cuts))]

    def report(self, ticks: range, stamps: Sequence[float]) -> list[Stats]:
        """The reports of some ticks, which lie in one of `spans`, as one.

        Args:
            ticks: consecutive ones; of a single one it is the report as getStats gave it.
            stamps: when each was, milliseconds since the epoch. Objects without a `timestamp` have these.
        """
        stamp = stamps[0] if len(ticks) == 1 else Column(list(stamps))
        return [
            found.part(ticks, stamp, self._references)
            for found in self._objects
            if found.start <= ticks.start and ticks.stop <= found.stop
        ]

    def _is_path_weighed(self) -> bool:
        """Among several paths, the one in use may be the one that carried most, tick by tick."""
        pairs = [found for found in self._objects if found.kind == "candidate-pair"]
        if sum(found.may_be("nominated") for found in pairs) < 2:
            return False
        transports = [found for found in self._objects if found.kind == "transport"]
        return not transports or not all(
            any(each.names("selectedCandidatePairId", pair) for pair in pairs) for each in transports
        )

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
        lists = self._lists.setdefault(len(span), [])
        for name, value in values.items():
            kind = type(value)
            if kind is list and len(value) == len(span) and name not in _OWN:
                lists.append((found, name, value))
            elif ((kind is int and 0 <= value <= NUMBER_MAX) or is_scalar(value)) and name not in _OWN:
                found.keep(name, value)
            else:
                self._refuse(name)
        return found

    def _sum_up(self, lists: Sequence[tuple["_Object", str, list[Any]]]) -> None:
        """Lists of one length are summed up together: for numpy, many take hardly longer than one."""
        columns = sums([entries for _, _, entries in lists])
        for (found, name, _), column in zip(lists, columns, strict=True):
            if column is None:
                self._refuse(name)
            else:
                found.keep_column(name, column)

    def _refuse(self, name: str) -> None:
        self._notebook.skip(
            f"stats.values.{name}", "a text, a number, true, false, or a list of one per tick"
        )


class _Object:
    """One object over consecutive ticks."""

    def __init__(self, key: str, kind: str, span: range) -> None:
        self.kind = kind
        self.start, self.stop = span.start, span.stop
        self._constant: dict[str, Any] = {"id": key, "type": kind}
        self._columns: dict[str, Column] = {}
        self._nested: dict[str, list[str]] = {}

    def keep(self, name: str, value: Any) -> None:
        """A member that is the same at all ticks."""
        self._constant[name] = value
        if "." in name:
            self._nest(name)

    def keep_column(self, name: str, column: Column) -> None:
        """A member that is not."""
        self._columns[name] = column
        if "." in name:
            self._nest(name)

    def _nest(self, name: str) -> None:
        self._nested.setdefault(name.partition(".")[0], []).append(name)

    def cuts(self, references: frozenset[str]) -> set[int]:
        """Ticks at which it comes or goes, or one of these members changes."""
        cuts = {self.start, self.stop}
        for name in references & self._columns.keys():
            steps = enumerate(pairwise(self._columns[name].values), self.start + 1)
            cuts |= {tick for tick, (one, other) in steps if one != other or type(one) is not type(other)}
        return cuts

    def may_be(self, name: str) -> bool:
        """A member that is a truth value is true at some tick."""
        return name in self._columns or self._constant.get(name) is True

    def names(self, member: str, other: "_Object") -> bool:
        """A member names another object, which is there as long as this one."""
        is_there = other.start <= self.start and self.stop <= other.stop
        return is_there and self._constant.get(member) == other._constant["id"]  # noqa: SLF001 - of its own kind

    def part(self, ticks: range, stamp: float | Column, references: frozenset[str]) -> dict[str, Any]:
        """The object in some of its ticks, in which none of the references changes."""
        report = {"timestamp": stamp, **self._constant}
        if len(ticks) == self.stop - self.start > 1 and not references & self._columns.keys():
            report |= self._columns
        else:
            report |= self._sliced(slice(ticks.start - self.start, ticks.stop - self.start), references)
        for outer, names in self._nested.items():
            report[outer] = {name[len(outer) + 1 :]: report.pop(name) for name in names if name in report}
        return report

    def _sliced(self, rows: slice, references: frozenset[str]) -> Iterator[tuple[str, Any]]:
        for name, column in self._columns.items():
            if rows.stop - rows.start > 1 and name not in references:
                yield name, Column(column.values[rows], column.kind, column.least, column.most)
            elif column.values[rows.start] is not None:
                yield name, column.values[rows.start]


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


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= STRING_MAX
