"""Numbers that may be one value or a whole column of them."""

import sys
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
Number: TypeAlias = float | FloatArray
"""One value or an array of values; arrays broadcast against each other."""

HUGE = sys.float_info.max
"""The largest finite number: a limit that only infinity and NaN break."""


def checked(name: str, value: Number, low: float = -HUGE, high: float = HUGE) -> Number:
    """Return `value` as one of numpy's floats or an array of them, if all of it is in [low, high].

    Raises:
        ValueError: a value is NaN, infinite or out of range; the message begins with `name`.
    """
    if isinstance(value, float) and low <= value <= high:
        return np.float64(value)  # making an array of one value costs more than the rest of the score
    array = np.asarray(value, dtype=np.float64)
    inside = (array >= low) & (array <= high)
    if not inside.all():
        culprit = float(array[~inside][0])
        raise ValueError(f"{name} {_requirement(low, high)}, not {culprit:g}")
    return array


def held(value: Number, low: float, high: float) -> Number:
    """Return the value, or the nearer end of [low, high] where it is outside."""
    if isinstance(value, float):
        return min(max(value, low), high)  # a tenth of what numpy takes for one value
    return np.clip(value, low, high)


def plain(array: Number) -> Number:
    """Return a Python float for a single value and the array itself for an array."""
    return float(array) if np.ndim(array) == 0 else array


def _requirement(low: float, high: float) -> str:
    if high < HUGE:
        return f"must be between {low:g} and {high:g}"
    return f"must be finite and at least {low:g}" if low > -HUGE else "must be finite"
