"""Skew of a sender's clock against the capture's, from the lower hull of one stream's delays.

Queues only ever add delay, so the packets that waited least lie along a line whose slope is the skew. It is
the line under all points whose distance to them is smallest: the edge of their lower convex hull over the
mean of their times (Moon, Skelly and Towsley, 1999).
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from sonde.rtp.units import Integers, to_nanoseconds

Values = npt.NDArray[np.float64]

MOST_VERTICES: Final = 2048
"""Vertices kept; a hull of network delays has some dozens."""

SHORTEST: Final = to_nanoseconds(10.0)
"""Media time below which a slope says nothing about a clock."""

LARGEST_SKEW: Final = 1e-3
"""Clocks of telephones differ by less than this, seconds per second; more is not a clock."""

_BLOCK: Final = 32
_MOST_PASSES: Final = 200
_PARTS: Final = 4
_CERTAIN: Final = 5.0


class Drift(NamedTuple):
    """A slope of delay over media time.

    Attributes:
        slope: seconds of delay per second of media; above 0 when the sender's clock runs slow.
        significant: whether it stands out of what queues do.
    """

    slope: float
    significant: bool


class LowerHull:
    """Lower convex hull of points that come in chunks."""

    def __init__(self) -> None:
        self._at: Values = np.empty(0)
        self._delay: Values = np.empty(0)
        self._points = 0
        self._mean_at = 0.0

    def add(self, media: Integers, delays: Integers) -> None:
        """Take more points: delay over media time, both in nanoseconds."""
        if not len(media):
            return
        total = self._points + len(media)
        self._mean_at += (float(media.mean()) - self._mean_at) * len(media) / total
        self._points = total
        at = np.concatenate([self._at, media.astype(np.float64)])
        delay = np.concatenate([self._delay, delays.astype(np.float64)])
        self._at, self._delay = _lower_hull(*_below_rough_hull(at, delay))
        while len(self._at) > MOST_VERTICES:
            self._at, self._delay = self._at[::2], self._delay[::2]

    @property
    def duration(self) -> float:
        """Nanoseconds of media from the first to the last point."""
        return float(self._at[-1] - self._at[0]) if len(self._at) else 0.0

    @property
    def slope(self) -> float | None:
        """Of the edge over the mean time; None when there is no edge or it cannot be a clock's."""
        if len(self._at) < 2 or self.duration < SHORTEST:
            return None
        right = int(np.clip(np.searchsorted(self._at, self._mean_at), 1, len(self._at) - 1))
        rise = self._delay[right] - self._delay[right - 1]
        slope = float(rise / (self._at[right] - self._at[right - 1]))
        return slope if abs(slope) <= LARGEST_SKEW else None


def _below_rough_hull(at: Values, delay: Values) -> tuple[Values, Values]:
    """The points that may be vertices: those not above the hull of the lowest point of every few."""
    blocks = len(at) // _BLOCK
    if blocks < 2:
        return at, delay
    lowest = delay[: blocks * _BLOCK].reshape(blocks, _BLOCK).argmin(axis=1) + np.arange(blocks) * _BLOCK
    chosen = np.concatenate([lowest, [at.argmin(), at.argmax()]])
    rough_at, rough_delay = _lower_hull(at[chosen], delay[chosen])
    kept = delay <= np.interp(at, rough_at, rough_delay)
    kept[chosen] = True
    return at[kept], delay[kept]


def _lower_hull(at: Values, delay: Values) -> tuple[Values, Values]:
    """The vertices of the hull, by taking away all points above a line between two others until none is.

    Points made on purpose could need a pass for each; what is left then holds the hull all the same.
    """
    order = np.lexsort((delay, at))
    at, delay = at[order], delay[order]
    lowest = np.diff(at, prepend=-np.inf) > 0
    at, delay = at[lowest], delay[lowest]
    for _ in range(_MOST_PASSES):
        if len(at) < 3:
            break
        share = (at[1:-1] - at[:-2]) / (at[2:] - at[:-2])
        below = delay[1:-1] < delay[:-2] + share * (delay[2:] - delay[:-2])
        if below.all():
            break
        keep = np.concatenate([[True], below, [True]])
        at, delay = at[keep], delay[keep]
    return at, delay


def find_drift(media: Integers, delays: Integers) -> Drift | None:
    """The skew of a stretch of a stream.

    It is significant when every quarter's lowest delays, taken off the line, stay much closer to it than
    the line rises: queues that empty now and then leave such a straight floor, a change of path does not.

    Args:
        media: media time of each packet, nanoseconds.
        delays: of each packet, nanoseconds.
    """
    hull = LowerHull()
    hull.add(media, delays)
    slope = hull.slope
    if slope is None:
        return None
    level = delays - slope * (media - media.min())
    part = (media - media.min()) * _PARTS // (int(media.max() - media.min()) + 1)
    floors = [float(level[part == number].min()) for number in range(_PARTS) if (part == number).any()]
    uneven = max(floors) - min(floors)
    return Drift(slope, abs(slope) * hull.duration > _CERTAIN * uneven + to_nanoseconds(0.0005))
