"""Streams and reports as a lossy network makes them, the same ones in every run."""

import msgspec
import numpy as np

from sonde.model.rounds import RoundReport, RoundResult, SenderHealth, score_report
from sonde.probe.packet_trace import trace_packets
from sonde.rtp.recorder import Arrivals, Departures, summarise

PACKET_INTERVAL = 20_000_000
SENT_FROM = 1_700_000_000_000_000_000
EXPEDITED = 46 << 2


def make_stream(packets: int, seed: int = 1) -> tuple[Departures, Arrivals]:
    """One stream over a path with 30 ms delay, 5 ms of exponential delay variation and 2 % loss.

    One packet in a hundred comes twice, and the variation lets some overtake others.
    """
    chance = np.random.default_rng(seed)
    index = np.arange(packets)
    sent_at = SENT_FROM + index * PACKET_INTERVAL
    copies = np.concatenate([index[chance.random(packets) >= 0.02], index[chance.random(packets) < 0.01]])
    delay = 30_000_000 + chance.exponential(5_000_000, len(copies)).astype(np.int64)
    received_at = sent_at[copies] + delay
    order = np.argsort(received_at, kind="stable")
    arrivals = Arrivals(
        index=copies[order],
        received_at=received_at[order],
        tos=np.full(len(copies), EXPEDITED),
        ttl=np.full(len(copies), 57),
    )
    return Departures(index=index, sent_at=sent_at), arrivals


def make_report(packets: int = 250, seed: int = 1) -> RoundReport:
    """A complete report of test 1 to agent 2 on such a stream, at the epoch."""
    departures, arrivals = make_stream(packets, seed)
    return RoundReport(
        test_id=1,
        round_id=0,
        target_agent_id=2,
        interval=60,
        duration=5,
        codec="g711",
        dscp=46,
        jitter_buffer=0.040,
        started_at=0.0,
        target_address="192.0.2.7",
        target_port=49152,
        stream=summarise(departures, arrivals, jitter_buffer=0.040, clock_offset=0),
        health=SenderHealth(
            pacing_error_p99=0.0003,
            stall_max=0.0021,
            timestamp_source="kernel",
            consent_round_trip_time=0.0612,
            round_trip_time_min=0.0604,
            clock_method="two-way",
            clock_error_bound=0.0302,
            source_version="0.1.0",
            target_version="0.1.0",
        ),
        packets=trace_packets(departures, arrivals, jitter_buffer=0.040, clock_offset=0),
    )


def make_body(seed: int = 1) -> bytes:
    """A scored result as the server keeps it in its spool."""
    report = make_report(seed=seed)
    verdicts = score_report(report)
    result = RoundResult(
        workspace_id=1,
        source_agent_id=1,
        received_at=SENT_FROM / 1e9,
        report=report,
        score=verdicts.score,
        sonde_score=verdicts.sonde_score,
    )
    return msgspec.msgpack.encode(result)
