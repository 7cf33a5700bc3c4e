"""Batches of collectors tick by tick: in columns and then taken apart, and through the W3C dialect."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

import msgspec

from sonde.webrtc.dialects.collector import TOLD_OF_TRACK, Batch, read_runs
from sonde.webrtc.dialects.collector_columns import Columns
from sonde.webrtc.dialects.notes import Notebook
from sonde.webrtc.dialects.report import Report, Stats
from sonde.webrtc.dialects.w3c import read_report
from sonde.webrtc.recording import MalformedRecording, Notes, Recording
from sonde.webrtc.runs import Run
from sonde.webrtc.sample import Snapshot, StreamSample, TransportSample


def read_batch(batch: Batch) -> Recording:
    """What a batch says, with its snapshots one by one instead of in runs."""
    recording = read_runs(batch)
    peers = (
        msgspec.structs.replace(
            peer, runs=(), snapshots=tuple(each for run in peer.runs for each in snapshots(run))
        )
        for peer in recording.peers
    )
    return msgspec.structs.replace(recording, peers=tuple(peers))


def snapshots(run: Run) -> Iterator[Snapshot]:
    """The snapshots of a run, one by one."""
    for index, (number, at) in enumerate(zip(run.numbers, run.at, strict=True)):
        yield Snapshot(
            at=at,
            number=number,
            streams=tuple(StreamSample(**_one(fields, index)) for fields in run.streams),
            transports=tuple(TransportSample(**_one(fields, index)) for fields in run.transports),
        )


def reports_of(columns: Columns, at: Sequence[int]) -> Iterator[list[Stats]]:
    """The report of each tick, as getStats gave it; times in microseconds since the epoch."""
    for tick, when in enumerate(at):
        yield columns.report(range(tick, tick + 1), [when / 1000])


def read_ticks(batch: Batch) -> tuple[list[Snapshot], Notes]:
    """The snapshots of a batch with connections and without events, and what was passed over."""
    notebook = Notebook()
    found = [snapshot for connection in batch.connections for snapshot in _ticks(connection, notebook)]
    return found, notebook.notes()


def _one(fields: Mapping[str, Any], index: int) -> dict[str, Any]:
    return {name: value[index] if type(value) is list else value for name, value in fields.items()}


def _ticks(connection: Any, notebook: Notebook) -> Iterator[Snapshot]:
    at = list(accumulate(connection.at))
    columns = Columns(connection.stats, len(at), notebook)
    for number, (when, report) in enumerate(zip(at, reports_of(columns, at), strict=True), connection.first):
        try:
            yield _snapshot(number, when * 1000, report, notebook)
        except MalformedRecording as error:
            notebook.skip(error.where, error.expected)


def _snapshot(number: int, at: int, report: Sequence[Stats], notebook: Notebook) -> Snapshot:
    if not 0 <= at < 2**62:
        raise MalformedRecording("at", "a time between 1970 and 2116")
    snapshot = read_report([each for each in report if each["type"] != "track"], notebook, heard_at=at)
    told = Report([each for each in report if each["type"] == "track"], notebook)
    tracks = {key: told.take(stats, TOLD_OF_TRACK, "track") for key, stats in told.of_type("track").items()}
    streams = tuple(
        msgspec.structs.replace(stream, **tracks.get(stream.track or "", {})) for stream in snapshot.streams
    )
    return msgspec.structs.replace(snapshot, at=at, number=number, streams=streams)
