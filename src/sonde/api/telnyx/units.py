"""The vendor's units."""

from datetime import timedelta


def microseconds(nanoseconds: int) -> timedelta:
    """Nanoseconds as a time, to the microsecond."""
    return timedelta(microseconds=nanoseconds // 1000)


def milliseconds(seconds: float) -> float:
    """Seconds in milliseconds, without the last digits that multiplying makes up."""
    return round(seconds * 1000, 10)


def epoch_milliseconds(nanoseconds: int) -> float:
    """Nanoseconds since the epoch in milliseconds."""
    return nanoseconds / 10**6
