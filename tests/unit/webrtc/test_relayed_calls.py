"""Calls recorded in a browser through a relay of ours: known troubles, and what only looks like one."""

import pytest
from known_calls import DATA, report_on

FOLDER = DATA / "relayed"


def spans(report, name):
    """Start and end in seconds of the issues of a type, by peer and direction."""
    return {
        (issue.peer, issue.direction): (issue.start_s, issue.end_s)
        for issue in report.issues
        if issue.type == name
    }


@pytest.mark.parametrize("name", ["hold", "muted"])
def test_what_people_do_on_purpose_is_no_issue(name):
    """Both streams held for ten seconds and given back; a microphone muted for fourteen."""
    report = report_on(FOLDER / f"{name}.getstats.jsonl.gz")
    assert report.issues == ()
    assert report.verdict.grade == "good"


@pytest.mark.parametrize("name", ["no_audio_in", "no_video"])
def test_an_outage_is_seen_to_its_end(name):
    """From second 14 to 22 of what the browser recorded, which looked away while it was disconnected."""
    found = spans(report_on(FOLDER / "outage.webrtc_internals_dump.json.gz"), name)
    assert set(found) == {("8-1", "recv"), ("8-2", "recv")}
    for span in found.values():
        assert span == pytest.approx((14.5, 22), abs=1.5)


def test_an_outage_comes_before_its_consequences():
    """The verdict says that nothing came, and not that packets were lost or that an encoder was slow."""
    report = report_on(FOLDER / "outage.webrtc_internals_dump.json.gz")
    assert "no sound arrived" in report.verdict.sentence
    assert "encoder_bottleneck" not in {issue.type for issue in report.issues}


def test_a_starved_uplink_is_found_when_frames_go_missing():
    """150 kbit/s for what A sends from second 12 to 32, which the browser itself names at 19 only."""
    report = report_on(FOLDER / "starved-uplink.getstats.jsonl.gz")
    ((where, span),) = spans(report, "bandwidth_limited").items()
    assert where == ("A", "send")
    assert span == pytest.approx((12.5, 34), abs=3)
    assert set(spans(report, "congestion")) == {("A", "send")}
    assert "encoder_bottleneck" not in {issue.type for issue in report.issues}
    assert {issue.cause for issue in report.issues if issue.type == "rtt_high"} == {"uplink", "other_side"}
