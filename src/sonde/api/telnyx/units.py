"""The vendor's units."""

from datetime import timedelta


def microseconds(nanoseconds: int) -> timedelta:
    """Nanoseconds as a time, to the microsecond."""
    return timedelta(microseconds=nanoseconds // 1000)
