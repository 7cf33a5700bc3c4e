"""The vendor's units: milliseconds, whole bits per second, moments in milliseconds."""

from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MOMENT_MAX: Final = 253_402_300_799_999
"""The last millisecond of the year 9999."""


def milliseconds(seconds: float | None) -> float | None:
    """Seconds in milliseconds, without the last digits that multiplying makes up."""
    return None if seconds is None else round(seconds * 1000, 10)


def whole(rate: float | None) -> int | None:
    """A rate of bit/s without a fraction."""
    return None if rate is None else round(rate)


def mean_rate(rate: float | None) -> float | None:
    """A rate of bit/s over several people, with the fraction that it has."""
    return None if rate is None else round(rate, 2)


def moment_of(milliseconds_since_epoch: int) -> datetime:
    """A moment as callers give it."""
    return EPOCH + timedelta(milliseconds=milliseconds_since_epoch)


def show_moment(moment: datetime) -> str:
    """A moment as the vendor writes it: UTC, to the millisecond, with a `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def show_nanoseconds(nanoseconds: int) -> str:
    """The same of nanoseconds since the epoch."""
    return show_moment(EPOCH + timedelta(microseconds=nanoseconds // 1000))
