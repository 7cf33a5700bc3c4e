import pytest
from calls import Call, Weather

from sonde.quality.averages import OverTime
from sonde.webrtc.issues.catalogue import TYPES
from sonde.webrtc.issues.finding import find_issues
from sonde.webrtc.issues.issue import Cause, Issue, Severity
from sonde.webrtc.issues.verdict import PHRASES, Grade, verdict

SECOND = 1_000_000_000
LABELS = {"A": "Ann", "B": "Bob"}


def issue(name, start, end, severity=Severity.WARNING, **more):
    """An issue of B from one second to another."""
    return Issue(type=name, severity=severity, peer="B", start=start * SECOND, end=end * SECOND, **more)


def score(mos):
    """A stream's score over a minute."""
    return OverTime(
        scale="fullband", duration=60, mean=100, p10=100, worst=100, mos_mean=mos, mos_p10=mos, mos_worst=mos
    )


def judged(*issues, scores=None):
    """The verdict on a minute that scored well unless told otherwise."""
    scores = [score(4.3)] if scores is None else scores
    return verdict(issues, scores, duration=60, labels=LABELS)


@pytest.mark.parametrize(
    ("grade", "issues", "scores"),
    [
        (Grade.GOOD, [], [score(4.3)]),
        (Grade.GOOD, [issue("codec_change", 0, 60, Severity.INFO)], [score(4.3)]),
        (Grade.UNKNOWN, [], []),
        (Grade.FAIR, [issue("rtt_high", 0, 10)], [score(4.3)]),
        (Grade.POOR, [issue("rtt_high", 0, 20)], [score(4.3)]),
        (Grade.POOR, [issue("rtt_high", 0, 10), issue("jitter_high", 30, 40)], [score(4.3)]),
        (Grade.POOR, [issue("no_video", 0, 5, Severity.CRITICAL)], [score(4.3)]),
        (Grade.BAD, [issue("no_video", 0, 20, Severity.CRITICAL)], [score(4.3)]),
        (Grade.POOR, [], [score(4.3), score(3.0)]),
        (Grade.BAD, [], [score(2.4)]),
    ],
)
def test_grades(grade, issues, scores):
    """How long, how grave, and how the worst stream scored make the grade."""
    assert judged(*issues, scores=scores).grade is grade


def test_issues_at_the_same_time_count_once():
    """Two issues of ten seconds at once are ten seconds of sixty."""
    assert judged(issue("rtt_high", 0, 10), issue("jitter_high", 0, 10)).grade is Grade.FAIR


def test_the_sentence_names_people_reason_and_place():
    """What, who, how long, where, and what else."""
    result = judged(issue("packet_loss_in", 20, 45, cause=Cause.DOWNLINK), issue("mos_low", 22, 40))
    assert (
        result.sentence
        == "Poor: packets to Bob were lost for 25 s, most likely on its downlink (mos_low besides)."
    )
    assert result.issue.type == "packet_loss_in"


def test_the_network_is_named_before_its_consequences():
    """Where loss explains the gravest issue of a stream, the loss is the reason given."""
    gravest = issue("audio_concealment", 20, 45, Severity.CRITICAL, stream="S")
    loss = issue("packet_loss_in", 20, 45, stream="S")
    assert judged(gravest, loss).issue == loss
    assert judged(gravest, issue("packet_loss_in", 20, 45, stream="T")).issue == gravest


def test_a_good_and_a_bad_call():
    """A clean call is good; one that loses 5 % for half of its time says so."""
    clean = find_issues(Call().peers())
    assert judged(*clean).sentence == "Good: nothing was wrong."
    lossy = find_issues(Call(a_to_b=[(20, 45, Weather(loss=0.05))]).peers())
    assert judged(*lossy).sentence.startswith("Poor: packets to Bob were lost for 25 s")


def test_every_type_has_a_phrase():
    """Whatever is found can be put into words, with the name of the peer."""
    assert set(PHRASES) == set(TYPES)
    assert all("{peer}" in phrase for phrase in PHRASES.values())
