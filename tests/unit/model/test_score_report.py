import msgspec
import pytest

from sonde.model.rounds import RoundError, RoundReport, SenderHealth, score_report
from sonde.rtp.recorder import StreamSummary

STREAM = StreamSummary(
    packets_sent=3000,
    packets_received=2940,
    packets_lost=60,
    packets_duplicated=0,
    packets_reordered=0,
    packets_discarded=30,
    loss_ratio=0.02,
    discard_ratio=0.01,
    one_way_delay_mean=0.040,
    burst_ratio=1.8,
    loss_runs=45,
)
REPORT = RoundReport(
    test_id=1,
    round_id=60,
    target_agent_id=2,
    interval=60,
    duration=60,
    codec="g711",
    dscp=46,
    jitter_buffer=0.040,
    started_at=60.0,
    stream=STREAM,
    health=SenderHealth(clock_method="two-way", clock_error_bound=0.015),
)


def score(health=None, **changes):
    """Both verdicts on the report after changes of its stream and its health."""
    stream = msgspec.structs.replace(STREAM, **changes)
    return score_report(msgspec.structs.replace(REPORT, stream=stream, health=health or REPORT.health))


def test_both_models_judge_the_same_facts():
    """te-g107 without the delay of the ends and with random loss, sonde-g107 with both."""
    verdicts = score_report(REPORT)
    te, sonde = verdicts.score, verdicts.sonde_score
    assert (te.model, sonde.model) == ("te-g107", "sonde-g107")
    assert te.components.ie_eff == pytest.approx(95 * 3 / (3 + 25.1))
    assert sonde.components.ie_eff == pytest.approx(95 * 3 / (3 / 1.8 + 25.1))
    assert sonde.components.idte > te.components.idte > 0


def test_each_model_rates_on_its_scale():
    """G.722 is narrowband for te-g107 and wideband for sonde-g107."""
    stream = msgspec.structs.replace(
        STREAM, packets_lost=0, packets_discarded=0, loss_ratio=0.0, discard_ratio=0.0, loss_runs=0,
        burst_ratio=None,
    )  # fmt: skip
    verdicts = score_report(msgspec.structs.replace(REPORT, codec="g722-64", stream=stream))
    assert (verdicts.score.scale, verdicts.sonde_score.scale) == ("narrowband", "wideband")
    assert verdicts.sonde_score.r_factor > 100


def test_the_interval_rests_on_packets_runs_and_clocks():
    """Fewer packets, longer runs and a worse clock make it wider, for both models."""
    doubts = {
        "packets": score(packets_sent=300),
        "runs": score(loss_runs=11),
        "clock": score(SenderHealth(clock_error_bound=0.080)),
    }
    for name in ("score", "sonde_score"):
        known = getattr(score_report(REPORT), name)
        assert known.mos_low < known.mos_cq < known.mos_high
        for cause, verdicts in doubts.items():
            doubtful = getattr(verdicts, name)
            assert doubtful.mos_high - doubtful.mos_low > known.mos_high - known.mos_low, cause


def test_an_agent_that_does_not_tell_runs_is_scored_too():
    """Losses count as random and each for itself, and a note says so."""
    verdicts = score(burst_ratio=None, loss_runs=0)
    assert "How the losses cluster is unknown, so they count as random." in verdicts.sonde_score.notes
    assert verdicts.sonde_score.mos_low is not None


def test_nothing_measured_is_nothing_scored():
    """Both say why, and neither has an interval."""
    report = msgspec.structs.replace(REPORT, stream=None, error=RoundError.NO_CONSENT)
    nothing_sent = score(packets_sent=0, loss_ratio=None, discard_ratio=None)
    for verdicts in (score_report(report), nothing_sent):
        for verdict in (verdicts.score, verdicts.sonde_score):
            assert (verdict.mos_cq, verdict.mos_low) == (None, None)
            assert verdict.reason == "There is no record of any packet."
