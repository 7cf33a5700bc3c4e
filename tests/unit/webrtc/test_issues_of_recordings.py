"""Recorded calls with a known impairment: found on the right peer and direction, at the right seconds."""

import pytest
from known_calls import DATA, session_in

from sonde.webrtc.interval import NANOSECONDS
from sonde.webrtc.issues.finding import find_issues
from sonde.webrtc.issues.views import ObservedPeer

FORMATS = ["getstats", "webrtc_internals_dump", "chrome-rtcstats_dump", "rtcstats-server-v3"]


def issues_of(path):
    """Peer, direction, kind, type, start and end in seconds of each issue of a recording."""
    session = session_in(path)
    peers = [
        ObservedPeer(key=peer.label, label=peer.label, intervals=peer.intervals, events=peer.events)
        for peer in session.peers
    ]
    return [
        (
            issue.peer, issue.direction, issue.kind, issue.type,
            (issue.start - session.start) / NANOSECONDS, (issue.end - session.start) / NANOSECONDS,
        )
        for issue in find_issues(peers, session.links)
    ]  # fmt: skip


def labelled(call, dump):
    """The one recording of a labelled call in one format."""
    (path,) = DATA.glob(f"labelled/{call}.{dump}.json*.gz")
    return issues_of(path)


@pytest.mark.parametrize("dump", FORMATS)
def test_a_clean_call(dump):
    """Nothing is wrong, whichever format it was recorded in."""
    assert labelled("video-clean", dump) == []


@pytest.mark.parametrize("series", ["clean", "simulcast"])
def test_clean_series(series):
    """Nor is anything in the short clean series, simulcast among them."""
    assert issues_of(DATA / f"chromium-getstats-series-{series}.jsonl.gz") == []


@pytest.mark.parametrize("dump", FORMATS)
def test_loss_and_jitter_from_a_to_b(dump):
    """5 % from second 20 to 45: at one end what is received, at the other what is sent, and nothing else."""
    found = labelled("video-loss5-jitter30-AtoB", dump)
    receivers = {peer for peer, direction, *_ in found if direction == "recv"}
    senders = {peer for peer, direction, *_ in found if direction == "send"}
    assert len(receivers) == len(senders) == 1
    assert receivers != senders
    assert {direction for _, direction, *_ in found} == {"send", "recv"}
    by_type = {(kind, name): (start, end) for _, _, kind, name, start, end in found}
    for key in (
        ("audio", "packet_loss_in"), ("video", "packet_loss_in"), ("audio", "packet_loss_out"),
        ("video", "packet_loss_out"), ("audio", "audio_concealment"),
    ):  # fmt: skip
        assert by_type[key] == pytest.approx((20, 45), abs=3), key


@pytest.mark.parametrize("dump", FORMATS)
def test_long_delay(dump):
    """0.32 s there and back from second 15 on, at both ends, and nothing else."""
    found = labelled("audio-pcmu-delay300-both", dump)
    assert {name for _, _, _, name, _, _ in found} == {"rtt_high"}
    assert len({peer for peer, *_ in found}) == len(found) == 2
    for *_, start, end in found:
        assert start == pytest.approx(15, abs=4)
        assert end > 45


def test_brownout():
    """Loss and delay from second 8 to 16, both ways."""
    found = issues_of(DATA / "chromium-getstats-series-brownout.jsonl.gz")
    spans = {
        (peer, kind): (start, end) for peer, _, kind, name, start, end in found if name == "packet_loss_in"
    }
    assert set(spans) == {("a", "audio"), ("a", "video"), ("b", "audio"), ("b", "video")}
    for span in spans.values():
        assert span == pytest.approx((8, 16), abs=2)


@pytest.mark.parametrize(("series", "critical"), [("loss5_delay100", False), ("loss20_delay50", True)])
def test_loss_both_ways(series, critical):
    """Every stream of both ends has it from the start to the end."""
    found = issues_of(DATA / f"chromium-getstats-series-{series}.jsonl.gz")
    lost = [(peer, kind) for peer, _, kind, name, _, _ in found if name == "packet_loss_in"]
    assert sorted(lost) == [("a", "audio"), ("a", "video"), ("b", "audio"), ("b", "video")]
    assert ("mos_low" in {name for _, _, _, name, _, _ in found}) or not critical
