import json

import msgspec
import pytest

from sonde.cli.report import print_json, print_table
from sonde.model.rounds import RoundReport, SenderHealth, score_report
from sonde.rtp.recorder import StreamSummary

REPORT = RoundReport(
    test_id=0,
    round_id=60,
    target_agent_id=0,
    interval=0,
    duration=5,
    codec="g711",
    dscp=46,
    jitter_buffer=0.040,
    started_at=60.0,
    target_address="192.0.2.1",
    target_port=49152,
    stream=StreamSummary(
        packets_sent=250,
        packets_received=245,
        packets_lost=5,
        packets_duplicated=0,
        packets_reordered=0,
        packets_discarded=0,
        loss_ratio=0.02,
        discard_ratio=0.0,
        one_way_delay_mean=0.08975,
        burst_ratio=0.98,
        loss_runs=5,
    ),
    health=SenderHealth(clock_method="two-way", clock_error_bound=0.0),
)


@pytest.fixture
def lines(capsys):
    """Rows of the table by their name, of one model after the other, and the remarks below it."""

    def read(report):
        print_table(report, score_report(report))
        printed = capsys.readouterr().out
        rows = [
            [cell.strip() for cell in line.split("│")[1:3]] for line in printed.splitlines() if "│" in line
        ]
        return rows, printed

    return read


def test_people_see_both_models_with_their_certainty(lines):
    """MOS of the ceiling, the scale, the interval, and what took the points, for each model."""
    rows, _ = lines(REPORT)
    assert ["MOS-CQ (te-g107)", "4.16 of 4.41, narrowband scale"] in rows
    sonde = rows[rows.index(["MOS-CQ (sonde-g107)", "4.12 of 4.41, narrowband scale"]) :]
    assert sonde[1] == ["with 95 % certainty", "3.85 to 4.25"]
    assert sonde[2][1].startswith("82.5 (75.")
    assert sonde[3] == ["MOS points lost to", "loss 0.15, telephones 0.15, talker echo"]


def test_people_see_why_there_is_no_mos(lines):
    """A codec without Bpl has no MOS by sonde-g107 when packets are lost; te-g107 goes on."""
    rows, _ = lines(msgspec.structs.replace(REPORT, codec="g722-64"))
    first = rows.index(["MOS-CQ (sonde-g107)", "none: How well G.722 @ 64 kbit/s bears"])
    said = " ".join(value for _, value in rows[first : first + 3])
    assert said.endswith("loss (Bpl) has not been published, and packets are missing.")
    assert any(name == "MOS-CQ (te-g107)" and "of 4.03" in value for name, value in rows)


def test_the_same_doubt_is_told_once(lines):
    """Both models have it."""
    _, printed = lines(msgspec.structs.replace(REPORT, health=SenderHealth()))
    assert printed.count("How wrong the delay may be is unknown") == 1


def test_programs_get_the_points_of_both_units(capsys):
    """Each score has its attribution, whose points add up to what is missing to the top of the scale."""
    print_json(REPORT, score_report(REPORT))
    document = json.loads(capsys.readouterr().out)
    for name in ("score", "sonde_score"):
        score = document[name]
        assert score["mos_low"] < score["mos_cq"] < score["mos_high"]
        assert sum(score["attribution"]["points"].values()) == pytest.approx(100 - score["components"]["r"])
        assert sum(score["attribution"]["mos_points"].values()) == pytest.approx(4.5 - score["mos_cq"])


def test_programs_get_null_for_what_is_not_there(capsys):
    """Without a MOS there are no points."""
    report = msgspec.structs.replace(REPORT, stream=None)
    print_json(report, score_report(report))
    assert json.loads(capsys.readouterr().out)["sonde_score"]["attribution"] is None
