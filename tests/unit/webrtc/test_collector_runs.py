"""Reading a batch in columns gives the very samples that reading it tick by tick gives."""

import json
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest
from client_batches import make_batch, read_series
from collector_ticks import read_batch, read_ticks, snapshots
from hypothesis import example, given
from hypothesis import strategies as st

from sonde.webrtc.dialects import members
from sonde.webrtc.dialects.collector import batch_decoder, read_runs
from sonde.webrtc.runs import within

PEER = "6f0c2b9e-3c64-4d51-9f0e-0a5a5a0d7c11"
START = 1_795_211_191_000_000
DATA = Path(__file__).parents[2] / "data" / "webrtc"
SERIES = sorted(DATA.glob("*-getstats-series-*.jsonl.gz"))


def decoded(stats, ticks):
    """A batch of one connection with a tick each second."""
    connection = {"key": "1", "first": 5, "at": [START] + [10**6] * (ticks - 1), "stats": stats}
    head = {"version": 1, "peer": PEER, "collector": {"name": "test"}}
    return batch_decoder.decode(json.dumps({**head, "connections": [connection]}))


def assert_same(batch):
    """Samples, their order and what was passed over."""
    recording = read_batch(batch)
    found = [snapshot for peer in recording.peers for snapshot in peer.snapshots]
    expected, notes = read_ticks(batch)
    assert found == expected
    assert recording.notes == notes


@pytest.mark.parametrize("size", [1, 10, 1000])
@pytest.mark.parametrize("path", SERIES, ids=lambda path: path.name.removesuffix(".jsonl.gz"))
def test_recorded_calls_are_the_same_in_columns(path, size):
    """Real calls, in batches of any size."""
    reports = read_series(path)
    assert reports
    for first in range(0, len(reports), size):
        part = reports[first : first + size]
        at = [START + (first + tick) * 10**6 for tick in range(len(part))]
        assert_same(batch_decoder.decode(json.dumps(make_batch(part, at, peer=PEER, first=first))))


def test_a_quiet_call_is_one_run():
    """Nothing comes, goes or changes hands, so the ticks are read together."""
    [reports] = [
        read_series(path) for path in SERIES if "loss5_delay100" in path.name and "chromium" in path.name
    ]
    part = reports[-10:]
    at = [START + tick * 10**6 for tick in range(10)]
    batch = batch_decoder.decode(json.dumps(make_batch(part, at, peer=PEER)))
    assert [len(run.at) for run in read_runs(batch).peers[0].runs] == [10]


REFERRING = {
    "kind": ["audio", "video", 5],
    "mimeType": ["audio/opus", "video/VP8"],
    "codecId": ["c", "x"],
    "remoteId": ["r", "x"],
    "localId": ["i", "o"],
    "mediaSourceId": ["m", "x"],
    "playoutId": ["p"],
    "trackIdentifier": ["t", "u"],
    "transportId": ["T", "x"],
    "selectedCandidatePairId": ["P", "Q", "x"],
    "localCandidateId": ["l", "x"],
    "ssrc": [1, 2],
    "nominated": [True, False],
    "selected": [True, False],
    "isRemote": [True, False],
}
SAYING = {
    "packetsReceived": st.integers(-2, 2**40),
    "packetsLost": st.integers(-5, 5),
    "bytesSent": st.integers(0, 3),
    "totalDecodeTime": st.integers(-1, 10**9).map(lambda millionths: millionths / 10**6),
    "jitter": st.integers(0, 3) | st.just("much") | st.just(0.5),
    "roundTripTime": st.just(0.25),
    "audioLevel": st.just(1),
    "width": st.integers(1, 3),
    "decoderImplementation": st.sampled_from(["a", "b", ""]),
    "active": st.booleans() | st.just(1),
    "mid": st.integers(0, 1) | st.just("0"),
    "contentType": st.sampled_from(["screenshare", "realtime"]),
    "timestamp": st.integers(0, 2**41),
    "ip": st.sampled_from(["192.0.2.1", "192.0.2.2"]),
    "address": st.sampled_from(["192.0.2.3", 5]),
    "qualityLimitationDurations.cpu": st.integers(0, 3),
    "source": st.sampled_from(["screen", "moon"]),
    "label": st.sampled_from(["a", "b"]),
    "strange": st.integers(0, 3),
}
OBJECTS = {
    "i": ["inbound-rtp"],
    "o": ["outbound-rtp"],
    "r": ["remote-inbound-rtp", "remote-outbound-rtp"],
    "c": ["codec"],
    "m": ["media-source"],
    "p": ["media-playout", "googOld"],
    "t": ["track"],
    "T": ["transport", "odd"],
    "P": ["candidate-pair"],
    "Q": ["candidate-pair"],
    "l": ["local-candidate"],
}


KEYS = st.lists(st.sampled_from(sorted(OBJECTS)), max_size=7)
REFERRING_NAMES = st.sets(st.sampled_from(sorted(REFERRING)), max_size=5)
SAYING_NAMES = st.sets(st.sampled_from(sorted(SAYING)), max_size=5)
TYPES = {key: st.sampled_from(types) for key, types in OBJECTS.items()}


@cache
def values_of(name):
    """What a member may be."""
    return SAYING[name] if name in SAYING else st.sampled_from(REFERRING[name])


@cache
def lists_of(name, ticks):
    """The same over time, with gaps."""
    return st.lists(st.none() | values_of(name), min_size=ticks, max_size=ticks)


def column(draw, name, ticks):
    """A member as one value or as a list with gaps."""
    return draw(values_of(name) if draw(st.booleans()) else lists_of(name, ticks))


@st.composite
def batches(draw):
    """Objects that refer to each other, come, go and change in any way."""
    ticks = draw(st.integers(1, 4))
    stats = []
    for key in draw(KEYS):
        start = draw(st.sampled_from((0, 0, 0, ticks - 1)))
        names = [*draw(REFERRING_NAMES), *draw(SAYING_NAMES)]
        values = {name: column(draw, name, ticks - start) for name in names}
        stats.append({"id": key, "type": draw(TYPES[key]), "from": start, "values": values})
    return decoded(stats, ticks)


@given(batches())
@example(
    decoded(
        [
            {
                "id": "i",
                "type": "inbound-rtp",
                "values": {"kind": "audio", "contentType": ["screenshare", None]},
            },
            {"id": "l", "type": "local-candidate", "values": {"ip": "1", "address": [None, "2"]}},
            {"id": "P", "type": "candidate-pair", "values": {"nominated": True, "bytesSent": [1, 1]}},
            {
                "id": "Q",
                "type": "candidate-pair",
                "values": {"nominated": True, "bytesSent": [2, -2], "localCandidateId": "l"},
            },
        ],
        2,
    )
)
def test_any_batch_is_the_same_in_columns(batch):
    """Whatever its objects say and to whichever they refer, tick by tick."""
    assert_same(batch)


@given(batches(), st.integers(0, 5), st.integers(0, 5))
def test_a_part_of_a_run_is_that_part_of_its_snapshots(batch, first, last):
    """Leaving out what was too early or too late leaves the rest as it was."""
    earliest, latest = (START * 1000 + second * 10**9 for second in (first, last))
    for run in read_runs(batch).peers[0].runs:
        kept = [each for each in snapshots(run) if earliest <= each.at <= latest]
        assert list(snapshots(within(run, earliest, latest))) == kept


@pytest.mark.parametrize(
    "tables",
    [
        (members.RECEIVED, members.PLAYED, members.SENDER_REPORT, members.CODEC),
        (members.SENT, members.LIMITS, members.RECEPTION_REPORT, members.CODEC),
        (members.PAIR, members.LOCAL_CANDIDATE, members.REMOTE_CANDIDATE),
    ],
    ids=["received", "sent", "path"],
)
def test_objects_that_are_put_together_share_no_field(tables):
    """A gap in one of them need not show what another says."""
    for one, other in combinations(tables, 2):
        shared = {each.field for each in one.values()} & {each.field for each in other.values()}
        assert shared <= {""}
