"""How much the one-way delays of a stream vary: PDV of RFC 5481 and its histogram."""

from typing import Annotated, Final, NamedTuple

import msgspec
import numpy as np

from sonde.rtp.units import Integers, to_nanoseconds

UPPER_EDGES: Final[Integers] = np.concatenate(
    [np.arange(1, 201), np.arange(205, 1001, 5)], dtype=np.int64
) * to_nanoseconds(0.001)
"""Upper edge of every bounded bin in nanoseconds: 200 bins of 1 ms, then 160 bins of 5 ms up to 1 s."""

OVERFLOW_BIN: Final = len(UPPER_EDGES)
"""Number of the last bin, which holds everything above 1 s."""

_LARGEST: Final = np.iinfo(np.int64).max


class PdvHistogram(msgspec.Struct, frozen=True, kw_only=True):
    """How many packets had which delay variation; enough to try any de-jitter buffer later.

    Bin 0 is [0, 1 ms]. Every other bin leaves out its lower edge and includes its upper one, so that
    "PDV greater than a whole number of milliseconds" is an exact sum of bins. Bin n is
    (n, n + 1] ms below 200, (200 + 5 (n - 200), +5] ms from 200 to 359, and 360 is above 1 s.

    Attributes:
        counts: packets by bin number; bins without a packet are absent.
    """

    counts: dict[Annotated[int, msgspec.Meta(ge=0, le=360)], Annotated[int, msgspec.Meta(gt=0)]]


class Spread(NamedTuple):
    """Mean and nearest-rank percentiles of a set of values, in the unit of the values."""

    mean: float
    p50: int
    p95: int
    p99: int
    p999: int
    maximum: int


def delay_variation(delays: Integers) -> Integers:
    """PDV of each packet: its delay above the smallest of the stream (RFC 5481 section 4.2).

    Args:
        delays: one-way delays. A constant clock error in them changes nothing.
    """
    variation: Integers = delays - delays.min(initial=_LARGEST)
    return variation


def nearest_rank(ordered: Integers, per_mille: int) -> int:
    """The smallest value that at least `per_mille` thousandths of the values do not exceed.

    Args:
        ordered: values in rising order, at least one.
        per_mille: 1 to 1000; 950 is the 95th percentile.
    """
    rank = -(-len(ordered) * per_mille // 1000)
    return int(ordered[rank - 1])


def spread(ordered: Integers) -> Spread:
    """Describe at least one value.

    Args:
        ordered: values in rising order.
    """
    return Spread(
        mean=int(ordered.sum()) / len(ordered),
        p50=nearest_rank(ordered, 500),
        p95=nearest_rank(ordered, 950),
        p99=nearest_rank(ordered, 990),
        p999=nearest_rank(ordered, 999),
        maximum=int(ordered[-1]),
    )


def histogram(pdv: Integers) -> PdvHistogram:
    """Sort delay variations in nanoseconds into bins."""
    packets = np.bincount(np.searchsorted(UPPER_EDGES, pdv, side="left"))
    used = np.flatnonzero(packets)
    return PdvHistogram(counts=dict(zip(used.tolist(), packets[used].tolist(), strict=True)))
