"""What the collector in the browser writes is what the server reads."""

import gzip
import json
from pathlib import Path

import msgspec
import pytest
from collector_ticks import read_batch, reports_of
from hypothesis import given
from hypothesis import strategies as st
from node import open_node

from sonde.webrtc.dialects.collector import Batch, batch_decoder
from sonde.webrtc.dialects.collector_columns import Columns
from sonde.webrtc.dialects.notes import Notebook
from sonde.webrtc.dialects.w3c import read_report
from sonde.webrtc.event import EventKind

DATA = Path(__file__).parents[2] / "data" / "webrtc"
SERIES = sorted(DATA.glob("chromium-getstats-series-*.jsonl.gz"))

DROPPED_TYPES = {"certificate", "data-channel", "peer-connection"}
DROPPED_MEMBERS = {
    "mediaType",
    "ip",
    "isRemote",
    "priority",
    "foundation",
    "usernameFragment",
    "iceLocalUsernameFragment",
    "localCertificateId",
    "remoteCertificateId",
    "googTimingFrameInfo",
}
PEER = "6f0c2b9e-3c64-4d51-9f0e-0a5a5a0d7c11"


def read_series(path):
    """The reports of each of the two peers of a recording, in order."""
    rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    return [[row["stats"] for row in rows if row["peer"] == peer] for peer in ("a", "b")]


@pytest.fixture(scope="module")
def encoder():
    """What the collector makes of a series of reports."""
    with open_node("tests/encode.ts") as ask:
        yield lambda series: json.loads(ask(json.dumps(series)))


def decode(columns):
    """The reports again; nothing may be passed over on the way."""
    at = [sum(columns["at"][: n + 1]) for n in range(len(columns["at"]))]
    notebook = Notebook()
    reports = list(reports_of(Columns(columns["stats"], len(at), notebook), at))
    assert notebook.notes().skipped == {}
    return reports


def batch(**changes):
    return {"version": 1, "peer": PEER, "collector": {"name": "test"}, **changes}


def connection(**changes):
    return {"key": "1", "first": 0, "at": [1_795_211_191_305_143], "stats": [], **changes}


def read(**changes):
    return read_batch(batch_decoder.decode(json.dumps(batch(**changes))))


def as_sent(stats, used):
    """The objects that the collector sends of a report, by id, with the members it sends."""
    return {
        each["id"]: {name: value for name, value in each.items() if name not in DROPPED_MEMBERS}
        for each in stats
        if each["type"] not in DROPPED_TYPES and ("candidate" not in each["type"] or each["id"] in used)
    }


def paths(stats):
    """The pairs that are nominated, and their candidates."""
    pairs = [each for each in stats if each["type"] == "candidate-pair" and each["nominated"]]
    return {each[name] for each in pairs for name in ("id", "localCandidateId", "remoteCandidateId")}


def same(found, sent):
    """Equal within what the format carries: six decimals of numbers, milliseconds of other instants."""
    if isinstance(sent, dict):
        return found.keys() == sent.keys() and all(same(found[name], sent[name]) for name in sent)
    if isinstance(sent, int | float) and not isinstance(sent, bool):
        return abs(found - sent) <= (0.5 if abs(sent) >= 2**30 else 5.1e-7)
    return found == sent


@pytest.mark.parametrize("path", SERIES, ids=lambda path: path.name.split("-")[-1].split(".")[0])
def test_recorded_series_come_back(encoder, path):
    """Every object and member that is sent of a real call is there again, at its tick."""
    for sent in read_series(path):
        for found, stats in zip(decode(encoder(sent)), sent, strict=True):
            expected = as_sent(stats, paths(stats))
            assert {each["id"] for each in found} == expected.keys()
            for each in found:
                assert same(each, expected[each["id"]]), (each, expected[each["id"]])


@pytest.mark.parametrize("path", SERIES, ids=lambda path: path.name.split("-")[-1].split(".")[0])
def test_samples_are_those_of_the_reports(encoder, path):
    """The samples of a batch are those of the reports it was made of, but for fields nobody sends."""
    [stats, _] = read_series(path)
    [peer] = read(connections=[connection(first=7, **encoder(stats))]).peers
    for number, (snapshot, report) in enumerate(zip(peer.snapshots, stats, strict=True), 7):
        direct = read_report(report, Notebook())
        assert (snapshot.number, snapshot.at) == (number, direct.at)
        for found, expected in zip(snapshot.streams, direct.streams, strict=True):
            told, known = (msgspec.to_builtins(each) for each in (found, expected))
            for name, value in known.items():
                if name.endswith("_at") and value is not None:
                    assert abs(told[name] - value) <= 500_000, name  # nanoseconds; sent in milliseconds
                else:
                    assert same(told[name], value), name


def test_a_tick_costs_little_on_the_wire(encoder):
    """In batches of ten a tick takes at most 600 bytes for each 24 objects of its reports."""
    for path in SERIES:
        for reports in read_series(path):
            tens = [reports[n : n + 10] for n in range(0, len(reports) - 9, 10)]
            size = sum(len(compressed(batch(connections=[connection(**encoder(ten))]))) for ten in tens)
            objects = sum(len(report) for ten in tens for report in ten)
            assert size / objects * 24 <= 600, path.name


def compressed(content):
    return gzip.compress(json.dumps(content, separators=(",", ":")).encode(), 6)


numbers = st.integers(1 - 2**30, 2**30 - 1) | st.integers(-(10**12), 10**12).map(lambda n: n / 10**6)
values = st.none() | st.booleans() | st.text("ab1.", min_size=1, max_size=3) | numbers
members = st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), values) | st.fixed_dictionaries(
    {"big": st.integers(1 - 2**52, 2**52 - 1)}
)
objects = st.dictionaries(st.sampled_from(["x", "y", "z"]), members, min_size=1)


@st.composite
def series(draw):
    """Reports whose objects come and go and whose members are anything, counters that fall among them."""
    ticks = draw(st.lists(objects, min_size=1, max_size=8))
    stamps = [1_795_211_191_305.5 + 1000.25 * n for n in range(len(ticks))]
    return [
        [{"id": key, "type": "codec", "timestamp": stamp, **values} for key, values in tick.items()]
        for tick, stamp in zip(ticks, stamps, strict=True)
    ]


@given(sent=series())
def test_any_series_comes_back_exactly(encoder, sent):
    """Whatever a report holds, within what the format carries, comes back to the last digit."""
    expected = [
        {each["id"]: {name: value for name, value in each.items() if value is not None} for each in tick}
        for tick in sent
    ]
    assert [{each["id"]: each for each in tick} for tick in decode(encoder(sent))] == expected


def test_tracks_and_events_find_their_place():
    """What the application says of a track is in its streams' samples; events are with their connection."""
    stats = [
        {"id": "I", "type": "inbound-rtp", "values": {"kind": "video", "ssrc": 1, "trackIdentifier": "t"}},
        {"id": "t", "type": "track", "values": {"source": "screen", "label": "Slides", "participant": "u-9"}},
    ]
    events = [
        {"at": 2_000_000, "kind": "closed", "connection": "1"},
        {"at": 1_000_000, "kind": "created", "connection": "1"},
        {"at": 3_000_000, "kind": "media_refused", "value": "NotAllowedError"},
        {"at": 3_500_000, "kind": "created", "connection": "2"},
    ]
    recording = read(connections=[connection(label="publisher", stats=stats)], events=events)
    peer, other = recording.peers
    [stream] = peer.snapshots[0].streams
    assert (peer.label, stream.source, stream.label, stream.remote_peer) == (
        "publisher",
        "screen",
        "Slides",
        "u-9",
    )
    assert [event.kind for event in peer.events] == [EventKind.CREATED, EventKind.CLOSED]
    assert recording.events[0].value == "NotAllowedError"
    assert (other.key, other.snapshots) == ("2", ())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"version": 2}, "$.version"),
        ({"peer": "me"}, "$.peer"),
        ({"peer": PEER + "\n"}, "$.peer"),
        ({"collector": {}}, "name"),
        ({"meeting": "x" * 256}, "$.meeting"),
        ({"labels": {str(n): "" for n in range(33)}}, "$.labels"),
        ({"connections": [connection(first=-1)]}, "$.connections[0].first"),
        ({"connections": [connection(at=[2**60])]}, "$.connections[0].at[0]"),
        ({"connections": [connection(at=[1] * 1001)]}, "$.connections[0].at"),
        ({"connections": [connection(stats={})]}, "$.connections[0].stats"),
        ({"events": [{}] * 2001}, "$.events"),
    ],
)
def test_a_wrong_head_is_refused_by_name(changes, field):
    """What says where the statistics belong must be right, and the refusal says what is not."""
    with pytest.raises(msgspec.ValidationError) as refused:
        batch_decoder.decode(json.dumps(batch(**changes)))
    assert field in str(refused.value)


def test_a_strange_time_costs_its_tick():
    """A tick before 1970 or far in the future is passed over, and the others keep their numbers."""
    at = [1_795_211_191_305_143, -(2**52), 2**52]
    recording = read(connections=[connection(at=at)])
    assert [snapshot.number for snapshot in recording.peers[0].snapshots] == [0, 2]
    assert sum(recording.notes.skipped.values()) == 1


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@given(st.lists(anything, max_size=4), st.lists(anything, max_size=4))
def test_strange_statistics_and_events_cost_only_themselves(stats, events):
    """Whatever stands where statistics and events should be, the batch is read and the rest is counted."""
    sound = {"id": "I", "type": "inbound-rtp", "values": {"kind": "audio", "ssrc": 1}}
    recording = read_batch(
        msgspec.convert(
            batch(
                connections=[connection(stats=[sound, *stats])],
                events=[{"at": 1, "kind": "joined"}, *events],
            ),
            Batch,
        )
    )
    assert [stream.stream_id for stream in recording.peers[0].snapshots[0].streams][:1] == ["I"]
    assert len(recording.events) >= 1
