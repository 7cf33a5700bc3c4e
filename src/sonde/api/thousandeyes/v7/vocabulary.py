"""What strict clients of version 7 can read of a test, and what they are given instead of the rest. Pure.

The vendor's SDK fails on a whole list for one interval, duration or port outside of its own.
"""

from typing import Final

from msgspec import UNSET, UnsetType

INTERVALS: Final = (60, 120, 300, 600, 900, 1800, 3600)
"""Seconds between rounds that version 7 has."""

UNKNOWN_INTERVAL: Final = 11184809
"""Its own mark for an interval it does not know; an interval is required, so it cannot be left out."""

DURATIONS: Final = range(5, 31)
"""Seconds of a stream that version 7 has."""

PORTS: Final = range(1024, 65536)
"""Ports that version 7 has."""


def shown_interval(interval: int) -> int:
    """An interval, or the mark for one that is not known."""
    return interval if interval in INTERVALS else UNKNOWN_INTERVAL


def shown_if_known(number: int, known: range) -> int | UnsetType:
    """A number, or nothing when it is not known."""
    return number if number in known else UNSET
