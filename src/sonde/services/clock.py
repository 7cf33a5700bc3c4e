"""The time, as services take it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

Clock: TypeAlias = Callable[[], datetime]
"""Gives the present moment with its zone."""


def utc_now() -> datetime:
    """The present moment by this machine's clock."""
    return datetime.now(UTC)
