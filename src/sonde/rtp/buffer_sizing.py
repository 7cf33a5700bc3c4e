"""What other de-jitter buffers would have done to stored streams, told from their delay histograms alone.

Many histograms are answered at once, as rows of one table. The buffer is the fixed one of
`sonde.rtp.buffer`, anchored at the smallest delay. Answers are exact at the upper edges of the bins: each
whole millisecond from 1 to 200, then each fifth up to 1000.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sonde.rtp.delay import OVERFLOW_BIN, UPPER_EDGES, PdvHistogram
from sonde.rtp.units import NANOSECONDS_PER_SECOND, Integers, to_nanoseconds


def tabulate(histograms: Sequence[PdvHistogram]) -> Integers:
    """Packets by histogram (row) and bin (column)."""
    table = np.zeros((len(histograms), OVERFLOW_BIN + 1), dtype=np.int64)
    for row, histogram in zip(table, histograms, strict=True):
        row[list(histogram.counts)] = list(histogram.counts.values())
    return table


def discards_at(table: Integers, depths: Sequence[float]) -> Integers:
    """Packets that would have come too late, by histogram (row) and depth (column).

    Between edges all packets of the bin around the depth count, so no answer is too small.

    Args:
        table: packets by histogram and bin.
        depths: of the buffers in seconds, not negative.
    """
    nanoseconds = [to_nanoseconds(depth) for depth in depths]
    first_late = np.searchsorted(UPPER_EDGES, nanoseconds, side="right")
    late = np.zeros((len(table), table.shape[1] + 1), dtype=np.int64)
    # late[n] is what bins n and above hold together.
    np.cumsum(table[:, ::-1], axis=1, out=late[:, -2::-1])
    return late[:, first_late]


def depth_for(table: Integers, packets_sent: Integers, *, discard_ratio: float) -> npt.NDArray[np.float64]:
    """The smallest depth in seconds, on an edge, that keeps discards within a share of the packets sent.

    Args:
        table: packets by histogram and bin.
        packets_sent: of each stream; at least what its histogram holds.
        discard_ratio: wanted at most, 0 to 1.

    Returns:
        Infinity for a stream of which too many packets varied by more than a second.
    """
    allowed = np.floor(discard_ratio * packets_sent + 1e-9).astype(np.int64)
    depths = np.append(UPPER_EDGES / NANOSECONDS_PER_SECOND, np.inf)
    late = table.sum(axis=1, keepdims=True) - np.cumsum(table, axis=1)
    chosen: npt.NDArray[np.float64] = depths[np.argmax(late <= allowed[:, None], axis=1)]
    return chosen
