"""The fullband E-model (ITU-T G.107.2) without its echo part: R from 0 to 148.

    R = 148 - Idd,FB - Ie,eff,FB + A

It is meant for connections without audible echo; `idte` and `idle` of its ratings are 0 by definition.
Delay and loss follow the only implementation known to us, with the bursty loss of G.107.
"""

import numpy as np

from sonde.quality import impairments
from sonde.quality.arrays import FloatArray, Number
from sonde.quality.scales import FULLBAND, ScaledRating
from sonde.quality.wider import WiderInputs, check_inputs, column, robustness, single


class FullbandInputs(WiderInputs, frozen=True, kw_only=True):
    """The parameters of G.107.2 without echo."""


def rate(inputs: FullbandInputs) -> ScaledRating[float]:
    """Rate one connection on the fullband scale.

    Returns:
        The rating with its components. `r` is their exact sum; `FULLBAND.hold` brings it onto the scale.

    Raises:
        ValueError: a parameter is NaN, infinite or impossible, or `bpl` is missing with loss; the message
            begins with the parameter's name.
        TypeError: a parameter is an array.
    """
    return single(FULLBAND, _components(inputs))


def rate_arrays(inputs: FullbandInputs) -> ScaledRating[FloatArray]:
    """Rate many connections at once; arrays and single values broadcast against each other.

    Raises:
        ValueError: as `rate`, or the shapes do not broadcast.
    """
    return column(FULLBAND, _components(inputs))


def equipment(*, ie: Number, bpl: Number, ppl: Number, burst_r: Number = 1.0) -> Number:
    """Ie,eff,FB: what the codec costs at `ppl` percent of loss; like G.107, but approaching 132."""
    return ie + (FULLBAND.worst_equipment - ie) * ppl / (ppl / burst_r + bpl)


def _components(inputs: FullbandInputs) -> dict[str, Number]:
    x = check_inputs(FULLBAND, inputs)
    ro, none = np.float64(FULLBAND.ceiling), np.float64(0.0)
    # Only absurdly long delays overflow, and there infinity is the right limit of the terms concerned.
    with np.errstate(over="ignore"):
        idd = FULLBAND.stretch * impairments.absolute_delay(ta=x.ta)
    ie_eff = equipment(ie=x.ie, bpl=robustness(x.bpl, x.ppl), ppl=x.ppl, burst_r=x.burst_r)
    r = ro - idd - ie_eff + x.a
    return {
        "ro": ro, "is_": none, "idte": none, "idle": none, "idd": idd, "ie_eff": ie_eff, "a": x.a, "r": r,
    }  # fmt: skip
