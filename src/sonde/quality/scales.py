"""The three scales of the E-model, and the refusal to mix them.

The same connection has R 93 on the narrowband, up to 129 on the wideband and up to 148 on the fullband
scale. The wider scales stretch the narrowband one: 1.29 points and 1.48 points stand for one of its own.
Neither R nor MOS may be compared or averaged from one scale to another.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Generic, TypeVar, overload

import msgspec

from sonde.quality.arrays import FloatArray, Number, checked, held, plain
from sonde.quality.emodel import Rating
from sonde.quality.mos import r_to_mos

T = TypeVar("T")


class ScaleMismatch(ValueError):
    """A number of one scale was about to be used on another."""


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """One scale of the rating R.

    Attributes:
        name: stable name for storage.
        ceiling: the best R there is, MOS 4.5; the worst is 0 on every scale.
        worst_equipment: Ie,eff that codec and loss approach when nothing arrives.
        recommendation: where the scale is defined.
    """

    name: str
    ceiling: float
    worst_equipment: float
    recommendation: str

    @property
    def stretch(self) -> float:
        """Points of this scale for one of the narrowband scale."""
        return self.ceiling / 100

    @overload
    def hold(self, r: float) -> float: ...
    @overload
    def hold(self, r: FloatArray) -> FloatArray: ...
    def hold(self, r: Number) -> Number:
        """Return R held within the scale.

        Raises:
            ValueError: `r` is NaN or infinite.
        """
        return plain(held(checked("r", r), 0.0, self.ceiling))

    @overload
    def mos(self, r: float) -> float: ...
    @overload
    def mos(self, r: FloatArray) -> FloatArray: ...
    def mos(self, r: Number) -> Number:
        """Estimated MOS for an R of this scale: the polynomial of G.107 Annex B at R / stretch.

        Args:
            r: any finite number; one off the scale counts as the nearest end of it.

        Raises:
            ValueError: `r` is NaN or infinite.
        """
        return r_to_mos(checked("r", r) / self.stretch)


class ScaledRating(Rating[T], Generic[T], frozen=True, kw_only=True):
    """A rating that says on which scale it is; `is_` is 0 on the wider scales, which do without it.

    Attributes:
        scale: name of the scale.
    """

    scale: str


NARROWBAND = Scale(name="narrowband", ceiling=100.0, worst_equipment=95.0, recommendation="ITU-T G.107")
WIDEBAND = Scale(name="wideband", ceiling=129.0, worst_equipment=95.0, recommendation="ITU-T G.107.1")
FULLBAND = Scale(name="fullband", ceiling=148.0, worst_equipment=132.0, recommendation="ITU-T G.107.2")

SCALES: Mapping[str, Scale] = MappingProxyType({each.name: each for each in (NARROWBAND, WIDEBAND, FULLBAND)})
"""Every scale by name."""


def scale_of(rating: Rating[T]) -> Scale:
    """Return the scale a rating is on; one that does not say is of G.107, narrowband."""
    return SCALES[rating.scale] if isinstance(rating, ScaledRating) else NARROWBAND
