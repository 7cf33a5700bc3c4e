"""The simplified E-model of Cole and Rosenbluth (2001), which most other software uses for voice over IP.

    R = 93.2 - 0.024 d - 0.11 (d - 177.3) H(d - 177.3) - Ie,eff

H is 1 for positive arguments, else 0. No score of ours uses it; it is here to compare with those of others.
"""

import numpy as np

from sonde.quality.arrays import HUGE, Number, checked, plain

BEST = 93.2
KNEE = 177.3
"""One-way delay in ms from which conversation suffers."""


def delay_impairment(delay: Number) -> Number:
    """Id of a one-way delay in ms, echo and conversation together.

    Raises:
        ValueError: `delay` is NaN, infinite or negative.
    """
    d = checked("delay", delay, 0.0, HUGE)
    return plain(0.024 * d + 0.11 * np.maximum(d - KNEE, 0.0))


def rating(*, delay: Number, ie_eff: Number = 0.0) -> Number:
    """R on the narrowband scale, not held within it.

    Args:
        delay: one-way, ms.
        ie_eff: what codec and loss cost, points of R.

    Raises:
        ValueError: `delay` is NaN, infinite or negative, or `ie_eff` NaN or infinite.
    """
    return plain(BEST - delay_impairment(delay) - checked("ie_eff", ie_eff))
