"""Values of clients read into ours: types checked, ranges held, units made SI.

A reader answers None where the value says nothing, such as a time of 0, and raises ValueError where the
value is not what it should be.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias, TypeGuard

import msgspec

Value: TypeAlias = int | float | str | bool

LARGEST_COUNT: Final = (1 << 63) - 1
"""What a column of 64 bits can hold."""

NUMBERS: Final = frozenset((int, float))
"""Types of a number; a bool is none here."""

LONGEST_TEXT: Final = 1024
"""Characters of a name, an address or a codec's parameters."""

LATEST: Final = 1 << 62
"""Nanoseconds since the epoch that no time exceeds: the year 2116."""

NANOSECONDS_PER_MICROSECOND: Final = 1_000
NANOSECONDS_PER_MILLISECOND: Final = 1_000_000

LATEST_MILLISECOND: Final = LATEST // NANOSECONDS_PER_MILLISECOND - 1
"""Milliseconds since the epoch, a little before that."""

NTP_TO_UNIX: Final = 2_208_988_800_000
"""Milliseconds from 1900, where NTP counts from, to 1970."""

EARLIEST_NTP: Final = 2_900_000_000_000
"""Milliseconds above which a time of playout counts from 1900; from 1970 it would be the year 2061."""


_NUMERIC: Final = frozenset((int, float))
_REFUSED: Final = object()


class Column(msgspec.Struct, frozen=True):
    """What one member was in several reports, one after the other.

    Attributes:
        values: one for each report; None where it was not there.
        kind: `int` or `float` when all of them are; None when they may be anything.
        least, most: bounds of numbers.
    """

    values: list[Any]
    kind: type | None = None
    least: float = 0
    most: float = 0


class Reader(msgspec.Struct, frozen=True):
    """One kind of value.

    Attributes:
        expected: what it should be, with an article, for the notes.
        read: answers the value, or None when it says nothing. Raises ValueError.
        plain, least, most: values of just this type between the two are read as they are, which is what
            most are and saves a call.
    """

    expected: str
    read: Callable[[object], Value | None]
    plain: type | None = None
    least: float = 0
    most: float = LARGEST_COUNT

    def read_column(self, column: Column) -> tuple[list[Value | None], int]:
        """The values of a column, None for those that say nothing; and how many are not as they should be."""
        values, kind = column.values, column.kind
        if kind is not None and self.plain in _NUMERIC and self.least <= column.least:
            if kind is self.plain and column.most <= self.most:
                return values, 0
            if kind is int and column.most <= self.most:
                return list(map(float, values)), 0
        read = [self._read_or_refuse(value) for value in values]
        return [None if value is _REFUSED else value for value in read], read.count(_REFUSED)

    def _read_or_refuse(self, value: object) -> Any:
        try:
            return None if value is None else self.read(value)
        except ValueError:
            return _REFUSED


def whole(low: int, high: int, expected: str) -> Reader:
    """A reader of whole numbers in [low, high]; 7.0 is one."""

    def read(value: object) -> int:
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is not int or not low <= value <= high:
            raise ValueError(expected)
        return value

    return Reader(expected, read, int, low, high)


def is_number(value: object) -> TypeGuard[int | float]:
    """It is a number, and one that a double and 64 bits hold: no truth value, NaN or infinity."""
    return type(value) in NUMBERS and -LARGEST_COUNT <= value <= LARGEST_COUNT  # type: ignore[operator]


def _number(value: object) -> float:
    if not is_number(value):
        raise ValueError("a number")
    return float(value)


def _amount(value: object) -> float:
    if not is_number(value) or value < 0:
        raise ValueError("a number from 0 on")
    return float(value)


def _milliseconds(value: object) -> float:
    return _amount(value) / 1000


def _kilobits(value: object) -> float:
    return _amount(value) * 1000


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")  # noqa: TRY004  every reader refuses in the same way
    return value


def _text(value: object) -> str | None:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise ValueError("a text")
    return clean(value) or None


def _name(value: object) -> str | None:
    return _text(str(value) if type(value) is int and 0 <= value < LATEST else value)


def _instant(value: object) -> int | None:
    if type(value) is float and 1 <= value < LATEST_MILLISECOND:
        return round(value * 1000) * NANOSECONDS_PER_MICROSECOND
    return instant(_amount(value))


def _playout(value: object) -> int | None:
    milliseconds = _amount(value)
    return instant(milliseconds - NTP_TO_UNIX if milliseconds > EARLIEST_NTP else milliseconds)


def _screen(value: object) -> str | None:
    return "screen" if _text(value) == "screenshare" else None


COUNT: Final = whole(0, LARGEST_COUNT, "a count")
SIGNED_COUNT: Final = whole(-LARGEST_COUNT, LARGEST_COUNT, "a whole number")
SSRC: Final = whole(0, 0xFFFF_FFFF, "an SSRC")
PORT: Final = whole(0, 0xFFFF, "a port")
PAYLOAD_TYPE: Final = whole(0, 127, "a payload type")
LEVEL: Final = Reader("a number", _number, float, -LARGEST_COUNT)
AMOUNT: Final = Reader("a number from 0 on", _amount, float)
MILLISECONDS: Final = Reader("milliseconds from 0 on", _milliseconds)
"""Becomes seconds."""

KILOBITS: Final = Reader("kbit/s from 0 on", _kilobits)
"""Becomes bit/s."""

FLAG: Final = Reader("true or false", _flag, bool)
TEXT: Final = Reader(f"a text of at most {LONGEST_TEXT} characters", _text)
NAME: Final = Reader(f"a text of at most {LONGEST_TEXT} characters", _name)
"""A text that webrtc-internals writes as a number where it looks like one."""

INSTANT: Final = Reader("milliseconds since 1970", _instant)
PLAYOUT: Final = Reader("milliseconds since 1900", _playout)
CONTENT: Final = Reader("a content type", _screen)


def instant(milliseconds: float) -> int | None:
    """Nanoseconds since the epoch, in whole microseconds; None for 0, with which clients say never.

    A double that holds a time of today is exact to a quarter of a microsecond, and no browser says more.

    Raises:
        ValueError: before 1970 or after 2116.
    """
    nanoseconds = round(milliseconds * 1000) * NANOSECONDS_PER_MICROSECOND
    if not 0 <= nanoseconds < LATEST:
        raise ValueError("a time between 1970 and 2116")
    return nanoseconds or None


def read_instant(value: object) -> int | None:
    """Milliseconds since 1970 as nanoseconds; None for all that is no such time."""
    try:
        return _instant(value)
    except ValueError:
        return None


def read_moment(value: object) -> int | None:
    """Milliseconds since 1970, or a time as in RFC 3339, as nanoseconds; None for all that is no time."""
    if not isinstance(value, str):
        return read_instant(value)
    try:
        moment = datetime.fromisoformat(value[:40])
    except ValueError:
        return None
    return read_instant(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000)


def read_text(value: object, limit: int = LONGEST_TEXT) -> str:
    """A text, cut to so many characters; empty for all that is none."""
    return clean(value[:limit]) if isinstance(value, str) else ""


def clean(text: str) -> str:
    """The text without halves of surrogate pairs, which nothing can encode."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
