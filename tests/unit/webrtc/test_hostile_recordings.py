"""Whatever a client sends: a recording or one kind of error, in bounded time and memory."""

import contextlib
import gzip
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recordings import AT, peer, read, received, samples

from sonde.webrtc.dialects import builder
from sonde.webrtc.dialects.deltas import MOST_FIELDS, History, LegacyHistory
from sonde.webrtc.dialects.lines import LONGEST_LINE
from sonde.webrtc.dialects.members import RECEIVED, SENT, TRANSPORT
from sonde.webrtc.dialects.notes import MOST_NOTES, Notebook
from sonde.webrtc.dialects.report import KNOWN_TYPES
from sonde.webrtc.dialects.rtcstats_names import METHOD_NAMES, PROPERTY_NAMES
from sonde.webrtc.dialects.transports import MOST_TRANSPORTS
from sonde.webrtc.dialects.w3c import read_report
from sonde.webrtc.reading import read_recording
from sonde.webrtc.recording import MalformedRecording, Recording
from sonde.webrtc.sample import Snapshot

NAMES = st.sampled_from([*RECEIVED, *SENT, *TRANSPORT, *PROPERTY_NAMES, "localId"])
TYPES = st.sampled_from([*sorted(KNOWN_TYPES), 1, 3, 5, 6])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(1 << 70), 1 << 70)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["a", "b", "audio", "video", AT, AT + 0.5, "[1]", '{"id":1}'])
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=25,
)
OBJECTS = st.builds(
    lambda stats, kind: {**stats, "type": kind, "timestamp": AT},
    st.dictionaries(NAMES, ANYTHING, max_size=8),
    TYPES,
)
REPORTS = st.dictionaries(st.sampled_from(["a", "b", "c", "t", "timestamp"]), OBJECTS | ANYTHING, max_size=5)
EVENTS = st.sampled_from([*METHOD_NAMES, *map(str, METHOD_NAMES.values()), "getstats", "connectionInfo"])
STAMPS = st.just(AT) | ANYTHING
ENTRIES = st.tuples(EVENTS, st.sampled_from(["P", None, 3]), REPORTS | ANYTHING, STAMPS).map(list)
SERIES = st.dictionaries(
    st.tuples(st.sampled_from("ab"), NAMES | st.just("timestamp")).map("-".join),
    st.fixed_dictionaries(
        {
            "statsType": TYPES.map(str),
            "startTime": st.just("2026-11-20T21:00:00Z") | ANYTHING,
            "endTime": st.just("2026-11-20T21:00:00Z") | ANYTHING,
            "values": st.lists(SCALARS | st.just(AT), max_size=3).map(json.dumps) | ANYTHING,
        }
    )
    | ANYTHING,
    max_size=6,
)
UPDATES = st.lists(
    st.fixed_dictionaries({"type": EVENTS.map(str), "value": ANYTHING, "timestamp": STAMPS}) | ANYTHING,
    max_size=3,
)
RECORDS = st.fixed_dictionaries({"t": STAMPS, "pc": ANYTHING, "report": REPORTS | ANYTHING})
WRONG = (None, True, -1, 1.5, "x", [], {}, 1e300, float("inf"), float("nan"), 1 << 80)
FEW = settings(max_examples=40)


def outcome(content: bytes) -> Recording | None:
    """What reading gives, which must be a recording; None for the one error that it may raise."""
    try:
        found = read_recording(io.BytesIO(content))
    except MalformedRecording:
        return None
    assert isinstance(found, Recording)
    return found


def lines(values) -> bytes:
    return b"\n".join(json.dumps(value).encode() for value in values)


@FEW
@given(OBJECTS | REPORTS | st.lists(OBJECTS | ANYTHING, max_size=6) | ANYTHING)
def test_any_report_is_a_snapshot_or_malformed(raw):
    """The standard's dialect takes any JSON."""
    with contextlib.suppress(MalformedRecording):
        assert isinstance(read_report(raw, Notebook(), heard_at=AT), Snapshot)


@FEW
@given(st.lists(ENTRIES | ANYTHING, max_size=6))
def test_any_lines_are_a_recording_or_malformed(entries):
    """With and without the heading of version 3, and as the first form."""
    outcome(lines(entries))
    assert outcome(b'RTCStatsDump\n{"fileFormat":3}\n' + lines(entries)) is not None or "goog" in str(entries)
    outcome(lines([["connectionInfo", None, {}, AT], *entries]))


@FEW
@given(
    st.lists(st.fixed_dictionaries({"t": ANYTHING, "pc": ANYTHING, "report": REPORTS | ANYTHING}), max_size=4)
)
def test_any_series_is_a_recording_or_malformed(records):
    """Reports that an application wrote down."""
    outcome(lines(records))


@FEW
@given(st.lists(st.dictionaries(st.sampled_from(["inboundRtps", "codecs", "x"]), ANYTHING), max_size=4))
def test_any_client_sample_is_a_recording_or_malformed(connections):
    """ObserveRTC's lists may hold anything."""
    named = [{"peerConnectionId": "p", **each} for each in connections]
    outcome(lines([{"timestamp": AT, "peerConnections": [each, 3]} for each in named]))


@FEW
@given(SERIES, UPDATES, ANYTHING)
def test_any_internals_dump_is_a_recording_or_malformed(series, log, requests):
    """Whatever its series, its log and its requests hold."""
    connection = {"stats": series, "updateLog": log, "url": requests}
    outcome(lines([{"PeerConnections": {"1": connection, "2": requests}, "getUserMedia": [requests]}]))


@FEW
@given(st.binary(max_size=200))
def test_any_bytes_are_a_recording_or_malformed(content):
    """Plain, with the magic word, and as gzip that is none."""
    for start in (b"", b"RTCStatsDump\n", b"RTCStatsDump\n{}\n", b"\x1f\x8b", b'[["', b'{"t":1,"report":'):
        outcome(start + content)


@FEW
@given(st.lists(REPORTS, max_size=4))
def test_any_changes_lead_to_a_report(changes):
    """Both forms of rtcstats."""
    for history in (History(), LegacyHistory()):
        for change in changes:
            assert isinstance(history.restore(change), dict)


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("members", [RECEIVED, SENT])
def test_a_wrong_value_in_every_field_leaves_the_stream(wrong, members):
    """No field can break the ones beside it, nor the stream."""
    kind = "inbound-rtp" if members is RECEIVED else "outbound-rtp"
    notebook = Notebook()
    stats = dict.fromkeys(members, wrong) | {"id": "S", "type": kind, "kind": "audio", "timestamp": AT}
    stats["isRemote"] = False
    snapshot = read_report([stats], notebook)
    assert [each.stream_id for each in snapshot.streams] == ["S"]


def test_a_hundred_levels_of_nesting_are_a_wrong_value():
    """And two hundred thousand are no JSON."""
    deep = json.loads("[" * 100 + "]" * 100)
    recording = read({"t": AT, "pc": "A", "report": [{"id": "I", **received(jitter=deep, qpSum=4)}]})
    assert (samples(recording)[0].jitter, samples(recording)[0].qp_sum) == (None, 4)
    assert outcome(b"[" * 200_000 + b"]" * 200_000) is None


def test_a_falling_counter_is_a_fact():
    """What to make of it is decided where differences are made."""
    counts = (1_000_000_000, 0)
    reports = [{"t": AT, "pc": "A", "report": [{"id": "I", **received(qpSum=count)}]} for count in counts]
    assert [each.qp_sum for each in samples(read(*reports))] == [1_000_000_000, 0]


def test_a_line_of_many_megabytes_costs_only_itself():
    """It is passed over piece by piece."""
    good = json.dumps({"t": AT, "pc": "A", "report": [{"id": "I", **received()}]}).encode()
    content = b"\n".join([good, b'{"x":"' + b"a" * (LONGEST_LINE + 9) + b'"}', good])
    recording = read_recording(io.BytesIO(gzip.compress(content, 1)))
    assert len(peer(recording).snapshots) == 2
    assert recording.notes.skipped == {"line: expected JSON": 1}


def test_objects_that_all_refer_to_nothing_take_no_more_than_their_number():
    """Thousands of each kind, none of which names another; only the first transports are kept."""
    kinds = ("outbound-rtp", "remote-inbound-rtp", "media-source", "transport", "candidate-pair")
    report = [
        {"id": f"{kind}{number}", "type": kind, "kind": "video", "timestamp": AT, "ssrc": 0}
        for kind in kinds
        for number in range(2000)
    ]
    snapshot = read_report(report, Notebook())
    assert len(snapshot.transports) == MOST_TRANSPORTS


def test_notes_are_bounded_and_printable():
    """A client cannot fill memory, logs or screens with names."""
    notebook = Notebook()
    for number in range(10_000):
        notebook.unknown(f"\x1b[2J{number}" + "x" * 1000)
    unknown = notebook.notes().unknown
    assert len(unknown) <= MOST_NOTES + 1
    assert sum(unknown.values()) == 10_000
    assert all(name.isprintable() and len(name) < 200 for name in unknown)


def test_connections_samples_and_events_are_bounded(monkeypatch):
    """What is beyond is counted; the limits are lowered here to reach them soon."""
    for name in ("MOST_PEERS", "MOST_SAMPLES", "MOST_EVENTS"):
        monkeypatch.setattr(builder, name, 3)
    report = {"I": {"timestamp": 0, **received()}, "timestamp": AT}
    recording = read(
        *(["getstats", f"P{number % 4}", report, AT] for number in range(9)),
        *(["restartIce", "P0", None, AT] for _ in range(5)),
    )
    assert len(recording.peers) == 3
    assert sum(len(each.snapshots) for each in recording.peers) == 3
    assert len(recording.peers[0].events) == 3
    assert {sentence.rpartition(" ")[0] for sentence in recording.notes.skipped} >= {
        "samples: expected at most",
        "events: expected at most",
    }


def test_objects_that_grow_from_line_to_line_are_bounded():
    """Changes cannot pile up fields without end."""
    history = History()
    for number in range(10 * MOST_FIELDS):
        restored = history.restore({"0": {f"field{number}": 1}})
    assert len(restored["0"]) <= MOST_FIELDS + 1
