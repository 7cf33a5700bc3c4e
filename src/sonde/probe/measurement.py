"""From the raw stamps of both ends to the facts of a round."""

import msgspec
import numpy as np

from sonde import __version__
from sonde.model.rounds import RoundReport, SenderHealth
from sonde.probe.clock_comparison import ClockComparison, compare_clocks
from sonde.probe.orders import StreamOutcome
from sonde.probe.packet_trace import trace_packets
from sonde.probe.record import ArrivalRecord
from sonde.rtp.recorder import Arrivals, Departures, summarise
from sonde.rtp.summary import StreamSummary


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
    arrivals = outcome.arrivals
    return SenderHealth(
        pacing_error_p99=float(np.percentile(lateness, 99)) / 1e9 if len(lateness) else None,
        stall_max=_longest_stall(lateness),
        send_errors=outcome.send_errors,
        agent_drops=arrivals.socket_drops if arrivals else 0,
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
    stamps = np.frombuffer(outcome.sent, dtype=np.int64)
    index = np.flatnonzero(stamps)
    return Departures(index=index, sent_at=stamps[index])


def _arrivals(record: ArrivalRecord) -> Arrivals:
    ttl = np.frombuffer(record.ttl, dtype=np.uint8).astype(np.int64)
    return Arrivals(
        index=np.frombuffer(record.indexes, dtype="<u2").astype(np.int64),
        received_at=np.frombuffer(record.stamps, dtype="<i8").astype(np.int64),
        tos=np.frombuffer(record.tos, dtype="<i2").astype(np.int64),
        ttl=np.where(ttl == 0, -1, ttl),
    )


def _longest_stall(lateness: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> float | None:
    # The schedule is even, so the change of lateness is the part of a gap beyond the packet interval.
    if len(lateness) < 2:
        return None
    return max(0.0, float(np.diff(lateness).max()) / 1e9)


def _consent_round_trip(outcome: StreamOutcome) -> float | None:
    return outcome.exchanges[0].round_trip_time / 1e9 if outcome.exchanges else None
