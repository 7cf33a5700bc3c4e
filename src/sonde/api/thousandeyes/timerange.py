"""`window`, or a start and an end: which rounds a request is about."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import msgspec

from sonde.model.errors import Invalid

UNITS: Mapping[str, int] = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
"""Seconds of each letter that `window` may end in."""

_WINDOW = re.compile(r"([0-9]{1,10})([smhdw]?)", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}", re.ASCII)
_ISO_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})?", re.ASCII)


class TimeRange(msgspec.Struct, frozen=True, kw_only=True):
    """Epoch seconds, both ends included, `start` not after `end`."""

    start: int
    end: int


class RangeNames(msgspec.Struct, frozen=True, kw_only=True):
    """How a version spells a range.

    Attributes:
        start, end: names of its parameters.
        read: reads one of them, given its name for complaints, as epoch seconds.
    """

    start: str
    end: str
    read: Callable[[str, str], int]


def read_time_range(query: Mapping[str, str], now: float, names: RangeNames) -> TimeRange | None:
    """Read the range a query asks for.

    Args:
        query: may hold `window`, or a start with or without an end.
        now: epoch seconds; the end of a window, and of a range without an end.
        names: how the range is spelled.

    Returns:
        None when nothing was asked: the last round that has data is meant.

    Raises:
        Invalid: a value is malformed, or two of them contradict each other.
    """
    window, start, end = query.get("window"), query.get(names.start), query.get(names.end)
    if window is not None:
        if start is not None or end is not None:
            raise Invalid(f"Give either window, or {names.start} and {names.end}.", field="window")
        return TimeRange(start=max(0, int(now) - _read_window(window)), end=int(now))
    if start is None:
        if end is not None:
            raise Invalid(
                f"A range that has an end needs a start: give {names.start} as well.", field=names.end
            )
        return None
    asked = TimeRange(
        start=names.read(start, names.start), end=int(now) if end is None else names.read(end, names.end)
    )
    if asked.start > asked.end:
        raise Invalid("The range ends before it starts.", field=names.start)
    return asked


def read_moment(text: str, field: str) -> int:
    """Read a moment of version 6, `YYYY-mm-ddTHH:MM:SS` in UTC; a space may stand for the T.

    Before 1970 there is nothing, so that is where such a range starts.

    Raises:
        Invalid: it is anything else.
    """
    if _MOMENT.fullmatch(text):
        try:
            return max(0, int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()))
        except ValueError:
            pass
    raise Invalid(f"Expected a complete UTC time YYYY-mm-ddTHH:MM:SS, got {text!r}.", field=field)


def read_iso_moment(text: str, field: str) -> int:
    """Read a moment of version 7, a complete ISO 8601 time; without a zone it is in UTC.

    Raises:
        Invalid: it is anything else.
    """
    # A plus sign that was not escaped arrives as a space.
    if _ISO_MOMENT.fullmatch(text := text.replace(" ", "+")):
        try:
            moment = datetime.fromisoformat(text)
            return max(0, int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()))
        except (ValueError, OverflowError):
            pass
    raise Invalid(
        f"Expected a complete ISO 8601 time such as 2026-01-31T12:00:00Z, got {text!r}.", field=field
    )


V6_RANGE = RangeNames(start="from", end="to", read=read_moment)
V7_RANGE = RangeNames(start="startDate", end="endDate", read=read_iso_moment)


def _read_window(text: str) -> int:
    found = _WINDOW.fullmatch(text)
    if not found:
        raise Invalid(
            f"Expected a number of seconds, or a number and one of s, m, h, d, w; got {text!r}.",
            field="window",
        )
    return int(found[1]) * UNITS[found[2]]
