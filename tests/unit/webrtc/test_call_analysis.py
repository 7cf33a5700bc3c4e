"""Recordings worked out to a report: sessions, labels, times, and that nothing a client says breaks it."""

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from sonde.webrtc.call_analysis import analyse_calls
from sonde.webrtc.issues.verdict import Grade
from sonde.webrtc.recording import PeerRecording, Recording
from sonde.webrtc.sample import Snapshot, StreamSample, TransportSample

SECOND = 1_000_000_000
EPOCH = 1_700_000_000 * SECOND


def stream(second: int, **fields: Any) -> StreamSample:
    """A stream of telephone sound without loss."""
    direction = fields.get("direction", "recv")
    counted = "received" if direction == "recv" else "sent"
    steady: dict[str, Any] = {
        "stream_id": direction,
        "direction": direction,
        "kind": "audio",
        "codec": "PCMU",
        f"packets_{counted}": 50 * second,
        f"bytes_{counted}": 8000 * second,
    }
    return StreamSample(**(steady | fields))


def peer(label: str, *, seconds: int = 12, **fields: Any) -> PeerRecording:
    shots = (Snapshot(at=EPOCH + n * SECOND, streams=(stream(n, **fields),)) for n in range(seconds))
    return PeerRecording(key=label, label=label, snapshots=tuple(shots))


def recording(*peers: PeerRecording) -> Recording:
    return Recording(format="test", peers=peers)


def test_files_that_share_a_stream_are_one_session():
    """What Ada sends, Ben receives: their files are the two ends of one call. Eve's is another one."""
    report = analyse_calls(
        {
            "ada": recording(peer("Ada", direction="send", ssrc=1)),
            "eve": recording(peer("Eve", direction="recv", ssrc=2)),
            "ben": recording(peer("Ben", direction="recv", ssrc=1)),
        }
    )
    assert [[each.label for each in session.peers] for session in report.sessions] == [
        ["Ada", "Ben"],
        ["Eve"],
    ]
    [ada, ben] = report.sessions[0].peers
    assert ada.streams[0].other_ends == ("Ben recv",)
    assert ben.streams[0].other_ends == ("Ada send",)


def test_connections_of_one_file_are_one_session():
    """A browser's dump has connections that share no stream; they are of one call all the same."""
    report = analyse_calls({"dump": recording(peer("1", ssrc=1), peer("2", ssrc=2))})
    assert [len(session.peers) for session in report.sessions] == [2]


def test_labels_are_told_apart():
    """Two dumps that call their connection the same are shown with their files."""
    report = analyse_calls({"a": recording(peer("9-1", ssrc=1)), "b": recording(peer("9-1", ssrc=2))})
    labels = [each.label for session in report.sessions for each in session.peers]
    assert labels == ["9-1 (a/9-1)", "9-1 (b/9-1)"]


def test_times_are_those_of_the_client():
    """RFC 3339 in UTC, to the millisecond, and seconds from the first sample."""
    report = analyse_calls({"a": recording(peer("A"))})
    assert report.sessions[0].start == "2023-11-14T22:13:20.000Z"
    assert report.sessions[0].duration == 11.0


def test_what_cannot_be_judged_says_so():
    """A connection without a stream, and no file at all, are unknown rather than good."""
    empty = analyse_calls({"a": recording(PeerRecording(key="A", label="A"))})
    assert empty.verdict.grade is Grade.UNKNOWN
    assert (empty.sessions[0].start, empty.sessions[0].duration) == (None, 0.0)
    assert analyse_calls({}).verdict.grade is Grade.UNKNOWN


def test_progress_is_told_twice_of_each_connection():
    """Once when its intervals are made, once when they are scored."""
    told = []
    analyse_calls({"a": recording(peer("A", ssrc=1), peer("B", ssrc=2))}, lambda: told.append(None))
    assert len(told) == 4


NUMBERS = [
    name
    for name, type_ in StreamSample.__annotations__.items()
    if type_ in (int | None, float | None) and not name.endswith(("ssrc", "_at"))
]


NAMES = st.lists(st.sampled_from(NUMBERS), max_size=30, unique=True)
FIELDS = st.fixed_dictionaries(
    {
        "direction": st.sampled_from(["send", "recv"]),
        "kind": st.sampled_from(["audio", "video"]),
        "codec": st.sampled_from([None, "opus", "PCMU", "VP8", "nonesuch"]),
        "ssrc": st.sampled_from([None, 1, 2]),
    }
)
STEPS = st.sampled_from([None, 0, 1, 7, 48_000, 2**40, -(10**9)])
PAUSES = st.sampled_from([SECOND, SECOND, SECOND, 10 * SECOND, 1, 2**55])
ROUND_TRIPS = st.none() | st.floats(0, 1e9)


@st.composite
def wild_peers(draw: st.DrawFn) -> PeerRecording:
    """A stream whose counters climb, leap, fall and vanish, each for itself, at times that do too."""
    names, fields = draw(NAMES), draw(FIELDS)
    shots = []
    at = draw(st.integers(0, 2**61))
    for second in range(draw(st.integers(0, 12))):
        at = min(at + draw(PAUSES), 2**62 - 1)
        wild = {name: None if (step := draw(STEPS)) is None else max(step * second, 0) for name in names}
        path = TransportSample(transport_id="T", total_round_trip_time=draw(ROUND_TRIPS))
        sample = msgspec.structs.replace(stream(second, **fields), **wild)
        shots.append(Snapshot(at=at, streams=(sample,), transports=(path,)))
    return PeerRecording(key="x", label=draw(st.sampled_from(["", "A", "é"])), snapshots=tuple(shots))


@settings(max_examples=60)
@given(st.lists(wild_peers(), max_size=2))
def test_nothing_a_client_says_breaks_the_report(peers: list[PeerRecording]):
    """Whatever the counters do, there is a report, and it can be printed."""
    report = analyse_calls({str(number): recording(each) for number, each in enumerate(peers)})
    assert msgspec.json.decode(msgspec.json.encode(report))["verdict"]["grade"] in list(Grade)
