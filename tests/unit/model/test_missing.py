"""Whatever a result lacks, it says why."""

import msgspec
import pytest

from sonde.model.missing import (
    NO_EVIDENCE,
    NO_SECOND_MODEL,
    NO_STREAM,
    NOT_MEASURED,
    NOT_RECEIVED,
    NOT_SENT,
    explain_missing,
)
from sonde.model.rounds import RoundError, RoundReport, RoundResult, SenderHealth, score_report
from sonde.rtp.recorder import StreamRecorder
from sonde.rtp.summary import StreamSummary


def result(stream: StreamSummary | None, **facts) -> RoundResult:
    """A result with that stream."""
    report = RoundReport(
        test_id=1,
        round_id=60,
        target_agent_id=2,
        interval=60,
        duration=5,
        codec="g711",
        dscp=46,
        jitter_buffer=0.04,
        started_at=61.0,
        stream=stream,
        **facts,
    )
    verdicts = score_report(report)
    return RoundResult(
        workspace_id=1,
        source_agent_id=1,
        received_at=70.0,
        report=report,
        score=verdicts.score,
        sonde_score=verdicts.sonde_score,
    )


def recorded(*, sent: int, arrived: int, tos: int = 184) -> StreamSummary:
    """A stream of which the first packets arrived."""
    recorder = StreamRecorder(jitter_buffer=0.04)
    for index in range(sent):
        recorder.sent(index, index * 20_000_000)
    for index in range(arrived):
        recorder.received(index, index * 20_000_000 + 30_000_000, tos=tos, ttl=60)
    return recorder.summary()


def reasons(of: RoundResult) -> dict[str, str]:
    """Why each field is missing."""
    return {field: each.reason for each in explain_missing(of) for field in each.fields}


def absent(of: RoundResult) -> set[str]:
    """Every field that is None, told from the result itself."""
    parts = {"stream": of.report.stream, "health": of.report.health}
    parts |= {"score": of.score, "sonde_score": of.sonde_score}
    found = {name for name, part in parts.items() if part is None}
    for name, part in parts.items():
        if part is not None:
            values = msgspec.structs.asdict(part).items()
            found |= {
                f"{name}.{field}" for field, value in values if value is None and field != "pdv_histogram"
            }
    return found | {
        f"{name}.attribution" for name in ("score", "sonde_score") if f"{name}.components" in found
    }


@pytest.mark.parametrize(("sent", "arrived"), [(0, 0), (1, 0), (1, 1), (2, 2), (50, 0), (50, 1), (50, 50)])
def test_every_gap_is_explained_and_nothing_else(sent, arrived):
    """One reason for each field that is None, and none for one that is there."""
    of = result(recorded(sent=sent, arrived=arrived))
    assert reasons(of).keys() == absent(of)
    assert all(reason.endswith(".") for reason in reasons(of).values())


def test_reasons_are_the_true_ones():
    """What was not sent, did not arrive or was not told is told apart."""
    assert reasons(result(recorded(sent=0, arrived=0)))["stream.loss_ratio"] == NOT_SENT
    assert reasons(result(recorded(sent=9, arrived=0)))["stream.pdv_p99"] == NOT_RECEIVED
    complete = reasons(result(recorded(sent=9, arrived=9, tos=-1)))
    assert "did not tell" in complete["stream.dscp_received"]
    assert "another level" in complete["stream.level_shift_at"]
    without_offset = msgspec.structs.replace(
        recorded(sent=9, arrived=9), one_way_delay_min=None, one_way_delay_mean=None
    )
    assert "offset" in reasons(result(without_offset))["stream.one_way_delay_mean"]
    assert reasons(result(without_offset))["score.mos_cq"] == "The one-way delay is unknown."
    older = msgspec.structs.replace(recorded(sent=9, arrived=9), bursts=None)
    assert reasons(result(older))["stream.bursts"] == NOT_MEASURED
    assert "set" in reasons(result(older, health=SenderHealth()))["health.clock_step"]


def test_a_round_that_failed_gives_its_own_reason():
    """In the words of the agent, or in ours when it has none."""
    failed = result(None, error=RoundError.REFUSED, error_detail="Too many streams.")
    assert reasons(failed)["stream"] == "Too many streams."
    assert reasons(result(None))["stream"] == NO_STREAM


def test_older_results_have_no_second_score_and_no_interval():
    """Both are explained by when they were stored."""
    of = result(recorded(sent=9, arrived=9))
    bare = msgspec.structs.replace(of.score, mos_low=None, mos_high=None, r_low=None, r_high=None)
    older = msgspec.structs.replace(of, score=bare, sonde_score=None)
    assert reasons(older)["sonde_score"] == NO_SECOND_MODEL
    assert reasons(older)["score.mos_low"] == NO_EVIDENCE
