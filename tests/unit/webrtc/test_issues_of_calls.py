"""Whole calls over a known network: what was done is found, on the right side and at the right seconds."""

from functools import cache

import pytest
from calls import Call, Weather, seconds_of

from sonde.webrtc.intervals import peer_intervals
from sonde.webrtc.issues.finding import find_issues
from sonde.webrtc.issues.issue import Cause, Severity
from sonde.webrtc.issues.views import ObservedPeer
from sonde.webrtc.sample import Snapshot

PACES = [1.0, 5.0, 10.0]


def issues_of(**call):
    """The issues of a call."""
    return find_issues(Call(**call).peers())


def spans(issues, name, peer, kind=None):
    """Start and end, in seconds, of a peer's issues of one type."""
    return [
        (seconds_of(issue.start), seconds_of(issue.end))
        for issue in issues
        if issue.type == name and issue.peer == peer and kind in (None, issue.kind)
    ]


def assert_near(found, expected, tolerance):
    """One span, at the right seconds."""
    assert len(found) == 1, found
    assert found[0] == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize("pace", PACES)
@pytest.mark.parametrize("seed", range(2))
def test_nothing_on_a_clean_call(pace, seed):
    """Two minutes with a packet lost in two hundred have no issue, however often the client looks."""
    little = [(0, 120, Weather(loss=0.005))]
    assert issues_of(seconds=120, poll=pace, seed=seed, a_to_b=little, b_to_a=little) == []


@pytest.mark.parametrize("pace", PACES)
def test_nothing_in_silence(pace):
    """With nobody speaking, sound every 0.4 s is no lack of sound."""
    assert issues_of(poll=pace, dtx=True) == []


@pytest.mark.parametrize("pace", PACES)
def test_nothing_on_a_busy_computer(pace):
    """Gaps of 0.3 s every twenty seconds that no network made are no issue."""
    busy = [(0, 120, Weather(busy=True))]
    assert issues_of(seconds=120, poll=pace, a_to_b=busy, b_to_a=busy) == []


@pytest.mark.parametrize("pace", PACES)
def test_leaving_is_no_outage(pace):
    """When B goes, A receives nothing more, and that is no issue."""
    assert issues_of(poll=pace, b_leaves=40.0) == []


@pytest.mark.parametrize("pace", PACES)
def test_loss_on_one_way(pace):
    """5 % from A to B are seen where B receives and in what A is told, and nowhere else."""
    issues = issues_of(poll=pace, a_to_b=[(20, 45, Weather(loss=0.05))])
    for kind in ("audio", "video"):
        assert_near(spans(issues, "packet_loss_in", "B", kind), (20, 45), max(3, pace))
        assert_near(spans(issues, "packet_loss_out", "A", kind), (20, 45), max(5, 1.5 * pace))
    assert_near(spans(issues, "audio_concealment", "B"), (20, 45), max(3, pace))
    assert {(issue.peer, issue.direction) for issue in issues} == {("A", "send"), ("B", "recv")}
    assert not [issue for issue in issues if issue.severity is Severity.CRITICAL]


@pytest.mark.parametrize("pace", PACES)
def test_bursts(pace):
    """0.4 s lost whole every five seconds are loss, though most seconds have none."""
    issues = issues_of(poll=pace, a_to_b=[(20, 45, Weather(burst=(0.4, 5.0)))])
    assert_near(spans(issues, "packet_loss_in", "B", "audio"), (20, 41), max(2, pace))
    assert_near(spans(issues, "audio_concealment", "B"), (20, 41), max(2, pace))
    assert {(issue.peer, issue.direction) for issue in issues} == {("A", "send"), ("B", "recv")}


@pytest.mark.parametrize("pace", [1.0, 2.0])
def test_outage(pace):
    """Eight seconds of nothing both ways are an outage of exactly these seconds at both ends."""
    outage = [(20, 28, Weather(outage=True))]
    issues = issues_of(poll=pace, a_to_b=outage, b_to_a=outage)
    for peer in ("A", "B"):
        for name in ("ice_stalled", "no_audio_in", "no_video"):
            assert_near(spans(issues, name, peer), (20, 28), pace)
    unseen = ("ice_stalled", "no_audio_in", "no_video")
    assert {issue.severity for issue in issues if issue.type in unseen} == {Severity.CRITICAL}


def test_outage_of_one_way():
    """Nothing from A to B: B hears and sees nothing, A does."""
    issues = issues_of(a_to_b=[(20, 28, Weather(outage=True))])
    assert_near(spans(issues, "no_audio_in", "B"), (20, 28), 1)
    assert_near(spans(issues, "no_video", "B"), (20, 28), 1)
    assert not [issue for issue in issues if issue.peer == "A" and issue.direction == "recv"]


@pytest.mark.parametrize("pace", PACES)
def test_long_delay(pace):
    """0.34 s there and back is found at both ends from its begin on, and no loss with it."""
    slow = [(15, 60, Weather(delay=0.170))]
    issues = issues_of(poll=pace, a_to_b=slow, b_to_a=slow)
    assert {issue.type for issue in issues} == {"rtt_high"}
    for peer in ("A", "B"):
        assert_near(spans(issues, "rtt_high", peer), (15, 60), max(5, pace))


@pytest.mark.parametrize("pace", PACES)
def test_starved_uplink(pace):
    """A cannot send what it wants: found at A as bandwidth and congestion, and B's picture is A's doing."""
    starved = Weather(starved=True, loss=0.02, delay=0.4)
    issues = issues_of(poll=pace, a_to_b=[(20, 45, starved)])
    assert_near(spans(issues, "bandwidth_limited", "A"), (20, 45), max(2, pace))
    assert_near(spans(issues, "congestion", "A"), (20, 45), max(3, pace))
    causes = {(issue.type, issue.peer): issue.cause for issue in issues}
    assert causes["bandwidth_limited", "A"] is Cause.UPLINK
    assert causes["poor_resolution", "B"] is Cause.OTHER_SIDE
    assert causes["rtt_high", "A"] is Cause.UPLINK
    assert causes["rtt_high", "B"] is Cause.OTHER_SIDE


def forwarded(sender: ObservedPeer, receiver: ObservedPeer) -> tuple:
    """The receiver's streams of a sender."""
    sent = [stream for stream in sender.intervals.streams if stream.direction == "send"]
    ssrcs = {ssrc for stream in sent for ssrc in stream.ssrcs}
    return tuple(
        stream
        for stream in receiver.intervals.streams
        if stream.direction == "recv" and ssrcs & set(stream.ssrcs)
    )


@cache
def call_of(ssrc: int, *, bad: bool, seed: int) -> list[ObservedPeer]:
    """Both ends of one way in a conference, bad or not; of many it is the same."""
    return Call(a_to_b=[(20, 45, Weather(loss=0.08))] if bad else [], seed=seed).peers(ssrc=ssrc)


def conference(bad_uplink=(), bad_downlink=()):
    """Three people at a server: each one's streams, received by both others over their own ways.

    `bad_uplink` and `bad_downlink` name those whose own way is bad from second 20 to 45.
    """
    sent: dict[str, tuple] = {}
    received: dict[str, list] = {name: [] for name in "ABC"}
    for number, sender in enumerate("ABC"):
        ssrc = 1000 * (number + 1)
        for receiver in "ABC":
            if receiver == sender:
                continue
            bad = sender in bad_uplink or receiver in bad_downlink
            seed = number if sender in bad_uplink else 7
            received[receiver] += forwarded(*call_of(ssrc, bad=bad, seed=seed))
        here, _ = call_of(ssrc, bad=sender in bad_uplink, seed=number)
        sent[sender] = tuple(stream for stream in here.intervals.streams if stream.direction == "send")
    return [
        ObservedPeer(
            key=name, label=name, intervals=type(peer_intervals([]))(streams=(*sent[name], *received[name]))
        )
        for name in "ABC"
    ]


def test_a_bad_uplink_in_a_conference():
    """A's uplink loses: A is told so, and for B and C the cause is the other side."""
    issues = find_issues(conference(bad_uplink="A"))
    assert {issue.cause for issue in issues if issue.peer == "A"} == {Cause.UPLINK}
    assert {issue.cause for issue in issues if issue.peer in "BC"} == {Cause.OTHER_SIDE}


def test_a_bad_downlink_in_a_conference():
    """B's downlink loses what A and C send: only B has it, and the cause is its downlink."""
    issues = find_issues(conference(bad_downlink="B"))
    assert {(issue.peer, issue.cause) for issue in issues} == {("B", Cause.DOWNLINK)}
    assert {issue.evidence["because"] for issue in issues if issue.type == "packet_loss_in"} == {
        "streams of several senders have it here, and nobody else has it"
    }


def test_everyone():
    """All receive badly from all: everyone has it."""
    issues = find_issues(conference(bad_downlink="ABC"))
    causes = {issue.cause for issue in issues if issue.type == "packet_loss_in"}
    assert causes == {Cause.EVERYONE}


def test_evidence_has_numbers_and_a_reason():
    """An issue says what was measured, how bad it was, against which limit, and why it is blamed so."""
    issues = issues_of(a_to_b=[(20, 45, Weather(loss=0.05))])
    concealment = next(issue for issue in issues if issue.type == "audio_concealment")
    assert concealment.evidence["measure"] == "audible_concealment_ratio"
    assert concealment.evidence["mean"] == pytest.approx(0.05, abs=0.015)
    assert concealment.evidence["limit"] == 0.03
    assert concealment.evidence["character"] == "choppy"
    assert concealment.evidence["because"] == "the stream has packet_loss_in"


def test_the_order_of_samples_is_of_no_matter():
    """Issues are those of the intervals, whichever way round the peers are given."""
    peers = Call(a_to_b=[(20, 45, Weather(loss=0.05))]).peers()
    assert find_issues(peers) == find_issues(peers[::-1])


def test_nothing_known_nothing_wrong():
    """A session without peers, a peer without streams and a single sample have no issues."""
    assert find_issues([]) == []
    empty = ObservedPeer(key="A", intervals=peer_intervals([Snapshot(at=1)]))
    assert find_issues([empty]) == []
