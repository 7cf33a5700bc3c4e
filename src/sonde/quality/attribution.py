"""Which impairment took how many points: the way from the top of the scale down to R.

The impairments of the E-model add up, so each takes what it takes in whatever order one removes them. The
one exception is Ie,eff, which mixes codec and loss. There the loss is removed first: `codec` is Ie, which
remains on a perfect network, and `loss` is Ie,eff - Ie, which a perfect network would give back.
"""

import math

import msgspec

from sonde.quality.emodel import Rating
from sonde.quality.scales import scale_of

TOLERANCE = 1e-6
"""Points by which a rating may differ from the sum of its components before it is refused."""


GRAIN = 2.0**-47
"""Points, some 7e-15: what separates two numbers between 32 and 64, and divides every ceiling - r."""


class Attribution(msgspec.Struct, frozen=True, kw_only=True):
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
    r: float
    basic: float
    talker_echo: float
    listener_echo: float
    delay: float
    codec: float
    loss: float
    advantage: float

    @property
    def points(self) -> dict[str, float]:
        """Points by impairment; `math.fsum` of them is exactly `ceiling - r`."""
        return {name: getattr(self, name) for name in self.__struct_fields__[3:]}


def attribute(rating: Rating[float], *, ie: float) -> Attribution:
    """Say where the points between the top of the scale and R went.

    Args:
        rating: of one connection, on any scale.
        ie: Ie of the codec that was rated.

    Raises:
        ValueError: the components of the rating do not add up to its R, or a number is not finite.
    """
    scale = scale_of(rating)
    points = {
        "basic": math.fsum((scale.ceiling, -rating.ro, rating.is_)),
        "talker_echo": rating.idte,
        "listener_echo": rating.idle,
        "delay": rating.idd,
        "codec": ie,
        "loss": rating.ie_eff - ie,
        "advantage": 0.0 - rating.a,
    }
    exact = _balanced(points, scale.ceiling - rating.r)
    return Attribution(scale=scale.name, ceiling=scale.ceiling, r=rating.r, **exact)


def _balanced(points: dict[str, float], total: float) -> dict[str, float]:
    """Return points that add up to the total without a rounding error.

    Total and points become multiples of one grain, so that nothing is lost in adding them. What then is
    missing, a few grains, goes to the smallest point: those above 64 have no room for a single grain.
    """
    missing = math.fsum((total, *(-each for each in points.values())))
    if not abs(missing) <= TOLERANCE:
        raise ValueError(f"the components of the rating must add up to its r, but {missing:g} is missing")
    grained = {name: GRAIN * round(each / GRAIN) for name, each in points.items()}
    taken = [name for name, each in grained.items() if each != 0] or ["basic"]
    smallest = min(taken, key=lambda name: abs(grained[name]))
    others = (-each for name, each in grained.items() if name != smallest)
    return grained | {smallest: math.fsum((total, *others))}
