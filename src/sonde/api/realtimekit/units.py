"""The vendor's units."""

from datetime import UTC, datetime

MINUTE_DIGITS = 4
"""Places behind the point that the vendor gives minutes."""


def show_moment(moment: datetime) -> str:
    """A moment as in the vendor's answers: UTC, milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def show_minutes(minutes: float) -> float:
    """Minutes as in the vendor's answers."""
    return round(minutes, MINUTE_DIGITS)
