"""A clean call stays clean however its client looks at it, and whatever the client leaves out."""

import gzip
import io
import json
import random
from pathlib import Path

import pytest

from sonde.webrtc.call_analysis import analyse_calls
from sonde.webrtc.reading import read_recording

CLEAN = Path(__file__).parents[2] / "data/webrtc/labelled/video-clean.getstats.jsonl.gz"
STREAMS = ("inbound-rtp", "outbound-rtp")
FIREFOX_HAS_NO = (
    "concealedSamples", "concealmentEvents", "silentConcealedSamples", "totalFreezesDuration", "freezeCount",
    "pauseCount", "qualityLimitationDurations", "qualityLimitationReason", "targetBitrate", "active",
    "insertedSamplesForDeceleration", "removedSamplesForAcceleration", "jitterBufferTargetDelay",
)  # fmt: skip


@pytest.fixture(scope="module")
def rows():
    """What the page of the call wrote down, a line for each look at a connection."""
    with gzip.open(CLEAN, "rt") as file:
        return [json.loads(line) for line in file]


def analysed(rows):
    """The report on these rows."""
    file = io.BytesIO("\n".join(json.dumps(row) for row in rows).encode())
    return analyse_calls({"call": read_recording(file)})


def issues_in(rows):
    """Types of the issues found in them."""
    return [(issue.type, issue.peer, issue.start_s, issue.end_s) for issue in analysed(rows).issues]


def changed(rows, change):
    """The same rows, each object of a stream given to a function together with the seconds of the call."""
    start = rows[0]["t"]
    return [
        {**row, "report": [change((row["t"] - start) / 1000, row["pc"], each) for each in row["report"]]}
        for row in rows
    ]


def of_connections(rows, step):
    """Every so many looks at each connection."""
    return [row for name in "AB" for row in [one for one in rows if one["pc"] == name][::step]]


@pytest.mark.parametrize("step", [2, 5, 10])
def test_clients_that_look_rarely(rows, step):
    """Every two, five and ten seconds."""
    assert issues_in(of_connections(rows, step)) == []


def test_a_throttled_page(rows):
    """Looks that come late, that are missing now and then, and one pause of four seconds."""
    chance = random.Random(3)
    kept = [row for row in rows if chance.random() > 0.2]
    start = rows[0]["t"]
    assert issues_in([row for row in kept if not 20_000 < row["t"] - start < 24_000]) == []


def test_a_long_pause_is_told_and_nothing_else(rows):
    """Ten seconds without a look are a gap in the statistics of both, and no fault of the call."""
    start = rows[0]["t"]
    found = issues_in([row for row in rows if not 15_000 < row["t"] - start < 25_000])
    assert [name for name, *_ in found] == ["stats_gap", "stats_gap"]


def test_counters_that_start_again(rows):
    """As after a renegotiation: all numbers of all streams fall to 0 in mid-call."""
    at_20: dict[tuple[str, str], dict] = {}
    counters = (
        "packets",
        "bytes",
        "total",
        "framesD",
        "framesE",
        "framesR",
        "concealed",
        "silent",
        "jitterB",
    )

    def restart(second, peer, each):
        if each["type"] not in STREAMS or second < 20:
            return each
        base = at_20.setdefault((peer, each["id"]), each)
        fallen = {
            name: each[name] - base[name] for name in base if name.startswith(counters) and name in each
        }
        return each | fallen

    assert issues_in(changed(rows, restart)) == []


def test_another_ssrc(rows):
    """A stream that is restarted with another SSRC and another id at both ends is the same one."""

    def renumber(second, _, each):
        if second < 20 or "ssrc" not in each:
            return each
        return {**each, "ssrc": each["ssrc"] ^ 0xFFFF, "id": each["id"] + "x"}

    assert issues_in(changed(rows, renumber)) == []


def test_a_packet_lost_now_and_then(rows):
    """One packet in a hundred is no loss that anybody notices."""

    def lose(second, _, each):
        if each["type"] != "inbound-rtp":
            return each
        return {**each, "packetsLost": each["packetsReceived"] // 100}

    assert issues_in(changed(rows, lose)) == []


def test_a_browser_that_tells_less(rows):
    """What Firefox does not report is no issue, and not 0 but nothing."""

    def forget(_, __, each):
        return {name: value for name, value in each.items() if name not in FIREFOX_HAS_NO}

    bare = [
        {**row, "report": [one for one in row["report"] if one["type"] not in ("transport", "media-playout")]}
        for row in changed(rows, forget)
    ]
    report = analysed(bare)
    assert report.issues == ()
    for stream in (
        stream for session in report.sessions for peer in session.peers for stream in peer.streams
    ):
        assert stream.concealment_ratio is None
        assert stream.freeze_ratio is None
        assert stream.loss_ratio is not None


def test_one_late_report_of_the_other_side(rows):
    """A single round trip of a second is one of a late report, however long it stands there."""

    def delay(second, _, each):
        late = each["type"] == "remote-inbound-rtp" and each["kind"] == "audio" and 15 < second < 20
        return {**each, "roundTripTime": 1.0} if late and "roundTripTime" in each else each

    assert issues_in(changed(rows, delay)) == []
