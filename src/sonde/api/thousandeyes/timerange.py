"""`window`, `from` and `to`: which rounds a request is about."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from sonde.model.errors import Invalid

UNITS: Mapping[str, int] = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
"""Seconds of each letter that `window` may end in."""

_WINDOW = re.compile(r"([0-9]{1,10})([smhdw]?)", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}", re.ASCII)


class TimeRange(msgspec.Struct, frozen=True, kw_only=True):
    """Epoch seconds, both ends included, `start` not after `end`."""

    start: int
    end: int


def read_time_range(query: Mapping[str, str], now: float) -> TimeRange | None:
    """Read the range a query asks for.

    Args:
        query: may hold `window`, or `from` with or without `to`.
        now: epoch seconds; the end of a window, and of a range without `to`.

    Returns:
        None when nothing was asked: the last round that has data is meant.

    Raises:
        Invalid: a value is malformed, or two of them contradict each other.
    """
    window, start, end = query.get("window"), query.get("from"), query.get("to")
    if window is not None:
        if start is not None or end is not None:
            raise Invalid("Give either window, or from and to.", field="window")
        return TimeRange(start=max(0, int(now) - _read_window(window)), end=int(now))
    if start is None:
        if end is not None:
            raise Invalid("A range that has an end needs a start: give from as well.", field="to")
        return None
    asked = TimeRange(
        start=_read_moment(start, "from"), end=int(now) if end is None else _read_moment(end, "to")
    )
    if asked.start > asked.end:
        raise Invalid("The range ends before it starts.", field="from")
    return asked


def show_moment(moment: float) -> str:
    """Write epoch seconds as this API does: `yyyy-MM-dd HH:mm:ss`, UTC, fractions cut off."""
    return datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%d %H:%M:%S")


def _read_window(text: str) -> int:
    found = _WINDOW.fullmatch(text)
    if not found:
        raise Invalid(
            f"Expected a number of seconds, or a number and one of s, m, h, d, w; got {text!r}.",
            field="window",
        )
    return int(found[1]) * UNITS[found[2]]


def _read_moment(text: str, field: str) -> int:
    """Epoch seconds of a moment; before 1970 there is nothing, so that is where such a range starts."""
    if _MOMENT.fullmatch(text):
        try:
            return max(0, int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()))
        except ValueError:
            pass
    raise Invalid(f"Expected a complete UTC time YYYY-mm-ddTHH:MM:SS, got {text!r}.", field=field)
