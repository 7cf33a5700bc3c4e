"""Statistics objects in columns: each member once, as a value or as a list with differences."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

Scalar: TypeAlias = str | bool | int | float
Values: TypeAlias = Mapping[str, Scalar]

_MICRO: Final = 10**6

_WHOLE: Final = 2**30
"""From here on the format has no decimals."""

_EXACT: Final = 2**53
"""From here on numbers have gaps."""


def rounded(value: float) -> float:
    """A number as the format can carry it: six decimals, and whole from 2^30 on."""
    return round(value, 6) if abs(value) < _WHOLE else round(value)


def column(entries: Sequence[Scalar | None]) -> Any:
    """The value that holds for all ticks, or one entry per tick, numbers as differences.

    Args:
        entries: one per tick; None where the member was not there.
    """
    if entries.count(entries[0]) == len(entries):
        return entries[0]
    last: int | float | None = None
    written = list[Scalar | None]()
    for entry in entries:
        if entry is None or isinstance(entry, str | bool):
            written.append(entry)
            continue
        step = entry if last is None else _difference(entry, last)
        written.append(step)
        last = last if step is None else entry
    return written


class Columns:
    """The ticks of one connection since the last batch."""

    def __init__(self) -> None:
        self._at: list[int] = []
        self._runs: list[tuple[str, str, int, list[Values]]] = []
        self._open: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._at)

    def add(self, at: int, objects: Mapping[str, tuple[str, Values]]) -> None:
        """Adds a tick.

        Args:
            at: microseconds since the epoch.
            objects: type and members by id; members that are not there are left out.
        """
        tick = len(self._at)
        self._at.append(at)
        for key, (kind, values) in objects.items():
            run = self._runs[self._open[key]] if key in self._open else None
            if run is None or run[1] != kind or run[2] + len(run[3]) != tick:
                run = (key, kind, tick, [])
                self._open[key] = len(self._runs)
                self._runs.append(run)
            run[3].append(values)

    def describe(self) -> dict[str, Any]:
        """What `at` and `stats` of a connection say."""
        steps = [now - before for before, now in zip([0, *self._at], self._at, strict=False)]
        return {"at": steps, "stats": [self._entry(*run) for run in self._runs]}

    def _entry(self, key: str, kind: str, start: int, rows: list[Values]) -> dict[str, Any]:
        names = dict.fromkeys(name for row in rows for name in row)
        entry: dict[str, Any] = {"id": key, "type": kind}
        if start:
            entry["from"] = start
        if start + len(rows) < len(self._at):
            entry["to"] = start + len(rows)
        return entry | {"values": {name: column([row.get(name) for row in rows]) for name in names}}


def _difference(value: float, last: float) -> int | float | None:
    """What leads from one number to the other without the error of binary fractions; None if nothing does."""
    if abs(value) < _WHOLE and abs(last) < _WHOLE:
        millionths = round(value * _MICRO) - round(last * _MICRO)
        whole, rest = divmod(millionths, _MICRO)
        return millionths / _MICRO if rest else whole
    step = value - last
    return int(step) if abs(step) < _EXACT and step % 1 == 0 else None
