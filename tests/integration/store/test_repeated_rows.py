"""Rows that came twice: readers that do without FINAL give each of them once, the last one."""

import pytest

from sonde.model.conclusions import PeerConclusions, PeerSummary, StreamPoint
from sonde.model.reports import Report
from sonde.model.samples import SampleSpan
from sonde.store import Store
from sonde.store.conclusions import insert_conclusions
from sonde.store.quality_windows import WindowSpan, select_losses, select_means, select_sides
from sonde.store.reports import ReportRows, insert_reports
from sonde.store.samples import select_recordings
from sonde.webrtc.recording import PeerRecording
from sonde.webrtc.sample import Snapshot, StreamSample, TransportSample

pytestmark = pytest.mark.integration

SECOND = 10**9
TICKS = 4
SPAN = SampleSpan(workspace_id=1, peer_id="ann")
WINDOWS = WindowSpan(workspace_id=1, peer_ids=["ann"], width=5 * SECOND)


def snapshot(number: int, lost: int) -> Snapshot:
    """A look at pictures that come over one transport."""
    return Snapshot(
        at=number * SECOND,
        number=number,
        streams=(StreamSample(stream_id="I1", direction="recv", kind="video", packets_lost=lost * number),),
        transports=(TransportSample(transport_id="T1", bytes_received=lost * number),),
    )


def report(store: Store, *, lost: int, received_at: int) -> None:
    """Some looks, in each of which so many more packets were lost."""
    shots = tuple(snapshot(number, lost) for number in range(TICKS))
    recording = PeerRecording(key="1", label="1", snapshots=shots)
    rows = ReportRows(workspace_id=1, peer_id="ann", received_at=received_at, dialect="test")
    kept = Report(
        workspace_id=1,
        peer_id="ann",
        number=0,
        digest=bytes([lost]) * 16,
        received_at=received_at,
        source_id="key",
        dialect="test",
        streams=list(rows.streams(recording)),
        transports=list(rows.transports(recording)),
    )
    insert_reports(store, [kept], token=f"{lost} {received_at}")


def conclude(store: Store, seconds: int = TICKS) -> None:
    """What those looks come to: a picture of each second, of the first ones only where that is asked for."""
    points = tuple(
        StreamPoint(
            connection="1",
            stream_id="I1",
            start=number * SECOND,
            end=(number + 1) * SECOND,
            direction="recv",
            kind="video",
            bitrate=1000.0 * number,
            frame_width=640,
            frame_height=360,
        )
        for number in range(seconds)
    )
    found = PeerConclusions(
        workspace_id=1,
        peer_id="ann",
        session_id="one",
        computed_at=1000,
        summary=PeerSummary(),
        points=points,
    )
    insert_conclusions(store, [found])


def test_of_samples_that_came_again_the_last_ones_are_read(store):
    """Two repetitions, the later one saying otherwise: one sample each, as it was said last."""
    for lost, seconds in ((1, 100), (1, 101), (2, 102)):
        report(store, lost=lost, received_at=seconds * SECOND)
    [recording] = select_recordings(store, SPAN)
    assert [[each.packets_lost for each in shot.streams] for shot in recording.snapshots] == [
        [2 * number] for number in range(TICKS)
    ]
    assert [[each.bytes_received for each in shot.transports] for shot in recording.snapshots] == [
        [2 * number] for number in range(TICKS)
    ]


def test_windows_count_what_came_again_once(store):
    """Losses, means and sizes are the same when some of it was kept twice, and other losses before."""
    report(store, lost=1, received_at=100 * SECOND)
    conclude(store)
    first = [select(store, WINDOWS) for select in (select_means, select_losses, select_sides)]
    report(store, lost=5, received_at=99 * SECOND)
    conclude(store, seconds=2)
    assert [select(store, WINDOWS) for select in (select_means, select_losses, select_sides)] == first
    [losses] = first[1]
    assert losses.receive == TICKS - 1
