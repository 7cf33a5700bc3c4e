"""A fixed de-jitter buffer: which packets come too late to be played.

The buffer plays packet i at `anchor + depth + its send time`. Its anchor is the smallest delay of the
stream, so that the result does not hang on the luck of the first packet; then a packet is discarded
exactly when its PDV is greater than the depth. One that comes at the very moment of its playout is played.
"""

import numpy as np

from sonde.rtp.bursts import Outcomes
from sonde.rtp.delay import UPPER_EDGES, PdvHistogram
from sonde.rtp.units import Integers, to_nanoseconds


def are_late(lateness: Integers, depth: float) -> Outcomes:
    """Which packets miss their playout.

    Args:
        lateness: delay of each packet beyond the anchor's, in nanoseconds; the PDV for the minimum anchor.
        depth: of the buffer in seconds, not negative.
    """
    late: Outcomes = lateness > to_nanoseconds(depth)
    return late


def count_discards(lateness: Integers, depth: float) -> int:
    """How many packets miss their playout; arguments as for `are_late`."""
    return int(np.count_nonzero(are_late(lateness, depth)))


def count_discards_in(pdv: PdvHistogram, depth: float) -> int:
    """Packets that would have missed their playout in a buffer of another depth.

    Exact when the depth is an upper edge of a bin (each whole millisecond from 1 to 200, then each fifth
    up to 1000). Between edges all packets of the bin around the depth count, so the answer is never too
    small.

    Args:
        pdv: delay variation of the stream.
        depth: of the buffer in seconds, not negative.
    """
    first_late = int(np.searchsorted(UPPER_EDGES, to_nanoseconds(depth), side="right"))
    return sum(packets for number, packets in pdv.counts.items() if number >= first_late)
