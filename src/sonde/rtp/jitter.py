"""Variation from packet to packet: RFC 3550 interarrival jitter and RFC 5481 IPDV."""

import numpy as np

from sonde.rtp.units import Integers, to_seconds

JITTER_GAIN = 16
"""Each packet moves the estimate by one sixteenth of its difference (RFC 3550 section 6.4.1)."""


def interarrival_jitter(delays: Integers) -> float | None:
    """Jitter in seconds after the last packet (RFC 3550 sections 6.4.1 and A.8, without rounding).

    Args:
        delays: arrival minus real send time of every arrival, duplicates included, in arrival order.
            A constant clock error in them changes nothing.

    Returns:
        None for fewer than two arrivals, which have no difference.
    """
    differences = np.abs(np.diff(delays)).tolist()
    jitter = 0.0
    for difference in differences:
        jitter += (difference - jitter) / JITTER_GAIN
    return to_seconds(jitter) if differences else None


def delay_changes(indexes: Integers, delays: Integers) -> Integers:
    """IPDV: change of delay between packets sent one after the other (RFC 3393, RFC 5481 section 4.1).

    Args:
        indexes: place of each received packet in the stream, rising.
        delays: its one-way delay.

    Returns:
        One signed difference for each pair of neighbours that both arrived.
    """
    changes: Integers = np.diff(delays)[np.diff(indexes) == 1]
    return changes


def mean_delay_change(indexes: Integers, delays: Integers) -> float | None:
    """Mean absolute IPDV in seconds; None when no two neighbours arrived."""
    changes = np.abs(delay_changes(indexes, delays))
    return to_seconds(int(changes.sum()) / len(changes)) if len(changes) else None
