"""Which impairment took how many points: the way from the top of the scale down to R, and to the MOS.

The impairments of the E-model add up, so each takes what it takes in whatever order one removes them. The
one exception is Ie,eff, which mixes codec and loss. There the loss is removed first: `codec` is Ie, which
remains on a perfect network, and `loss` is Ie,eff - Ie, which a perfect network would give back.

MOS is no sum. Its points are what is missing to 4.5, the MOS at the top of every scale, shared out as the
points of R are: whoever took a third of the points of R took a third of those of MOS.
"""

from collections.abc import Mapping
from math import inf
from typing import Any, Final, Generic, TypeVar

import msgspec
import numpy as np

from sonde.quality.arrays import FloatArray, Number, plain
from sonde.quality.emodel import Rating
from sonde.quality.mos import MOS_MAX, MOS_MIN
from sonde.quality.scales import SCALES, scale_of

TOLERANCE: Final = 1e-6
"""Points by which a rating may differ from the sum of its components before it is refused."""

GRAIN: Final = 2.0**-47
"""Points, some 7e-15: what separates two numbers between 32 and 64, and divides every ceiling - r."""

MOS_GRAIN: Final = 2.0**-51
"""The same for the MOS: divides every 4.5 - MOS."""

T = TypeVar("T", float, FloatArray)


class Attribution(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """Points of R by impairment; below 0 where something is better than the model's reference.

    Attributes:
        scale: name of the scale; points of different scales must not be compared.
        ceiling: top of the scale, from which the points are counted.
        r: what is left, not held within the scale.
        basic: noise, loudness, sidetone and quantizing: ceiling - Ro + Is; 0 on the wider scales.
        talker_echo: Idte.
        listener_echo: Idle.
        delay: Idd.
        codec: Ie.
        loss: Ie,eff - Ie, packets lost and discarded.
        advantage: -A, never above 0; 0 when measuring.
    """

    scale: str
    ceiling: float
    r: T
    basic: T
    talker_echo: T
    listener_echo: T
    delay: T
    codec: T
    loss: T
    advantage: T

    @property
    def points(self) -> dict[str, T]:
        """Points of R by impairment; `math.fsum` of them is exactly `ceiling - r`."""
        return {name: getattr(self, name) for name in self.__struct_fields__[3:]}

    @property
    def mos(self) -> Number:
        """The MOS of `r`, 1 to 4.5."""
        return plain(np.maximum(SCALES[self.scale].mos(self.r), MOS_MIN))

    @property
    def mos_points(self) -> dict[str, T]:
        """Points of MOS by impairment, in proportion to those of R; `math.fsum` is exactly 4.5 - `mos`."""
        points = np.stack(np.broadcast_arrays(*self.points.values()))
        missing = MOS_MAX - np.asarray(self.mos)
        whole = points.sum(axis=0)
        # Where nothing is missing in all, no share of it is either.
        share = np.divide(missing, whole, out=np.zeros_like(whole), where=whole > TOLERANCE)
        return balance(dict(zip(self.points, points * share, strict=True)), missing, MOS_GRAIN)


def attribute(rating: Rating[T], *, ie: T) -> Attribution[T]:
    """Say where the points between the top of the scale and R went.

    Args:
        rating: of one connection or, with arrays as its components, of many; on any scale.
        ie: Ie of the codec that was rated, of the same shape.

    Raises:
        ValueError: the components of a rating do not add up to its R, or a number is not finite.
    """
    scale = scale_of(rating)
    points = {
        "basic": scale.ceiling - rating.ro + rating.is_,
        "talker_echo": rating.idte,
        "listener_echo": rating.idle,
        "delay": rating.idd,
        "codec": ie,
        "loss": rating.ie_eff - ie,
        "advantage": 0.0 - rating.a,
    }
    total = np.asarray(scale.ceiling - rating.r)
    missing = np.abs(total - sum(points.values()))
    if not (missing <= TOLERANCE).all():
        raise ValueError(
            f"the components of the rating must add up to its r, but {np.max(missing):g} is missing"
        )
    return Attribution(scale=scale.name, ceiling=scale.ceiling, r=rating.r, **balance(points, total, GRAIN))


def share_out(impairments: Mapping[str, float], missing: float) -> dict[str, float]:
    """Share missing MOS out by impairment, in proportion; `math.fsum` of the shares is exactly `missing`.

    Args:
        impairments: what each takes of whatever was rated, at least one of them above 0 if MOS is missing.
        missing: MOS lost, 0 to 4: the top of the scale minus the MOS.

    Raises:
        ValueError: MOS is missing, but no impairment takes anything.
    """
    whole = sum(impairments.values())
    if missing and whole <= TOLERANCE:
        raise ValueError(f"impairments must take something when {missing:g} of MOS is missing")
    share = missing / whole if missing else 0.0
    return balance({name: taken * share for name, taken in impairments.items()}, missing, MOS_GRAIN)


def balance(points: Mapping[str, Number], total: Number, grain: float) -> dict[str, Any]:
    """Return points that add up to the total without a rounding error.

    Total and points become whole numbers of grains, so that nothing is lost in adding them. What then is
    missing, a few grains, goes to the smallest point that is not 0: large ones have no room for a single
    grain.

    Args:
        points: single values or arrays of one shape, nearly adding up to the total.
        total: a whole number of grains, as is every difference from the top of a scale.
        grain: `GRAIN` for R, `MOS_GRAIN` for MOS.
    """
    if all(isinstance(each, float) or np.ndim(each) == 0 for each in (total, *points.values())):
        return _balance_single(points, float(total), grain)
    stacked = np.stack(np.broadcast_arrays(*points.values()))
    grains = np.rint(stacked / grain).astype(np.int64)
    missing = np.rint(total / grain).astype(np.int64) - grains.sum(axis=0)
    size = np.where(grains == 0, np.iinfo(np.int64).max, np.abs(grains))
    smallest = np.expand_dims(size.argmin(axis=0), 0)
    np.put_along_axis(grains, smallest, np.take_along_axis(grains, smallest, 0) + missing, 0)
    return {name: each * grain for name, each in zip(points, grains, strict=True)}


def _balance_single(points: Mapping[str, Number], total: float, grain: float) -> dict[str, float]:
    # The same to the last bit: numpy takes ten times as long for one value.
    grains = {name: round(float(each) / grain) for name, each in points.items()}
    smallest = min(grains, key=lambda name: abs(grains[name]) or inf)
    grains[smallest] += round(total / grain) - sum(grains.values())
    return {name: count * grain for name, count in grains.items()}
