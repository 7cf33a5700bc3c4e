"""The fullband E-model (ITU-T G.107.2) without its echo part: R from 0 to 148.

    R = 148 - Idd,FB - Ie,eff,FB + A

It is meant for connections without audible echo; `idte` and `idle` of its ratings are 0 by definition.
Delay and loss follow the only implementation known to us, with the bursty loss of G.107.
"""

import msgspec
import numpy as np

from sonde.quality import impairments
from sonde.quality.arrays import HUGE, FloatArray, Number, checked
from sonde.quality.scales import FULLBAND, ScaledRating, column, robustness, single


class FullbandInputs(msgspec.Struct, frozen=True, kw_only=True):
    """What the fullband model needs; each a single value or, for `rate_arrays`, an array.

    Attributes:
        ta: absolute one-way delay, mouth to ear, ms.
        ie: Ie,fb of the codec, at most 132.
        bpl: Bpl,fb of the codec, above 0; None when there is none, and then nothing may be lost.
        ppl: packet-loss probability, percent, late packets included.
        burst_r: burst ratio, at least 1.
        a: advantage factor; 0 when the purpose is to measure.
    """

    ta: Number = 0.0
    ie: Number = 0.0
    bpl: Number | None = None
    ppl: Number = 0.0
    burst_r: Number = 1.0
    a: Number = 0.0


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
    ta = checked("ta", inputs.ta, 0.0, HUGE)
    ie = checked("ie", inputs.ie, -FULLBAND.worst_equipment, FULLBAND.worst_equipment)
    ppl = checked("ppl", inputs.ppl, 0.0, 100.0)
    burst_r = checked("burst_r", inputs.burst_r, 1.0, 1e6)
    a = checked("a", inputs.a, 0.0, 100.0)
    ro, none = np.float64(FULLBAND.ceiling), np.float64(0.0)
    # Only absurdly long delays overflow, and there infinity is the right limit of the terms concerned.
    with np.errstate(over="ignore"):
        idd = FULLBAND.stretch * impairments.absolute_delay(ta=ta)
    ie_eff = equipment(ie=ie, bpl=robustness(inputs.bpl, ppl), ppl=ppl, burst_r=burst_r)
    r = ro - idd - ie_eff + a
    return {
        "ro": ro, "is_": none, "idte": none, "idle": none, "idd": idd, "ie_eff": ie_eff, "a": a, "r": r,
    }  # fmt: skip
