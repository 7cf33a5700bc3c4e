"""The groups of numbers that a summary is made of: losses, delays, and marks of the packets on the wire.

Each function gives some fields of `StreamSummary` by their names.
"""

from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np

from sonde.rtp.burst_ratio import measure_burst_ratio
from sonde.rtp.bursts import Outcomes, estimate_bursts, find_bursts
from sonde.rtp.delay import histogram, nearest_rank, spread
from sonde.rtp.jitter import delay_changes
from sonde.rtp.level_shift import find_level_shift, variation_from
from sonde.rtp.units import Integers, to_seconds

Fields: TypeAlias = dict[str, Any]
"""Values of fields of `StreamSummary`."""


def digest_losses(outcomes: Outcomes, *, packet_interval: float | None) -> Fields:
    """How the packets that could not be played lie among the others.

    Args:
        outcomes: of every packet sent, in the order sent; True for one that could be played.
        packet_interval: seconds between two packets; None when unknown, which costs the durations.
    """
    if not len(outcomes):
        return {}
    found = find_bursts(outcomes, packet_interval=packet_interval or 0.0)
    estimate = estimate_bursts(outcomes, packet_interval=packet_interval or 0.0)
    ratio = measure_burst_ratio(outcomes)
    densities: Fields = {
        "bursts": found.burst.periods,
        "burst_density": found.burst.density,
        "gap_density": found.gap.density,
        "burst_density_estimate": estimate.burst_density,
        "gap_density_estimate": estimate.gap_density,
        "burst_ratio": ratio.run_length_raw,
        "loss_runs": ratio.loss_runs,
    }
    if packet_interval is None:
        return densities
    return densities | {
        "burst_duration": found.burst.duration,
        "gap_duration": found.gap.duration,
        "burst_duration_estimate": estimate.burst_duration,
        "gap_duration_estimate": estimate.gap_duration,
    }


def digest_delays(delays: Integers, pdv: Integers, *, clock_offset: int | None) -> Fields:
    """How long the packets took, and how much that varied.

    Args:
        delays: of at least one received packet, in the order sent, in nanoseconds, still containing the
            clock offset.
        pdv: delay variation of the same packets.
        clock_offset: in nanoseconds; None when unknown.
    """
    ordered = np.sort(pdv)
    variation = spread(ordered)
    fields: Fields = {
        "pdv_mean": to_seconds(variation.mean),
        "pdv_p50": to_seconds(variation.p50),
        "pdv_p95": to_seconds(variation.p95),
        "pdv_p99": to_seconds(variation.p99),
        "pdv_p999": to_seconds(variation.p999),
        "pdv_max": to_seconds(variation.maximum),
        "pdv_histogram": histogram(ordered),
        **_digest_changes(pdv),
    }
    if clock_offset is None:
        return fields
    least = int(delays.min()) - clock_offset
    return fields | {
        "one_way_delay_min": to_seconds(least),
        "one_way_delay_mean": to_seconds(least + variation.mean),
        "one_way_delay_p50": to_seconds(least + variation.p50),
        "one_way_delay_p95": to_seconds(least + variation.p95),
        "one_way_delay_p99": to_seconds(least + variation.p99),
        "one_way_delay_max": to_seconds(least + variation.maximum),
    }


def _digest_changes(pdv: Integers) -> Fields:
    """IPDV, for which PDV is as good as delay."""
    changes = delay_changes(pdv)
    if not len(changes):
        return {}
    sizes = spread(np.sort(np.abs(changes)))
    return {
        "ipdv_abs_mean": to_seconds(sizes.mean),
        "ipdv_abs_p50": to_seconds(sizes.p50),
        "ipdv_abs_p95": to_seconds(sizes.p95),
        "ipdv_abs_p99": to_seconds(sizes.p99),
        "ipdv_min": to_seconds(int(changes.min())),
        "ipdv_max": to_seconds(int(changes.max())),
    }


def digest_level(delays: Integers, sent_at: Integers, *, began_at: int) -> Fields:
    """Whether the delay went to another level, and the variation around both.

    Args:
        delays: of at least one received packet, in the order sent, in nanoseconds.
        sent_at: when each was sent, in nanoseconds since the epoch.
        began_at: when the first packet of the stream was sent.
    """
    shift = find_level_shift(delays)
    if shift is None:
        return {"level_shift": 0.0}
    ordered = np.sort(variation_from(delays, shift))
    return {
        "level_shift": to_seconds(shift.amount),
        # A clock that was set back while sending must not make this negative.
        "level_shift_at": to_seconds(max(0, int(sent_at[shift.place]) - began_at)),
        "pdv_restarted_p95": to_seconds(nearest_rank(ordered, 950)),
        "pdv_restarted_p99": to_seconds(nearest_rank(ordered, 990)),
        "pdv_restarted_max": to_seconds(nearest_rank(ordered, 1000)),
    }


def digest_marks(tos: Integers, ttl: Integers) -> Fields:
    """What routers left in the IP headers.

    Args:
        tos: IPv4 TOS byte or IPv6 traffic class of each received packet, below zero when not known.
        ttl: IPv4 TTL or IPv6 hop limit, below zero when not known.
    """
    bytes_seen = _count(tos)
    ttl_min, ttl_max = _extremes(ttl)
    dscp_counts = _count_parts((byte >> 2, packets) for byte, packets in bytes_seen)
    return {
        "dscp_received": max(dscp_counts, key=dscp_counts.__getitem__, default=None),
        "dscp_counts": dscp_counts,
        "ecn_counts": _count_parts(sorted((byte & 0b11, packets) for byte, packets in bytes_seen)),
        "ttl_min": ttl_min,
        "ttl_max": ttl_max,
    }


def _count(values: Integers) -> list[tuple[int, int]]:
    """Each value that is not below zero and how often it occurs, lowest first."""
    lowest = int(values.min())
    if lowest == values.max():
        return [(lowest, len(values))] if lowest >= 0 else []
    packets = np.bincount(values[values >= 0])
    seen = np.flatnonzero(packets)
    return list(zip(seen.tolist(), packets[seen].tolist(), strict=True))


def _extremes(values: Integers) -> tuple[int | None, int | None]:
    """The smallest and the largest value that is not below zero."""
    known = values[values >= 0]
    return (int(known.min()), int(known.max())) if len(known) else (None, None)


def _count_parts(counted: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Add up the counts of equal values, which keep their order."""
    packets: dict[int, int] = {}
    for value, count in counted:
        packets[value] = packets.get(value, 0) + count
    return packets
