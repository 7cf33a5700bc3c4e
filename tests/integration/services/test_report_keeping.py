"""What is kept of a peer's report is what would be made of its samples, until something comes later."""

import gzip
import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from callstats_bodies import BEGIN, entry, join, message, ping

from sonde.model.peer_reports import ReportBody
from sonde.model.reports import Report
from sonde.model.samples import SampleSpan
from sonde.services import report_keeping
from sonde.services.report_keeping import LAYOUT, keep_bodies, report_body
from sonde.services.report_making import make_body
from sonde.services.report_reading import read_file, with_rows
from sonde.store import Store
from sonde.store.peer_reports import select_body, select_settled
from sonde.store.reports import insert_reports, insert_rows
from sonde.store.samples import select_recordings
from sonde.webrtc.reading import read_recording
from sonde.webrtc.recording import PeerRecording, Recording
from sonde.webrtc.sample import Snapshot, StreamSample

RECORDINGS = sorted((Path(__file__).parents[2] / "data/webrtc").rglob("*getstats*.jsonl.gz"))
NOW = 1_772_600_000_000
"""Milliseconds since the epoch."""


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Iterator[Store]:
    """One for all tests here; each has peers of its own."""
    with Store(f"chdb://{tmp_path_factory.mktemp('bodies')}/store") as opened:
        yield opened


def keep(store: Store, *spans: SampleSpan, until: int = NOW, at: int = NOW) -> None:
    """What is done with peers that are worked out."""
    peers = [span.peer_id for span in spans]
    payloads = select_settled(store, 1, peers, until=until)
    recordings = {span.peer_id: select_recordings(store, span) for span in spans}
    keep_bodies(store, recordings, payloads, workspace_id=1, computed_at=at)


def kept(store: Store, span: SampleSpan, layout: str = LAYOUT) -> bool:
    """Whether a body is found that still holds."""
    return select_body(store, span, layout=layout) is not None


def tell(store: Store, span: SampleSpan, *, packets: int, at: int) -> None:
    """Have a client say how many packets it received by then: milliseconds since the epoch."""
    sound = StreamSample(stream_id="sound", direction="recv", kind="audio", packets_received=packets)
    shot = Snapshot(at=at * 10**6, number=packets, streams=(sound,))
    call = PeerRecording(key="call", label="call", snapshots=(shot,), events=())
    bare = Report(
        workspace_id=span.workspace_id,
        peer_id=span.peer_id,
        number=packets,
        digest=packets.to_bytes(16),
        received_at=at * 10**6,
        source_id="test",
        dialect="test",
        payload=b"{}",
    )
    insert_reports(store, [with_rows(bare, Recording(format="test", peers=(call,)), {})], token=str(at))


def packets(store: Store, span: SampleSpan) -> int:
    """How many packets the rows of the report come to."""
    return sum(row.packets for _, found in report_body(store, span).classes for row in found.rows)


@pytest.mark.parametrize("file", RECORDINGS, ids=lambda file: file.name)
def test_what_is_kept_is_what_would_be_made(store, file):
    """Of every recorded call, to the last digit and in every type."""
    bodies = kept_bodies(store, gzip.decompress(file.read_bytes()))
    assert any(found.rows for body in bodies for _, found in body.classes)


def test_all_that_can_be_told_beside_quality_is_kept(store):
    """As RealtimeKit's client tells it: checks, devices, paths and encoders, too."""
    device = {"deviceId": "one", "kind": "audioinput", "label": "One"}
    said = [
        join(),
        entry("precall_end", BEGIN, {"connectionInfo": {"effectiveNetworkType": "4g"}}),
        entry("audio_devices_updates", BEGIN, {"deviceList": [device]}),
        entry("selected_microphone_update", BEGIN, {"device": device}),
        *(ping(7.0 * turn, loss=0.02, layers=2) for turn in range(5)),
    ]
    [body] = kept_bodies(store, json.dumps([message(*said)]).encode())
    empty = {name for name in body.metadata.__struct_fields__ if not getattr(body.metadata, name)}
    assert empty <= {"descriptions", "tracks"}


def kept_bodies(store: Store, content: bytes) -> list[ReportBody]:
    """What is kept of the peers of a call in a file; it says what is made of the samples."""
    recording = read_recording(BytesIO(content))
    file_id = str(uuid4())
    told = read_file(recording, workspace_id=1, file_id=file_id, received_at=NOW * 10**6)
    peers = [report for report, _ in told]
    insert_rows(store, peers, token=file_id)
    spans = [SampleSpan(workspace_id=1, peer_id=peer.peer_id) for peer in peers]
    keep(store, *spans)
    assert all(kept(store, span) for span in spans)
    made, found = ([of(store, span) for span in spans] for of in (make_body, report_body))
    assert found == made
    assert msgspec.json.encode(found) == msgspec.json.encode(made)
    return found


def test_a_later_payload_makes_it_old(store):
    """The report then tells of the samples, until it is kept anew; a repeated payload is no later one."""
    span = SampleSpan(workspace_id=1, peer_id=str(uuid4()))
    tell(store, span, packets=50, at=NOW)
    tell(store, span, packets=70, at=NOW + 1000)
    keep(store, span, until=NOW + 2000, at=NOW + 2000)
    assert kept(store, span)
    tell(store, span, packets=50, at=NOW)
    assert kept(store, span)
    tell(store, span, packets=90, at=NOW + 1500)
    assert not kept(store, span)
    assert packets(store, span) == 90
    keep(store, span, until=NOW + 2000, at=NOW + 3000)
    assert kept(store, span)
    assert packets(store, span) == 90


def test_of_samples_of_one_time_the_same_one_counts(store):
    """The one that the client numbered last, in what is kept as in what is made, whichever came first."""
    span = SampleSpan(workspace_id=1, peer_id=str(uuid4()))
    for number in (60, 80, 70):
        tell(store, span, packets=number, at=NOW)
    keep(store, span)
    assert packets(store, span) == 80
    assert report_body(store, span) == make_body(store, span)


def test_what_may_be_on_its_way_is_waited_for(store):
    """Of a peer that was heard of a moment ago nothing is kept; of the others in its session it is."""
    quiet, heard = (SampleSpan(workspace_id=1, peer_id=str(uuid4())) for _ in range(2))
    tell(store, quiet, packets=50, at=NOW)
    tell(store, heard, packets=50, at=NOW + 1)
    keep(store, quiet, heard)
    assert [kept(store, quiet), kept(store, heard)] == [True, False]


def test_another_release_makes_its_own(store, monkeypatch):
    """What it kept has another form; nor is it found in another workspace."""
    span = SampleSpan(workspace_id=1, peer_id=str(uuid4()))
    tell(store, span, packets=50, at=NOW)
    monkeypatch.setattr(report_keeping, "LAYOUT", "of before")
    keep(store, span)
    assert kept(store, span, layout="of before")
    assert not kept(store, span)
    assert not kept(store, SampleSpan(workspace_id=2, peer_id=span.peer_id), layout="of before")
    monkeypatch.undo()
    assert packets(store, span) == 50
