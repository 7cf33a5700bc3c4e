"""The vendor's units."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime.fromtimestamp(0, UTC)

MINUTE_DIGITS = 4
"""Places behind the point that the vendor gives minutes."""


def show_moment(moment: datetime) -> str:
    """A moment as in the vendor's answers: UTC, milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def show_minutes(minutes: float) -> float:
    """Minutes as in the vendor's answers."""
    return round(minutes, MINUTE_DIGITS)


def show_instant(nanoseconds: int) -> str:
    """Nanoseconds since the epoch as a moment of the vendor's answers."""
    return show_moment(EPOCH + timedelta(microseconds=nanoseconds // 1000))


def epoch_milliseconds(nanoseconds: int | None) -> float | None:
    """Nanoseconds since the epoch as milliseconds; None stays None."""
    return None if nanoseconds is None else nanoseconds / 10**6


def milliseconds(seconds: float) -> float:
    """Seconds as milliseconds."""
    return seconds * 1000


def percent(ratio: float) -> float:
    """A ratio as percent."""
    return ratio * 100


def show_duration(since: datetime, until: datetime) -> float:
    """The minutes between two moments, none when they are the other way round."""
    return show_minutes(max((until - since) / timedelta(minutes=1), 0.0))


def in_utc(moment: datetime | None) -> datetime | None:
    """A moment that a client gave; without an offset it is meant in UTC."""
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
