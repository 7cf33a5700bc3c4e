"""What the wideband and the fullband E-model share: their inputs from the network and the codec."""

from collections.abc import Mapping

import msgspec
import numpy as np

from sonde.quality.arrays import HUGE, FloatArray, Number, checked
from sonde.quality.scales import Scale, ScaledRating


class WiderInputs(msgspec.Struct, frozen=True, kw_only=True):
    """Delay, codec and loss; each a single value or, for `rate_arrays`, an array.

    Attributes:
        ta: absolute one-way delay, mouth to ear, ms.
        ie: Ie of the codec on this scale, at most the scale's worst equipment.
        bpl: Bpl of the codec on this scale, above 0; None when there is none, and then nothing may be lost.
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


def check_inputs(scale: Scale, inputs: WiderInputs) -> WiderInputs:
    """The inputs as numpy's numbers; `bpl` is left to `robustness`.

    Raises:
        ValueError: a parameter is NaN, infinite or impossible; the message begins with its name.
    """
    return WiderInputs(
        ta=checked("ta", inputs.ta, 0.0, HUGE),
        ie=checked("ie", inputs.ie, -scale.worst_equipment, scale.worst_equipment),
        bpl=inputs.bpl,
        ppl=checked("ppl", inputs.ppl, 0.0, 100.0),
        burst_r=checked("burst_r", inputs.burst_r, 1.0, 1e6),
        a=checked("a", inputs.a, 0.0, 100.0),
    )


def robustness(bpl: Number | None, ppl: Number) -> Number:
    """Return a Bpl to compute with, though none may be known as long as nothing is lost.

    Raises:
        ValueError: `bpl` is missing and there is loss, or out of range.
    """
    if bpl is None:
        if np.any(ppl):
            raise ValueError("bpl must be given when packets are lost")
        return np.float64(1.0)
    return checked("bpl", bpl, 1e-3, 1e6)


def single(scale: Scale, components: Mapping[str, Number]) -> ScaledRating[float]:
    """Make the rating of one connection.

    Raises:
        TypeError: a component is an array.
    """
    return ScaledRating(scale=scale.name, **{name: float(value) for name, value in components.items()})


def column(scale: Scale, components: Mapping[str, Number]) -> ScaledRating[FloatArray]:
    """Make the rating of many connections, every component of the common shape.

    Raises:
        ValueError: the shapes do not broadcast.
    """
    arrays = np.broadcast_arrays(*components.values())
    return ScaledRating(scale=scale.name, **dict(zip(components, arrays, strict=True)))
