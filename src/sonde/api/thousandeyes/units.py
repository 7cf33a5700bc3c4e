"""The vendor's units: the only arithmetic of this API."""

from datetime import UTC, datetime


def to_percent(ratio: float) -> float:
    """A ratio as percent, to a millionth of a percent: a double's own dust is cut off."""
    return round(ratio * 100, 6)


def to_milliseconds(seconds: float) -> float:
    """Seconds as milliseconds, to the nanosecond that stamps are made in."""
    return round(seconds * 1000, 6)


def to_cut_milliseconds(seconds: float) -> int:
    """Seconds as milliseconds with the fraction cut off, as the vendor prints latency."""
    return int(to_milliseconds(seconds))


def to_rounded_milliseconds(seconds: float) -> int:
    """Seconds as the nearest whole milliseconds."""
    return round(to_milliseconds(seconds))


def to_seconds(milliseconds: float) -> float:
    """Milliseconds as seconds."""
    return milliseconds / 1000


def to_six_decimals(mos: float) -> float:
    """A MOS with the most decimals the vendor prints."""
    return round(mos, 6)


def to_epoch_milliseconds(moment: datetime) -> int:
    """A moment as milliseconds since 1970."""
    return int(moment.timestamp() * 1000)


def whole_if_possible(number: float) -> int | float:
    """A number without its fraction, when that is zero."""
    return int(number) if number == int(number) else number


def show_moment(moment: float) -> str:
    """Epoch seconds as version 6 writes them: `yyyy-MM-dd HH:mm:ss`, UTC, fractions cut off."""
    return datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%d %H:%M:%S")


def show_iso_moment(moment: float) -> str:
    """Epoch seconds as version 7 writes them: `yyyy-MM-ddTHH:mm:ssZ`, fractions cut off."""
    return datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
