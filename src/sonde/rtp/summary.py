"""The facts of one measured stream, in the terms of RFC 3550, 3611, 5481 and their kin."""

from typing import Annotated, TypeAlias

import msgspec

from sonde.rtp.delay import PdvHistogram

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=0xFFFF_FFFF)]
Ratio: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=1)]
Duration: TypeAlias = Annotated[float, msgspec.Meta(ge=0)]
CodePoint: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=63)]
EcnField: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=3)]
HopLimit: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=255)]


class StreamSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to one stream. Durations in seconds; None where nothing could be measured.

    Delays, delay variation, discards, code points and TTLs are those of first copies. Delays, and all that
    is made of them, leave out the packets of `packets_untimed`. Bursts, gaps and their ratio count a
    packet as missing when it was lost or discarded.

    Attributes:
        packets_sent: packets the sender's kernel accepted.
        packets_received: packets of which at least one copy arrived.
        packets_lost: packets of which no copy arrived; duplicates do not hide losses.
        packets_duplicated: further copies of packets that had already arrived.
        packets_reordered: packets that came after one sent later (RFC 4737 section 3.3).
        packets_discarded: packets that arrived too late for the de-jitter buffer.
        packets_untimed: packets that arrived but whose send stamp is doubtful, because the sender was held
            up between reading its clock and sending; never discarded.
        loss_ratio, discard_ratio: of the packets sent; None when none was.
        one_way_delay_min, one_way_delay_mean, one_way_delay_p50, one_way_delay_p95, one_way_delay_p99,
        one_way_delay_max: arrival minus send stamp minus clock offset (RFC 7679), below zero when the
            offset is that wrong; None when nothing arrived or the offset is unknown.
        pdv_mean, pdv_p50, pdv_p95, pdv_p99, pdv_p999, pdv_max: delay above the stream's smallest
            (RFC 5481 section 4.2); percentiles by nearest rank. None when nothing arrived.
        ipdv_abs_mean, ipdv_abs_p50, ipdv_abs_p95, ipdv_abs_p99: size of the change of delay from one
            received packet to the next one received, in the order sent (RFC 3393, RFC 5481 section 4.1);
            None for fewer than two.
        ipdv_min, ipdv_max: the most negative and the most positive such change; None for fewer than two.
        jitter: RFC 3550 section 6.4.1, after the last arrival; None for fewer than two arrivals.
        level_shift: by how much the delay jumped when it went to another level and stayed, as after a
            change of route; negative downwards, 0 when it did not. None when nothing arrived.
        level_shift_at: from the first packet sent to the first one at the new level; None without a shift.
        pdv_restarted_p95, pdv_restarted_p99, pdv_restarted_max: as `pdv_`, with the smallest delay found
            anew at the shift; None without a shift.
        bursts: how many bursts there were (RFC 3611 section 4.7.2); None when nothing was sent.
        burst_density, gap_density: missing of the packets in bursts and in gaps, 0 where there are no such
            packets; None when nothing was sent.
        burst_duration, gap_duration: mean of a burst and of a gap, 0 where there is none; None for fewer
            than two packets sent.
        burst_density_estimate, gap_density_estimate, burst_duration_estimate, gap_duration_estimate: the
            same by the Markov chain of RFC 3611 appendix A.2; None where its steps do not suffice.
        dscp_received: the most frequent code point, the lower one of equals; None when not known.
        dscp_counts: packets by code point received.
        ecn_counts: packets by ECN field received (RFC 3168): 0 not ECN-capable, 1 ECT(1), 2 ECT(0), 3 CE.
        ttl_min, ttl_max: IPv4 TTL or IPv6 hop limit on arrival; None when not known.
        pdv_histogram: None when nothing arrived.
        burst_ratio: mean length of the runs of missing packets over that of random loss (ITU-T G.107
            section 7.5), as measured, which may be below 1; 1 when none is missing, None when nothing was
            sent.
        loss_runs: such runs.
    """

    packets_sent: Count
    packets_received: Count
    packets_lost: Count
    packets_duplicated: Count
    packets_reordered: Count
    packets_discarded: Count
    packets_untimed: Count = 0
    loss_ratio: Ratio | None = None
    discard_ratio: Ratio | None = None
    one_way_delay_min: float | None = None
    one_way_delay_mean: float | None = None
    one_way_delay_p50: float | None = None
    one_way_delay_p95: float | None = None
    one_way_delay_p99: float | None = None
    one_way_delay_max: float | None = None
    pdv_mean: Duration | None = None
    pdv_p50: Duration | None = None
    pdv_p95: Duration | None = None
    pdv_p99: Duration | None = None
    pdv_p999: Duration | None = None
    pdv_max: Duration | None = None
    ipdv_abs_mean: Duration | None = None
    ipdv_abs_p50: Duration | None = None
    ipdv_abs_p95: Duration | None = None
    ipdv_abs_p99: Duration | None = None
    ipdv_min: float | None = None
    ipdv_max: float | None = None
    jitter: Duration | None = None
    level_shift: float | None = None
    level_shift_at: Duration | None = None
    pdv_restarted_p95: Duration | None = None
    pdv_restarted_p99: Duration | None = None
    pdv_restarted_max: Duration | None = None
    bursts: Count | None = None
    burst_density: Ratio | None = None
    gap_density: Ratio | None = None
    burst_duration: Duration | None = None
    gap_duration: Duration | None = None
    burst_density_estimate: Ratio | None = None
    gap_density_estimate: Ratio | None = None
    burst_duration_estimate: Duration | None = None
    gap_duration_estimate: Duration | None = None
    dscp_received: CodePoint | None = None
    dscp_counts: dict[CodePoint, Count] = {}
    ecn_counts: dict[EcnField, Count] = {}
    ttl_min: HopLimit | None = None
    ttl_max: HopLimit | None = None
    pdv_histogram: PdvHistogram | None = None
    burst_ratio: float | None = None
    loss_runs: Count = 0
