"""What stands at both ends of the network, and the rating of a stream between them on their scale.

A scoring model is a way to fill these `Ends`; from there on all models are the same arithmetic:

    Ta = delay + ends.delay    T = delay + ends.echo_delay    Tr = 2 T    Ppl = 100 missing
"""

import msgspec

from sonde.quality import emodel, fullband, impairments, wideband
from sonde.quality.arrays import FloatArray, Number
from sonde.quality.emodel import EmodelInputs, Rating
from sonde.quality.fullband import FullbandInputs
from sonde.quality.scales import FULLBAND, WIDEBAND, Scale
from sonde.quality.wideband import WidebandInputs
from sonde.quality.wider import robustness


class Ends(msgspec.Struct, frozen=True, kw_only=True):
    """Codec and buffers of a connection; each a single value or, for `rate_arrays`, an array.

    Attributes:
        scale: on which it is rated; `ie` and `bpl` belong to it.
        ie: equipment impairment factor of the codec.
        bpl: its robustness to packet loss; None when none is known, and then nothing may be missing.
        delay: seconds that both ends add to that of the network, from mouth to ear.
        echo_delay: how much of it an echo meets in each direction; without meaning on the fullband scale.
    """

    scale: Scale
    ie: Number
    bpl: Number | None
    delay: Number = 0.0
    echo_delay: Number = 0.0


def rate(ends: Ends, *, delay: float, missing: float, burst_r: float = 1.0) -> Rating[float]:
    """Rate one stream.

    Args:
        ends: single values only.
        delay: one-way delay of the network, seconds, at least 0.
        missing: packets lost or discarded, 0 to 1 of those sent.
        burst_r: burst ratio, at least 1.

    Raises:
        ValueError: a number is impossible, or packets are missing and `bpl` is; the message begins with
            the name of the E-model's parameter.
    """
    inputs = _inputs(ends, delay, missing, burst_r)
    if isinstance(inputs, EmodelInputs):
        return emodel.rate(inputs)
    return wideband.rate(inputs) if isinstance(inputs, WidebandInputs) else fullband.rate(inputs)


def rate_arrays(ends: Ends, *, delay: Number, missing: Number, burst_r: Number = 1.0) -> Rating[FloatArray]:
    """Rate many streams at once; arrays and single values broadcast against each other.

    Raises:
        ValueError: as `rate`, or the shapes do not broadcast.
    """
    inputs = _inputs(ends, delay, missing, burst_r)
    if isinstance(inputs, EmodelInputs):
        return emodel.rate_arrays(inputs)
    return (
        wideband.rate_arrays(inputs) if isinstance(inputs, WidebandInputs) else fullband.rate_arrays(inputs)
    )


def equipment(ends: Ends, *, missing: Number, burst_r: Number = 1.0) -> Number:
    """Ie,eff alone, unchecked: what codec and loss cost on the scale of the ends."""
    law = fullband.equipment if ends.scale is FULLBAND else impairments.equipment
    ppl = 100 * missing
    return law(ie=ends.ie, bpl=robustness(ends.bpl, ppl), ppl=ppl, burst_r=burst_r)


def _inputs(
    ends: Ends, delay: Number, missing: Number, burst_r: Number
) -> EmodelInputs | WidebandInputs | FullbandInputs:
    ta, t, ppl = 1000 * (delay + ends.delay), 1000 * (delay + ends.echo_delay), 100 * missing
    if ends.scale is FULLBAND:
        return FullbandInputs(ta=ta, ie=ends.ie, bpl=ends.bpl, ppl=ppl, burst_r=burst_r)
    bpl = robustness(ends.bpl, ppl)
    make = WidebandInputs if ends.scale is WIDEBAND else EmodelInputs
    return make(ta=ta, t=t, tr=2 * t, ie=ends.ie, bpl=bpl, ppl=ppl, burst_r=burst_r)
