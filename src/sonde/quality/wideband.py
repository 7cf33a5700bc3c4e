"""The wideband E-model (ITU-T G.107.1, 06/2019 with Corrigendum 1): R from 0 to 129.

    R = 129 - Idte,WB - Idle,WB - Idd,WB - Ie,eff,WB + A

Symbols and units are those of the Recommendation (ms, percent, dB), as in `sonde.quality.emodel`. Noise,
loudness and sidetone have no place here: Is,WB is 0. The generalization of Ie,eff,WB to bursty loss is
that of G.107 and an extension of ours.
"""

import numpy as np

from sonde.quality import impairments
from sonde.quality.arrays import HUGE, FloatArray, Number, checked
from sonde.quality.scales import WIDEBAND, ScaledRating
from sonde.quality.wider import WiderInputs, check_inputs, column, robustness, single


class WidebandInputs(WiderInputs, frozen=True, kw_only=True):
    """The parameters of G.107.1 that are not fixed, with those that `WiderInputs` explains.

    Attributes:
        telr: talker echo loudness rating, dB, at least 0.
        wepl: weighted echo path loss, dB, at least 0.
        t: mean one-way delay of the echo path, ms.
        tr: round-trip delay in the four-wire loop, ms.
    """

    telr: Number = 65.0
    wepl: Number = 110.0
    t: Number = 0.0
    tr: Number = 0.0


def rate(inputs: WidebandInputs) -> ScaledRating[float]:
    """Rate one connection on the wideband scale.

    Returns:
        The rating with its components. `r` is their exact sum and may leave the scale by a little at the
        top or by much at the bottom; `WIDEBAND.hold` brings it back.

    Raises:
        ValueError: a parameter is NaN, infinite or impossible, or `bpl` is missing with loss; the message
            begins with the parameter's name.
        TypeError: a parameter is an array.
    """
    return single(WIDEBAND, _components(inputs))


def rate_arrays(inputs: WidebandInputs) -> ScaledRating[FloatArray]:
    """Rate many connections at once; arrays and single values broadcast against each other.

    Raises:
        ValueError: as `rate`, or the shapes do not broadcast.
    """
    return column(WIDEBAND, _components(inputs))


def talker_echo(*, telr: Number, t: Number) -> Number:
    """Idte,WB: hearing oneself `t` ms later; nothing within 1 ms, as in G.107.

    Roe,WB is 129, as Corrigendum 1 replaced the sum of noises that the text of 2019 left undefined.
    """
    k = 10 + 0.08 * np.minimum(t, 100.0)
    terv = telr + k - 40 * np.log10((1 + t / 10) / (1 + t / 150)) + 6 * np.exp(-0.3 * t**2)
    half = (WIDEBAND.ceiling - (80 + 3 * (terv - 14))) / 2
    echo = (half + np.sqrt(half**2 + 100) - 1) * (1 - np.exp(-t))
    idte: Number = np.where(t < 1, 0.0, echo)
    return idte


def _components(inputs: WidebandInputs) -> dict[str, Number]:
    x = check_inputs(WIDEBAND, inputs)
    telr, wepl = (checked(name, getattr(inputs, name), 0.0, 200.0) for name in ("telr", "wepl"))
    t, tr = (checked(name, getattr(inputs, name), 0.0, HUGE) for name in ("t", "tr"))
    ro, is_ = np.float64(WIDEBAND.ceiling), np.float64(0.0)
    # Only absurdly long delays overflow, and there infinity is the right limit of the terms concerned.
    with np.errstate(over="ignore"):
        idte = talker_echo(telr=telr, t=t)
        idle = impairments.listener_echo(ro=ro, wepl=wepl, tr=tr)
        idd = WIDEBAND.stretch * impairments.absolute_delay(ta=x.ta)
    ie_eff = impairments.equipment(ie=x.ie, bpl=robustness(x.bpl, x.ppl), ppl=x.ppl, burst_r=x.burst_r)
    r = ro - idte - idle - idd - ie_eff + x.a
    return {
        "ro": ro, "is_": is_, "idte": idte, "idle": idle, "idd": idd, "ie_eff": ie_eff, "a": x.a, "r": r,
    }  # fmt: skip
