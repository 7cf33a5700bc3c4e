"""Real calls of other projects are not flooded with issues, and what did go wrong in them is found."""

import os
from pathlib import Path

import pytest

from sonde.webrtc.intervals import peer_intervals
from sonde.webrtc.issues.finding import find_issues
from sonde.webrtc.issues.issue import Severity
from sonde.webrtc.issues.views import ObservedPeer
from sonde.webrtc.reading import read_recording

FOLDER = Path(os.environ.get("SONDE_TEST_WEBRTC_DUMPS", "/nowhere"))

GOOD = ["jitsi-rtcstats/dumps/firefox-relay.jsonl.gz", "peermetrics/demo_conference.json.gz"]

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="SONDE_TEST_WEBRTC_DUMPS names no folder with dumps of other projects"
)


def types_in(name):
    """Types of the issues that people notice."""
    with (FOLDER / name).open("rb") as file:
        recording = read_recording(file)
    peers = [
        ObservedPeer(key=peer.key, intervals=peer_intervals(peer.snapshots), events=peer.events)
        for peer in recording.peers
    ]
    return {issue.type for issue in find_issues(peers) if issue.severity is not Severity.INFO}


@pytest.mark.parametrize("name", GOOD)
def test_nothing_in_good_calls(name):
    """Firefox through a relay, and a conference between two."""
    assert types_in(name) == set()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("chrome-standard-pc-failed", {"ice_failed"}),
        ("chrome-relay", {"packet_loss_in", "rtt_high", "video_freeze", "bandwidth_limited", "congestion"}),
        ("google-standard-stats-sfu", {"audio_concealment", "mos_low"}),
        ("firefox97-standard-stats-sfu", {"stuck_decoder"}),
    ],
)
def test_what_went_wrong(name, expected):
    """A connection failed, ten seconds lost, half of the sound missing, a picture that never came back."""
    assert types_in(f"jitsi-rtcstats/dumps/{name}.jsonl.gz") == expected
