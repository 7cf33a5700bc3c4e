"""Examples for readers of the document, made by the code that makes the answers."""

from typing import Any, Final

import msgspec

from sonde.api.native.result_shapes import show_result
from sonde.model.rounds import RoundReport, RoundResult, SenderHealth, score_report
from sonde.rtp.summary import StreamSummary

ROUND: Final = 1_785_312_000

_STREAM: Final = StreamSummary(
    packets_sent=250,
    packets_received=245,
    packets_lost=5,
    packets_duplicated=0,
    packets_reordered=1,
    packets_discarded=2,
    loss_ratio=0.02,
    discard_ratio=0.008,
    one_way_delay_min=0.0281,
    one_way_delay_mean=0.0305,
    one_way_delay_p50=0.0299,
    one_way_delay_p95=0.0362,
    one_way_delay_p99=0.0481,
    one_way_delay_max=0.0742,
    pdv_mean=0.0024,
    pdv_p50=0.0018,
    pdv_p95=0.0081,
    pdv_p99=0.02,
    pdv_p999=0.0461,
    pdv_max=0.0461,
    jitter=0.0011,
    bursts=0,
    burst_density=0.0,
    gap_density=0.028,
    burst_duration=0.0,
    gap_duration=5.0,
    dscp_received=0,
    dscp_counts={0: 245},
    ecn_counts={0: 245},
    ttl_min=57,
    ttl_max=57,
    burst_ratio=1.02,
    loss_runs=7,
)

_REPORT: Final = RoundReport(
    test_id=7,
    round_id=ROUND,
    target_agent_id=4,
    interval=60,
    duration=5,
    codec="g711",
    dscp=46,
    jitter_buffer=0.04,
    started_at=ROUND + 12.25,
    target_address="192.0.2.7",
    target_port=49152,
    stream=_STREAM,
    health=SenderHealth(
        pacing_error_p50=0.000014,
        pacing_error_p99=0.000061,
        pacing_error_max=0.00019,
        stall_max=0.0002,
        agent_drops_of="stream",
        priority="realtime",
        timestamp_source="kernel",
        consent_round_trip_time=0.0571,
        round_trip_time_min=0.0563,
        clock_method="two-way",
        clock_error_bound=0.0281,
        clock_stat_error=0.0004,
        clock_skew=0.0000021,
        source_version="0.1.0",
        target_version="0.1.0",
    ),
)


def _example() -> RoundResult:
    verdicts = score_report(_REPORT)
    return RoundResult(
        workspace_id=1,
        source_agent_id=3,
        received_at=ROUND + 18.5,
        report=_REPORT,
        score=verdicts.score,
        sonde_score=verdicts.sonde_score,
    )


EXAMPLE: Final = _example()
RESULT: Final[dict[str, Any]] = msgspec.to_builtins(show_result(EXAMPLE), str_keys=True)
CURSOR: Final = "WzcsMTc4NTMxMjAwMCwzLDBd"
"""Behind that result."""

RESULT_PAGE: Final = {"items": [RESULT], "next": CURSOR}
MOMENT: Final = "2026-07-29T08:00:12.250000Z"
