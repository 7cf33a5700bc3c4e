"""From the raw stamps of both ends to the facts of a round."""

import msgspec
import numpy as np

from sonde import __version__
from sonde.model.rounds import RoundReport, SenderHealth
from sonde.probe.clock_comparison import ClockComparison, compare_clocks
from sonde.probe.drops import find_dropped
from sonde.probe.orders import StreamOutcome
from sonde.probe.packet_trace import trace_packets
from sonde.probe.record import ArrivalRecord
from sonde.rtp.delay import nearest_rank
from sonde.rtp.recorder import Arrivals, Departures, summarise
from sonde.rtp.summary import StreamSummary
from sonde.rtp.units import Integers


def stream_summary(
    outcome: StreamOutcome, jitter_buffer: float, clocks: ClockComparison | None = None
) -> StreamSummary | None:
    """What happened to the stream; None when nothing is known of its arrival.

    Args:
        outcome: the stamps.
        jitter_buffer: depth of the fixed de-jitter buffer in seconds.
        clocks: what `compare_clocks` found, for whoever has asked it already; None asks it here.
    """
    if outcome.arrivals is None:
        return None
    clocks = clocks or compare_clocks(outcome)
    return summarise(
        _departures(outcome),
        _arrivals(outcome.arrivals),
        jitter_buffer=jitter_buffer,
        clock_offset=clocks.offset.offset_ns if clocks.offset else None,
        clock_skew=clocks.skew_to_remove,
        offset_at=clocks.at,
    )


def sender_health(outcome: StreamOutcome, clocks: ClockComparison | None = None) -> SenderHealth:
    """How well the agents themselves worked meanwhile; `clocks` as for `stream_summary`."""
    clocks = clocks or compare_clocks(outcome)
    offset = clocks.offset
    lateness = np.frombuffer(outcome.lateness, dtype=np.int64)
    ordered = np.sort(lateness)
    arrivals = outcome.arrivals
    return SenderHealth(
        pacing_error_p50=_percentile(ordered, 500),
        pacing_error_p99=_percentile(ordered, 990),
        pacing_error_max=_percentile(ordered, 1000),
        stall_max=_longest_stall(lateness),
        send_errors=outcome.send_errors,
        agent_drops=_agent_drops(outcome),
        agent_drops_of=arrivals.drops_of if arrivals else "unknown",
        priority=outcome.priority,
        timestamp_source=arrivals.timestamp_source if arrivals else "none",
        consent_round_trip_time=_consent_round_trip(outcome),
        round_trip_time_min=offset.round_trip_time_min if offset else None,
        clock_method=clocks.method,
        clock_error_bound=offset.error_bound if offset else None,
        clock_stat_error=clocks.stat_error,
        clock_skew=clocks.skew,
        clock_conflict=clocks.conflict,
        clock_step=clocks.step,
        clock_rate_change=clocks.rate_change,
        forged_packets=arrivals.forged if arrivals else 0,
        source_version=__version__,
        target_version=outcome.target_version,
    )


def with_measurement(
    report: RoundReport, outcome: StreamOutcome, clocks: ClockComparison | None = None
) -> RoundReport:
    """The report of a round that was begun as `report`, completed by what came of it."""
    departures, clocks = _departures(outcome), clocks or compare_clocks(outcome)
    return msgspec.structs.replace(
        report,
        started_at=float(departures.sent_at[0]) / 1e9 if len(departures.sent_at) else report.started_at,
        stream=stream_summary(outcome, report.jitter_buffer, clocks),
        health=sender_health(outcome, clocks),
        error=outcome.error,
        error_detail=outcome.error_detail,
        packets=trace_packets(
            departures,
            _arrivals(outcome.arrivals),
            jitter_buffer=report.jitter_buffer,
            clock_offset=clocks.offset.offset_ns if clocks.offset else None,
            clock_skew=clocks.skew_to_remove,
            offset_at=clocks.at,
        )
        if outcome.arrivals
        else None,
    )


def _departures(outcome: StreamOutcome) -> Departures:
    """What was sent, without what the target's own queue dropped: that is neither lost nor received."""
    stamps = np.frombuffer(outcome.sent, dtype=np.int64).copy()
    stamps[_dropped(outcome)] = 0
    index = np.flatnonzero(stamps)
    took = np.frombuffer(outcome.took, dtype=np.int64)[index]
    # A packet leaves during the send call: the middle of it is nearer than the stamp before it.
    return Departures(index=index, sent_at=stamps[index] + took // 2, took=took)


def _dropped(outcome: StreamOutcome) -> Integers:
    if outcome.arrivals is None:
        return np.empty(0, dtype=np.int64)
    sent = np.frombuffer(outcome.sent, dtype=np.int64)
    return find_dropped(outcome.arrivals, sent, np.frombuffer(outcome.syncs, dtype=np.int64))


def _agent_drops(outcome: StreamOutcome) -> int:
    if outcome.arrivals is None:
        return 0
    return len(_dropped(outcome)) if outcome.arrivals.drops_of == "stream" else outcome.arrivals.socket_drops


def _arrivals(record: ArrivalRecord) -> Arrivals:
    ttl = np.frombuffer(record.ttl, dtype=np.uint8).astype(np.int64)
    return Arrivals(
        index=np.frombuffer(record.indexes, dtype="<u2").astype(np.int64),
        received_at=np.frombuffer(record.stamps, dtype="<i8").astype(np.int64),
        tos=np.frombuffer(record.tos, dtype="<i2").astype(np.int64),
        ttl=np.where(ttl == 0, -1, ttl),
    )


def _percentile(ordered: Integers, per_mille: int) -> float | None:
    return nearest_rank(ordered, per_mille) / 1e9 if len(ordered) else None


def _longest_stall(lateness: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> float | None:
    # The schedule is even, so the change of lateness is the part of a gap beyond the packet interval.
    if len(lateness) < 2:
        return None
    return max(0.0, float(np.diff(lateness).max()) / 1e9)


def _consent_round_trip(outcome: StreamOutcome) -> float | None:
    return outcome.exchanges[0].round_trip_time / 1e9 if outcome.exchanges else None
