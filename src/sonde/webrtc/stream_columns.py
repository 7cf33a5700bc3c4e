"""The layers of a stream in columns, cut at the same times: counts are summed, the picture is the largest."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np

from sonde.webrtc.line_columns import LineColumns
from sonde.webrtc.sample import Direction, Kind, StreamSample
from sonde.webrtc.sample_table import Numbers, SampleTable
from sonde.webrtc.simulcast import largest

_SIZES: Final = ("active", "frames_encoded", "frame_width", "frame_height")
"""What tells the largest layer."""


class StreamColumns:
    """What a stream did in each part of its time.

    Args:
        layers: the samples of each simulcast layer; of other streams, the one table.
        ends: of the parts, rising; at each there is a sample of some layer.
    """

    def __init__(self, layers: Mapping[str, SampleTable], ends: Sequence[int]) -> None:
        self.ends = ends
        self._layers = [LineColumns(table, ends) for _, table in sorted(layers.items())]
        traits = self._layers[0].table.traits
        self.direction: Direction = traits.direction
        self.kind: Kind = traits.kind

    def picked(self, name: str) -> list[Any]:
        """A field by the latest sample of the layer that stands for all."""
        return list(self._chosen([layer.table.picked(name, layer.latest) for layer in self._layers]))

    def told(self, name: str) -> Numbers:
        """What was told last in each part of a gauge by the layer that stands for all; NaN for nothing."""
        return np.array(self._chosen([layer.told(name) for layer in self._layers]))

    def rises(self, name: str) -> Numbers | None:
        """By how much a counter of all layers together rose; None when none reported it."""
        rises = [found for layer in self._layers if (found := layer.rises(name)) is not None]
        return np.sum(rises, axis=0) if rises else None

    def rises_of_the_largest(self, name: str) -> Numbers | None:
        """The same of the layer that stands for all; NaN where that one does not report it."""
        rises = [layer.rises(name) for layer in self._layers]
        if all(found is None for found in rises):
            return None
        unknown = np.full(len(self.ends), np.nan)
        return np.array(self._chosen([unknown if found is None else found for found in rises]))

    def latest(self, name: str) -> Any:
        """The last value that a layer reported of a field, or None."""
        values = (layer.table.last(name) for layer in self._layers)
        return next((value for value in values if value is not None), None)

    def _chosen(self, columns: Sequence[Sequence[Any] | Numbers]) -> Any:
        """Of columns of each layer, the values of the one that stands for all."""
        if len(columns) == 1:
            return columns[0]
        return [columns[layer][part] for part, layer in enumerate(self._standing)]

    @cached_property
    def _standing(self) -> list[int]:
        """By part, which layer stands for all."""
        sizes = [self._sizes(number, layer) for number, layer in enumerate(self._layers)]
        standing = []
        for part in range(len(self.ends)):
            there = [each for each, layer in zip(sizes, self._layers, strict=True) if layer.has_news[part]]
            _, chosen = largest((each[part], each[part + 1]) for each in there)
            standing.append(int(chosen.stream_id))
        return standing

    def _sizes(self, number: int, layer: LineColumns) -> list[StreamSample]:
        """What a layer says of its pictures, first of all and at each end; its number is its name."""
        places = [0, *layer.latest]
        told = zip(*(layer.table.picked(name, places) for name in _SIZES), strict=True)
        return [
            StreamSample(
                stream_id=f"{number:09}",
                direction=self.direction,
                kind=self.kind,
                **dict(zip(_SIZES, values, strict=True)),
            )
            for values in told
        ]
