"""From the rating R of the E-model to mean opinion scores and back (ITU-T G.107 Annex B and Appendix I).

All functions are for the narrowband scale, R 0 to 100 and MOS 1 to 4.5, and take single values or arrays.
"""

import math
from typing import overload

import numpy as np

from sonde.quality.arrays import FloatArray, Number, checked, held, plain

MOS_MIN = 1.0
MOS_MAX = 4.5


@overload
def r_to_mos(r: float) -> float: ...
@overload
def r_to_mos(r: FloatArray) -> FloatArray: ...
def r_to_mos(r: Number) -> Number:
    """Estimated conversational MOS for a rating (Annex B).

    The raw polynomial: between R 0 and 6.5 it dips below 1, to 0.988 at the lowest. Raise it to
    `MOS_MIN` before showing it to anyone.

    Args:
        r: any finite number; below 0 counts as 0 and above 100 as 100.

    Raises:
        ValueError: `r` is NaN or infinite.
    """
    x = held(checked("r", r), 0.0, 100.0)
    return plain(1 + 0.035 * x + x * (x - 60) * (100 - x) * 7e-6)


@overload
def mos_to_r(mos: float) -> float: ...
@overload
def mos_to_r(mos: FloatArray) -> FloatArray: ...
def mos_to_r(mos: Number) -> Number:
    """Rating that gives a MOS, the inverse of `r_to_mos` for R from 6.52 to 100 (Appendix I).

    Args:
        mos: 1 to 4.5. A MOS of 1 comes back as 6.52, the largest rating that gives it.

    Raises:
        ValueError: `mos` is NaN or off the scale.
    """
    m = checked("mos", mos, MOS_MIN, MOS_MAX)
    root = np.sqrt(-903522 + 1113960 * m - 202500 * m**2)
    # With atan instead of atan2 every MOS above 2.75 would land on the wrong branch.
    h = np.arctan2(15 * root, 18566 - 6750 * m) / 3
    return plain(20 / 3 * (8 - math.sqrt(226) * np.cos(h + math.pi / 3)))


@overload
def good_or_better(r: float) -> float: ...
@overload
def good_or_better(r: FloatArray) -> FloatArray: ...
def good_or_better(r: Number) -> Number:
    """Share (0 to 1) of listeners who would call the connection good or excellent (Annex B, GoB).

    Raises:
        ValueError: `r` is NaN or infinite.
    """
    return _normal((checked("r", r) - 60) / 16)


@overload
def poor_or_worse(r: float) -> float: ...
@overload
def poor_or_worse(r: FloatArray) -> FloatArray: ...
def poor_or_worse(r: Number) -> Number:
    """Share (0 to 1) of listeners who would call the connection poor or bad (Annex B, PoW).

    Raises:
        ValueError: `r` is NaN or infinite.
    """
    return _normal((45 - checked("r", r)) / 16)


_erfc = np.vectorize(math.erfc, otypes=[np.float64])


def _normal(x: Number) -> Number:
    """Cumulative standard normal distribution."""
    return plain(_erfc(-x / math.sqrt(2)) / 2)
