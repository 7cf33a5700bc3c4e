"""Samples in columns say what the same samples say one by one."""

import random

import msgspec
import pytest
from sample_tables import table_of

from sonde.model.reports import Report
from sonde.model.samples import SampleSpan
from sonde.store import Store
from sonde.store.reports import ReportRows, insert_reports
from sonde.store.sample_rows import STREAMS, TRANSPORTS, SampleColumns
from sonde.store.sample_tables import select_tables
from sonde.store.samples import select_recordings
from sonde.webrtc.recording import PeerRecording
from sonde.webrtc.sample import Snapshot, StreamSample, TransportSample
from sonde.webrtc.sample_table import SampleTable
from sonde.webrtc.timeline import stream_lines, transport_lines

pytestmark = pytest.mark.integration

SECOND = 10**9
SPAN = SampleSpan(workspace_id=1, peer_id="ann")


def snapshot(number: int, chance: random.Random) -> Snapshot:
    """A look at some of three streams, which do not say everything each time."""

    def said(value: float) -> float | None:
        return value if chance.random() < 0.7 else None

    streams = [
        StreamSample(
            stream_id=name,
            direction="recv",
            kind="video",
            ssrc=2**32 - 1,
            packets_received=said(100 * number),
            jitter=said(number / 1000),
            jitter_buffer_delay=said(number / 3),
            active=said(True),
            codec=said("VP8"),
        )
        for name in ("I1", "I2", "I10")
        if chance.random() < 0.8
    ]
    path = TransportSample(
        transport_id="T1",
        current_round_trip_time=said(0.1),
        last_packet_sent_at=said(1_700_000_000 * SECOND + 1),
    )
    return Snapshot(at=number * SECOND, number=number, streams=tuple(streams), transports=(path,))


def report(store: Store, connection: str, shots: list[Snapshot], *, received_at: int) -> None:
    """Have looks reported in the order given."""
    recording = PeerRecording(key=connection, label=connection, snapshots=tuple(shots))
    rows = ReportRows(workspace_id=1, peer_id="ann", received_at=received_at, dialect="test")
    kept = Report(
        workspace_id=1,
        peer_id="ann",
        number=0,
        digest=received_at.to_bytes(16),
        received_at=received_at,
        source_id="key",
        dialect="test",
        streams=list(rows.streams(recording)),
        transports=list(rows.transports(recording)),
    )
    insert_reports(store, [kept], token=str(received_at))


def told(table: SampleTable) -> list[dict[str, object]]:
    """What each sample says, and when."""
    return [{"at": at, **table.sample(index)} for index, at in enumerate(table.at.tolist())]


@pytest.mark.parametrize("seed", range(4))
def test_columns_are_the_samples(store, seed):
    """Of two connections, come in any order and partly again."""
    chance = random.Random(seed)
    for turn in range(3):
        for connection in ("a", "b"):
            looks = [snapshot(number, chance) for number in chance.sample(range(30), 20)]
            report(store, connection, looks, received_at=(100 + turn) * SECOND)
    recordings = {each.key: each.snapshots for each in select_recordings(store, SPAN)}
    for columns, lines in ((STREAMS, stream_lines), (TRANSPORTS, transport_lines)):
        found = select_tables(store, SPAN, columns)
        assert found.keys() == recordings.keys()
        for connection, tables in found.items():
            expected = lines(recordings[connection])
            assert list(tables) == list(expected)
            for name, table in tables.items():
                assert told(table) == told(table_of(expected[name]))
                assert msgspec.convert(table.sample(-1), columns.kind) == expected[name][-1][1]


def test_of_samples_of_one_time_one_stays(store):
    """The one that the client numbered last."""
    streams = [
        (StreamSample(stream_id="I1", direction="recv", kind="audio", packets_received=count),)
        for count in (7, 8)
    ]
    looks = [Snapshot(at=SECOND, number=number, streams=each) for number, each in enumerate(streams)]
    report(store, "a", looks[::-1], received_at=SECOND)
    table = select_tables(store, SPAN, STREAMS)["a"]["I1"]
    assert told(table) == [{"at": SECOND, **select_one(streams[1][0])}]


def select_one(sample: StreamSample) -> dict[str, object]:
    """What a sample says."""
    return {name: value for name, value in msgspec.structs.asdict(sample).items() if value is not None}


def test_nothing_reported_is_no_table_and_fields_may_be_chosen(store):
    """A peer without samples has no connection."""
    only = SampleColumns("stream_samples", StreamSample, {"stream_id", "jitter"})
    assert select_tables(store, SPAN, only) == {}
    report(store, "a", [snapshot(1, random.Random(1))], received_at=SECOND)
    fields = {name for table in select_tables(store, SPAN, only)["a"].values() for name in table.sample(0)}
    assert fields <= {"stream_id", "jitter"}
