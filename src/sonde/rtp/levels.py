"""Lasting changes of delay in a stream of any length, such as a change of route makes.

The stream is cut into blocks, and each block's median kept. A level shift lies where the medians before and
after differ most, and is reported when the difference is large and stands out of their own spread.
"""

from typing import Final

import msgspec
import numpy as np

from sonde.rtp.units import Integers, to_nanoseconds, to_seconds

BLOCK: Final = 64
"""Packets of one block."""

MOST_BLOCKS: Final = 4096
"""Blocks kept; when there are more, each two become one."""

FEWEST_BLOCKS: Final = 4
"""On either side of a shift."""

SMALLEST_SHIFT: Final = to_nanoseconds(0.020)
_SPREADS: Final = 3


class LevelShift(msgspec.Struct, frozen=True, kw_only=True):
    """A lasting change of delay.

    Attributes:
        at: seconds of media since the first packet of its epoch.
        change: of the median delay, seconds; above 0 when delays became longer.
    """

    at: float
    change: float


class LevelTrack:
    """Takes the delays of one epoch in arrival order."""

    def __init__(self) -> None:
        self._media: Integers = np.empty(0, dtype=np.int64)
        self._delays: Integers = np.empty(0, dtype=np.int64)
        self._medians: list[int] = []
        self._starts: list[int] = []
        self._block = BLOCK

    def add(self, media: Integers, delays: Integers) -> None:
        """Take more packets; media time and delay of each in nanoseconds."""
        self._media = np.concatenate([self._media, media])
        self._delays = np.concatenate([self._delays, delays])
        blocks = len(self._delays) // self._block
        if not blocks:
            return
        taken = blocks * self._block
        rows = np.sort(self._delays[:taken].reshape(blocks, self._block), axis=1)
        self._medians.extend(rows[:, self._block // 2].tolist())
        self._starts.extend(self._media[: taken : self._block].tolist())
        self._media, self._delays = self._media[taken:], self._delays[taken:]
        while len(self._medians) > MOST_BLOCKS:
            pairs = zip(self._medians[::2], self._medians[1::2], strict=False)
            self._medians = [(first + second) // 2 for first, second in pairs]
            self._starts = self._starts[::2][: len(self._medians)]
            self._block *= 2

    def largest_shift(self) -> LevelShift | None:
        """The most pronounced lasting change; None when there is none to speak of."""
        medians = np.array(self._medians, dtype=np.float64)
        if len(medians) < 2 * FEWEST_BLOCKS:
            return None
        split = _best_split(medians)
        before, after = medians[:split], medians[split:]
        change = float(np.median(after) - np.median(before))
        spread = max(_spread(before), _spread(after))
        if abs(change) <= max(SMALLEST_SHIFT, _SPREADS * spread):
            return None
        return LevelShift(at=to_seconds(self._starts[split]), change=to_seconds(change))


def _best_split(values: np.typing.NDArray[np.float64]) -> int:
    """Where the values fall into two parts with the least variance within them."""
    places = np.arange(FEWEST_BLOCKS, len(values) - FEWEST_BLOCKS + 1)
    sums = np.cumsum(values - values.mean())
    left = sums[places - 1]
    between = left**2 / places + (sums[-1] - left) ** 2 / (len(values) - places)
    return int(places[between.argmax()])


def _spread(values: np.typing.NDArray[np.float64]) -> float:
    """Median absolute deviation."""
    return float(np.median(np.abs(values - np.median(values))))
