"""The points of many scores at once: the attribution of each costs more alone than a hundred together."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from sonde.quality.arrays import FloatArray
from sonde.quality.attribution import attribute
from sonde.quality.emodel import Rating
from sonde.quality.scales import ScaledRating
from sonde.quality.voice import VoiceScore


class Points(msgspec.Struct, frozen=True, kw_only=True):
    """Where the points of one score went, as `VoiceScore.attribution` has it.

    Attributes:
        ceiling: top of the scale.
        r_points, mos_points: by impairment.
    """

    ceiling: float
    r_points: dict[str, float]
    mos_points: dict[str, float]


def points_of(scores: Sequence[VoiceScore]) -> list[Points | None]:
    """The points of each score, in their order; None for one without a MOS.

    Raises:
        ValueError: the components of a score do not add up to its R.
    """
    places = defaultdict(list)
    for place, score in enumerate(scores):
        if score.components is not None and score.ie is not None:
            places[score.scale].append(place)
    found: list[Points | None] = [None] * len(scores)
    for scale, chosen in places.items():
        for place, points in zip(
            chosen, _of_one_scale(scale, [scores[each] for each in chosen]), strict=True
        ):
            found[place] = points
    return found


def _of_one_scale(scale: str, scores: Sequence[VoiceScore]) -> list[Points]:
    components = {
        name: np.array([getattr(score.components, name) for score in scores])
        for name in Rating.__struct_fields__
    }
    ie = np.array([score.ie for score in scores], dtype=np.float64)
    whole = attribute(ScaledRating(**components, scale=scale), ie=ie)
    return [
        Points(ceiling=whole.ceiling, r_points=r_points, mos_points=mos_points)
        for r_points, mos_points in zip(_rows(whole.points), _rows(whole.mos_points), strict=True)
    ]


def _rows(columns: Mapping[str, FloatArray]) -> list[dict[str, float]]:
    values = zip(*(column.tolist() for column in columns.values()), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in values]
