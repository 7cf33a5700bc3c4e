"""Variation from packet to packet: RFC 3550 interarrival jitter and RFC 5481 IPDV."""

from typing import Final

import numpy as np

from sonde.rtp.units import Integers, to_seconds

JITTER_GAIN: Final = 16
"""Each packet moves the estimate by one sixteenth of its difference (RFC 3550 section 6.4.1)."""

_MEMORY: Final = 1024
"""Differences that are still seen in the estimate; older ones have less than 10^-28 of their size left."""

_WEIGHTS: Final = (1 - 1 / JITTER_GAIN) ** np.arange(_MEMORY)[::-1] / JITTER_GAIN


def interarrival_jitter(delays: Integers) -> float | None:
    """Jitter in seconds after the last packet (RFC 3550 sections 6.4.1 and A.8, without rounding).

    Args:
        delays: arrival minus real send time of every arrival, duplicates included, in arrival order.
            A constant clock error in them changes nothing.

    Returns:
        None for fewer than two arrivals, which have no difference.
    """
    if len(delays) < 2:
        return None
    recent = delays[-_MEMORY - 1 :]
    # The filter's feedback, written out: each difference has faded by 15/16 for each one after it.
    return to_seconds(float((np.abs(recent[1:] - recent[:-1]) * _WEIGHTS[1 - len(recent) :]).sum()))


def delay_changes(delays: Integers) -> Integers:
    """IPDV: change of delay from one received packet to the next (RFC 3393, RFC 5481 section 4.1).

    A lost packet has no delay, so those on either side of it are neighbours here; that gives every received
    packet but the first one change.

    Args:
        delays: one-way delay of each received packet in the order sent.

    Returns:
        Signed differences, one fewer than there are delays.
    """
    changes: Integers = delays[1:] - delays[:-1]
    return changes
