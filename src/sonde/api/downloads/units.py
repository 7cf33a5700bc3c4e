"""Times as RealtimeKit's files write them."""

from datetime import UTC, datetime


def iso_milliseconds(moment: datetime) -> str:
    """A moment as JavaScript writes it: `2026-07-29T08:00:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def milliseconds(seconds: float) -> int:
    """Whole milliseconds."""
    return round(seconds * 1000)


def clock_time(seconds: float, *, mark: str) -> str:
    """A time as captions write it: `01:02:03,004` with a comma as mark; the hours may have more digits."""
    whole, rest = divmod(milliseconds(seconds), 1000)
    minutes, second = divmod(whole, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02}:{minute:02}:{second:02}{mark}{rest:03}"
