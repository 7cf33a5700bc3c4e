"""Nanoseconds in, seconds out: the two units of this room and the way between them."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Integers: TypeAlias = npt.NDArray[np.int64]
"""Whole numbers: packet indexes, or times and time differences in nanoseconds."""

NANOSECONDS_PER_SECOND = 1_000_000_000


def to_seconds(nanoseconds: float) -> float:
    """A duration in seconds."""
    return nanoseconds / NANOSECONDS_PER_SECOND


def to_nanoseconds(seconds: float) -> int:
    """A duration in nanoseconds, rounded to the nearest one."""
    return round(seconds * NANOSECONDS_PER_SECOND)
