"""The numbers of a report against those that W3C webrtc-stats defines, worked out from the raw dump here."""

import gzip
import json
from datetime import datetime

import pytest
from known_calls import DATA, report_on

CALLS = ["video-clean", "video-loss5-jitter30-AtoB", "audio-pcmu-delay300-both"]


@pytest.fixture(scope="module", params=CALLS)
def call(request):
    """The report on a call, and the raw objects of each connection with an SSRC, in order of time."""
    path = DATA / "labelled" / f"{request.param}.getstats.jsonl.gz"
    raw: dict[tuple[str, str, int], list[dict]] = {}
    with gzip.open(path, "rt") as lines:
        for row in map(json.loads, lines):
            for each in row["report"]:
                if "ssrc" in each:
                    raw.setdefault((row["pc"], each["type"], each["ssrc"]), []).append(each)
    return report_on(path), raw


def streams(call, direction):
    """Each stream of the report with its raw objects by type."""
    report, raw = call
    found = [
        (
            stream,
            {
                name: objects
                for (pc, name, ssrc), objects in raw.items()
                if (pc, ssrc) == (peer.label, stream.ssrcs[0])
            },
        )
        for session in report.sessions
        for peer in session.peers
        for stream in peer.streams
        if stream.direction == direction
    ]
    assert found
    return found


def rise(objects, name):
    """Last minus first."""
    return objects[-1].get(name, 0) - objects[0].get(name, 0)


def test_loss_received(call):
    """Lost of lost and received, without packets sent again."""
    for stream, raw in streams(call, "recv"):
        inbound = raw["inbound-rtp"]
        lost = rise(inbound, "packetsLost")
        expected = lost + rise(inbound, "packetsReceived") - rise(inbound, "retransmittedPacketsReceived")
        assert stream.packets_lost == lost
        assert stream.loss_ratio == pytest.approx(lost / expected, abs=1e-9)


def test_loss_sent_as_the_other_side_reports(call):
    """The rise of its count of lost packets; the ratio is of what it should have received."""
    for stream, raw in streams(call, "send"):
        lost = rise(raw["remote-inbound-rtp"], "packetsLost")
        assert stream.packets_lost == lost
        sent = rise(raw["outbound-rtp"], "packetsSent") - rise(
            raw["outbound-rtp"], "retransmittedPacketsSent"
        )
        assert stream.loss_ratio == pytest.approx(lost / sent, abs=0.005)


def test_jitter_is_the_mean_of_what_was_reported(call):
    """RFC 3550, in seconds, as the receiver says at each look."""
    for stream, raw in streams(call, "recv"):
        looks = [each["jitter"] for each in raw["inbound-rtp"][1:]]
        assert stream.jitter == pytest.approx(sum(looks) / len(looks), rel=0.05)


def test_round_trips_are_those_measured(call):
    """The rise of their sum over the rise of their count."""
    for stream, raw in streams(call, "send"):
        remote = raw["remote-inbound-rtp"]
        measured = rise(remote, "totalRoundTripTime") / rise(remote, "roundTripTimeMeasurements")
        assert stream.round_trip_time == pytest.approx(measured, rel=0.1)


def test_concealment_is_what_is_heard(call):
    """Concealed samples that were not silence, of all."""
    for stream, raw in streams(call, "recv"):
        if stream.kind == "audio":
            inbound = raw["inbound-rtp"]
            audible = rise(inbound, "concealedSamples") - rise(inbound, "silentConcealedSamples")
            share = audible / rise(inbound, "totalSamplesReceived")
            assert stream.concealment_ratio == pytest.approx(share, abs=0.0005)


def test_seconds_count_from_the_first_sample(call):
    """`start` is `start_s` seconds after the start of the session, which is its first sample."""
    report, _ = call
    (session,) = report.sessions
    for issue in report.issues:
        since = (datetime.fromisoformat(issue.start) - datetime.fromisoformat(session.start)).total_seconds()
        assert since == pytest.approx(issue.start_s, abs=0.002)
        assert 0 <= issue.start_s < issue.end_s <= session.duration
