"""Any file: what it is, what can be read of it, and what is said of the rest."""

import gzip
import io
import json

import pytest
from recordings import AT, peer, read, received, samples, times

from sonde.webrtc.reading import read_recording
from sonde.webrtc.recording import MalformedRecording


@pytest.mark.parametrize(
    "record",
    [
        {"t": AT, "pc": "A", "report": [{"id": "I", **received()}]},
        {"timestamp": AT, "peer": "A", "stats": {"I": received()}},
        {"time": "2023-11-14T22:13:20Z", "connectionId": "A", "report": {"I": received()}},
        {"t": AT, "peerConnections": [["A", [{"id": "I", **received()}]]]},
        {"t": AT, "pc": "A", "parsed": {"video": {"inbound": [{"id": "I", **received()}]}}},
    ],
)
def test_series_come_under_several_names(record):
    """Time, name and report under the names in use, the report sorted into groups or not."""
    recording = read(record, record)
    assert (recording.format, peer(recording).key, times(recording)) == ("getstats-series", "A", [0, 0])
    assert {each.stream_id for each in samples(recording)} == {"I"}


def test_one_report_by_itself_is_a_recording():
    """What a developer copies from the console."""
    recording = read([{"id": "I", "timestamp": AT, **received()}])
    assert times(recording) == [0]


def test_reports_anywhere_in_a_document_are_found():
    """Each is a connection named by its place."""
    reports = {side: [{"id": "I", "timestamp": AT, **received()}] for side in ("a", "b")}
    recording = read({"about": "a test", "runs": [{"note": 1}, {"last": reports}]})
    assert [each.key for each in recording.peers] == ["runs.1.last.a", "runs.1.last.b"]


def client_sample(at, **lists):
    return {"timestamp": AT + at, "clientId": "c", "peerConnections": [{"peerConnectionId": "p", **lists}]}


def test_client_samples_of_observertc_are_restored():
    """Streams are known by their SSRC where only changes are sent; what is not listed is gone."""
    first = {"id": "I", "ssrc": 7, "kind": "video", "timestamp": AT, "framesDecoded": 1, "frameWidth": 640}
    recording = read(
        client_sample(0, inboundRtps=[first], codecs=[{"id": "C", "timestamp": AT, "mimeType": "video/VP8"}]),
        client_sample(1, inboundRtps=[{"ssrc": 7, "timestamp": AT + 1, "framesDecoded": 2}]),
        client_sample(2, inboundRtps=[], iceTransports=[{"id": "T", "timestamp": AT + 2}]),
    )
    assert (recording.format, peer(recording).key, times(recording)) == ("observertc", "p", [0, 1, 2])
    streams = [snapshot.streams for snapshot in peer(recording).snapshots]
    assert [
        [(each.stream_id, each.frames_decoded, each.frame_width) for each in some] for some in streams
    ] == [
        [("I", 1, 640)],
        [("I", 2, 640)],
        [],
    ]


def test_gzip_is_seen_by_its_content():
    """No name of a file is needed."""
    line = {"t": AT, "pc": "A", "report": [{"id": "I", **received()}]}
    assert read(line, packed=True) == read(line)


def test_a_file_that_was_cut_off_gives_what_comes_before():
    """And the notes say so."""
    lines = [
        json.dumps({"t": AT + n, "pc": "A", "report": [{"id": "I", **received(qpSum=n * n)}]})
        for n in range(999)
    ]
    packed = gzip.compress("\n".join(lines).encode())
    recording = read_recording(io.BytesIO(packed[: len(packed) // 2]))
    assert 0 < len(peer(recording).snapshots) < 999
    [sentence] = recording.notes.skipped
    assert sentence.endswith("the compressed data is cut off or damaged")


def test_lines_that_are_no_json_are_counted():
    """Broken text, halves of characters, numbers that are none and pits of brackets cost their line only."""
    good = {"t": AT, "pc": "A", "report": [{"id": "I", **received()}]}
    bad = [b'{"t":', b"\xff\xfe", b'{"t": NaN}', b"[" * 200_000, b'"\\ud800"', b"1e999999"]
    recording = read(good, *bad, good)
    assert times(recording) == [0, 0]
    assert recording.notes.skipped["line: expected JSON"] >= 5


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"hello", b"{}", b"[]", b"[1,2]", b"null", b"\x00" * 50, b"\x1f\x8bx"]
)
def test_other_files_are_refused(content):
    """With a sentence that names what can be read."""
    with pytest.raises(MalformedRecording, match="expected"):
        read_recording(io.BytesIO(content))


def test_the_callers_file_stays_open():
    """Who opened it closes it."""
    file = io.BytesIO(json.dumps([{"id": "I", "timestamp": AT, **received()}]).encode())
    read_recording(file)
    assert not file.closed


@pytest.mark.parametrize("form", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_with_its_mark(form):
    """What a Windows shell makes of a file that passes through it."""
    lines = "".join(
        json.dumps({"t": AT + n, "pc": "Zoë", "report": [{"id": "I", **received()}]}) + "\r\n" for n in (0, 9)
    )
    mark = "" if form == "utf-16" else "\ufeff"
    recording = read_recording(io.BytesIO((mark + lines).encode(form)))
    assert (peer(recording).key, times(recording)) == ("Zoë", [0, 9])


def test_utf_16_that_is_cut_off():
    """In the middle of a letter: what comes before is read, the rest is counted."""
    line = json.dumps({"t": AT, "pc": "A", "report": [{"id": "I", **received()}]})
    recording = read_recording(io.BytesIO((line + "\n" + line).encode("utf-16")[:-31]))
    assert times(recording) == [0]
    assert recording.notes.skipped == {"line: expected JSON": 1}
