"""From what was found out about a stream to its entry in the report."""

from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from sonde.capture.captured_stream import CapturedStream, Circumstances, Concluded
from sonde.capture.claims import Claims
from sonde.capture.report import BurstsByAppendix, Changes, Percentiles, StreamReport, depth_key
from sonde.capture.scoring import score_stream
from sonde.rtp.losses import LossFindings
from sonde.rtp.observed_delay import DelayFindings
from sonde.rtp.observer import ObservedStream
from sonde.rtp.tally import Tally
from sonde.rtp.units import to_nanoseconds, to_seconds

_TWICE: Final = 0.4
"""Share of packets with a copy from which on the capture itself may have doubled them."""


def describe(
    stream: CapturedStream, claims: Claims, circumstances: Circumstances, *, one_way_delay: float
) -> StreamReport:
    """The report on one stream, after its last packet; call once."""
    concluded = stream.conclude()
    chosen, seen = concluded.chosen, concluded.observed
    delay, clock_rate = seen.delay, chosen.format.clock_rate
    wanted = to_nanoseconds(circumstances.wanted_depth)
    discarded = None if delay is None else delay.pdv.count_above(wanted)
    bit_rate = 8 * stream.bytes / stream.packets / seen.packet_interval if seen.packet_interval else 0.0
    mos = score_stream(
        chosen,
        seen,
        discarded,
        bit_rate=bit_rate,
        jitter_buffer=circumstances.wanted_depth,
        one_way_delay=one_way_delay,
    )
    return StreamReport(
        **_identity(stream),
        codec=chosen.format.name or None,
        codec_source=chosen.source,
        clock_rate=clock_rate or None,
        packet_interval=seen.packet_interval,
        bit_rate=bit_rate,
        **_counts(seen),
        discard_ratio=None if discarded is None else discarded / seen.packets_expected,
        **_losses(seen.losses),
        **(_NO_DELAYS if delay is None else _delays(delay, seen.restarts)),
        clock_skew_removed=concluded.drift_removed,
        jitter_buffer=circumstances.wanted_depth,
        mos=mos,
        reported=claims.about(stream.key.ssrc, clock_rate),
        not_measured=_why_not_measured(concluded),
        notes=_notes(seen),
    )


def _identity(stream: CapturedStream) -> dict[str, Any]:
    """What tells the stream from others."""
    (source_address, source_port), (address, port) = stream.key.source, stream.key.destination
    types = stream.payload_types
    return {
        "ssrc": stream.key.ssrc,
        "source_address": source_address,
        "source_port": source_port,
        "destination_address": address,
        "destination_port": port,
        "started_at": to_seconds(stream.first_arrival),
        "duration": to_seconds(stream.last_arrival - stream.first_arrival),
        "payload_type": stream.payload_type,
        "payload_types": {str(number): int(types[number]) for number in types.nonzero()[0]},
    }


def _counts(seen: ObservedStream) -> dict[str, Any]:
    """What was counted, under the names it was counted by."""
    counted = {
        name: getattr(seen, name)
        for name in ObservedStream.__struct_fields__
        if name.startswith("packets_") or name == "restarts"
    }
    return {
        **counted,
        "loss_ratio": seen.packets_lost / seen.packets_expected,
        "dscp": _count_by(seen.tos_counts, lambda tos: tos >> 2),
        "ecn": _count_by(seen.tos_counts, lambda tos: tos & 3),
    }


def _losses(losses: LossFindings) -> dict[str, Any]:
    """Bursts, gaps and BurstR of packets that never arrived."""
    burst, gap, estimate = losses.bursts.burst, losses.bursts.gap, losses.estimate
    return {
        "bursts": burst.periods,
        "burst_density": burst.density,
        "gap_density": gap.density,
        "burst_duration": burst.duration,
        "gap_duration": gap.duration,
        "bursts_by_appendix": BurstsByAppendix(
            burst_density=estimate.burst_density,
            gap_density=estimate.gap_density,
            burst_duration=estimate.burst_duration,
            gap_duration=estimate.gap_duration,
            **msgspec.structs.asdict(estimate.counts),
        ),
        "loss_runs": losses.burst_ratio.loss_runs,
        "burst_ratio": losses.burst_ratio.run_length_raw,
        "burst_ratio_transition": losses.burst_ratio.transition_raw,
    }


def _delays(delay: DelayFindings, restarts: int) -> dict[str, Any]:
    """What needs media time."""
    depths = {depth: depth_key(depth) for depth in delay.discards}
    return {
        "jitter": delay.jitter,
        "jitter_max": delay.jitter_max,
        "jitter_mean": delay.jitter_mean,
        "jitter_ticks": delay.jitter_ticks,
        "pdv": _percentiles(delay.pdv),
        "ipdv": _changes(delay.ipdv),
        "clock_skew": delay.skew,
        "level_shift": delay.level_shift,
        "timestamp_jumps": max(0, delay.epochs - 1 - restarts),
        "discards": {key: delay.discards[depth] for depth, key in depths.items()},
        "discards_minimum_anchor": {
            key: delay.pdv.count_above(to_nanoseconds(depth)) for depth, key in depths.items()
        },
    }


_NO_DELAYS: Final[Mapping[str, None]] = MappingProxyType(
    dict.fromkeys(
        (
            "jitter", "jitter_max", "jitter_mean", "jitter_ticks", "pdv", "ipdv", "clock_skew",
            "level_shift", "timestamp_jumps", "discards", "discards_minimum_anchor",
        )
    )
)  # fmt: skip


def _percentiles(pdv: Tally) -> Percentiles:
    p50, p95, p99, p999 = (to_seconds(pdv.percentile(per_mille)) for per_mille in (500, 950, 990, 999))
    return Percentiles(
        p50=p50,
        p95=p95,
        p99=p99,
        p999=p999,
        max=to_seconds(pdv.maximum),
        mean=to_seconds(pdv.mean),
        resolution=to_seconds(pdv.grid),
    )


def _changes(ipdv: Tally) -> Changes | None:
    if not len(ipdv):
        return None
    sizes = ipdv.magnitudes()
    p50, p95, p99, p999 = (to_seconds(sizes.percentile(per_mille)) for per_mille in (500, 950, 990, 999))
    return Changes(
        p50=p50,
        p95=p95,
        p99=p99,
        p999=p999,
        mean=to_seconds(sizes.mean),
        min=to_seconds(ipdv.minimum),
        max=to_seconds(ipdv.maximum),
        resolution=to_seconds(ipdv.grid),
    )


def _count_by(tos_counts: Mapping[int, int], field: Callable[[int], int]) -> dict[str, int]:
    """Packets by a part of the TOS byte, lowest first."""
    found: Counter[int] = Counter()
    for tos, packets in tos_counts.items():
        found[field(tos)] += packets
    return {str(value): found[value] for value in sorted(found)}


def _why_not_measured(concluded: Concluded) -> str:
    if concluded.observed.delay is not None:
        return ""
    if concluded.hopeless:
        return "The timestamps jump too often to tell the time, so nothing that needs them was measured."
    return "The RTP clock is unknown, so nothing that needs media time was measured; --codec can name it."


def _notes(seen: ObservedStream) -> tuple[str, ...]:
    """What a reader should know about the numbers."""
    notes = []
    if seen.packets_duplicated > _TWICE * seen.packets_received:
        notes.append("Nearly every packet is there twice; the capture may have seen it at two places.")
    if seen.restarts:
        notes.append("The sequence numbers began anew; what got lost in between is not known.")
    if seen.delay is not None and seen.delay.epochs > seen.restarts + 1:
        notes.append("The timestamps jumped; delays before and after a jump are not compared.")
    if seen.delay is not None and seen.delay.level_shift is not None:
        notes.append("The delay changed for good within the stream, which makes PDV large.")
    return tuple(notes)
