"""Recordings of real calls by other projects, read where they lie: none fails, their numbers are found."""

import json
import os
from pathlib import Path

import pytest

from sonde.webrtc.reading import read_recording
from sonde.webrtc.recording import LegacyStatistics, Notes, Recording

FOLDER = Path(os.environ.get("SONDE_TEST_WEBRTC_DUMPS", "/nowhere"))
JITSI = FOLDER / "jitsi-rtcstats"
LEGACY = "google-legacy-stats-p2p"
NO_DUMPS = ("expected", "events.json", "chromium-getstats.json", "stream.golden")
"""Results of others, labels, a list of fields, and test vectors of a wire format."""

FILES = sorted(
    str(file.relative_to(FOLDER))
    for file in FOLDER.glob("**/*.json*")
    if not any(word in str(file) for word in (*NO_DUMPS, LEGACY))
)

pytestmark = pytest.mark.skipif(
    not FILES, reason="SONDE_TEST_WEBRTC_DUMPS names no folder with dumps of other projects"
)


def recording(name: str) -> Recording:
    with (FOLDER / name).open("rb") as file:
        return read_recording(file)


def jitsi(name: str) -> Recording:
    return recording(f"jitsi-rtcstats/dumps/{name}.jsonl.gz")


@pytest.mark.parametrize("name", FILES or ["none"])
def test_every_dump_is_read(name):
    """With statistics in it, unless nothing but a device was asked for."""
    read = recording(name)
    assert any(peer.snapshots for peer in read.peers) or (not read.peers and read.events)


def test_statistics_from_before_the_standard_are_refused():
    """In a sentence."""
    with pytest.raises(LegacyStatistics, match="expected standard statistics, not the goog"):
        jitsi(LEGACY)


@pytest.mark.parametrize(
    "name", ["chrome-relay", "firefox-relay", "safari-relay", "firefox97-standard-stats-sfu"]
)
def test_nothing_in_three_browsers_is_unknown(name):
    """Every member has a place or is known to need none, and every value is of its type."""
    assert jitsi(name).notes == Notes()


@pytest.mark.parametrize("name", ["google-standard-stats-sfu", "firefox97-standard-stats-sfu"])
def test_packets_and_losses_are_those_that_the_other_project_found(name):
    """Of each received stream, with the pair in use; its own sums lie beside the dump."""
    [peer] = jitsi(name).peers
    last = {each.ssrc: each for each in peer.snapshots[-1].streams}
    expected = json.loads((JITSI / f"expected/{name}-result.json").read_text())["expectedExtractData"]
    facts = expected["features"]["aggregates"][peer.key]
    compared = 0
    for track in facts["tracks"]["receiverTracks"]:
        stream = last[track["ssrc"]]
        if stream.direction == "recv":  # it took what Firefox said of sent streams for received ones
            compared += 1
            assert (stream.kind, stream.packets_received) == (track["mediaType"], track["packets"])
            assert stream.packets_lost == track["packetsLost"]
            if stream.concealed_samples is not None:
                share = 100 * stream.concealed_samples / stream.total_samples_received
                assert share == pytest.approx(track["concealedPercentage"], abs=0.01)
    assert compared >= 2
    [transport] = peer.snapshots[-1].transports
    pair = facts["candidatePairData"]
    assert transport.candidate_pair_id == pair["id"]
    assert (transport.local_candidate_type, transport.remote_candidate_type) == (
        pair["localCandidateType"],
        pair["remoteCandidateType"],
    )
    assert (transport.local_port, transport.remote_port) == (pair["localPort"], pair["remotePort"])


def test_packets_sent_are_those_that_the_other_project_found():
    """For Chrome, whose sent streams it counts right."""
    [peer] = jitsi("google-standard-stats-sfu").peers
    last = {each.ssrc: each for each in peer.snapshots[-1].streams}
    expected = json.loads((JITSI / "expected/google-standard-stats-sfu-result.json").read_text())
    facts = expected["expectedExtractData"]["features"]["aggregates"][peer.key]
    for track in facts["tracks"]["senderTracks"]:
        assert last[track["ssrc"]].packets_sent == track["packets"]
        assert last[track["ssrc"]].remote_packets_lost == track["packetsLost"]
    round_trips = [
        each.current_round_trip_time for snapshot in peer.snapshots for each in snapshot.transports
    ]
    measured = [each for each in round_trips if each is not None]
    assert sum(measured) / len(measured) == pytest.approx(facts["transportAggregates"]["meanRtt"], abs=0.01)


def test_firefox_has_no_transports_and_no_limits_and_still_a_pair():
    """What it does not report stays None; the pair it marks is found, relayed over TLS."""
    [peer] = jitsi("firefox-relay").peers
    last = peer.snapshots[-1]
    [transport] = last.transports
    assert transport.candidate_pair_id is not None
    assert (transport.bytes_sent, transport.dtls_state) == (None, None)
    assert transport.pair_bytes_sent > 0
    assert {each.quality_limitation_reason for each in last.streams} == {None}
    assert {each.freeze_count for each in last.streams} == {None}
    sent = [each for each in last.streams if each.direction == "send"]
    assert {each.source_frames_per_second for each in sent} == {30}


def test_a_relayed_call_says_so():
    """Through a TURN server over TLS."""
    [peer] = jitsi("chrome-relay").peers
    [transport] = peer.snapshots[-1].transports
    assert (transport.local_candidate_type, transport.local_relay_protocol) == ("relay", "tls")
    assert transport.local_network_type is not None
