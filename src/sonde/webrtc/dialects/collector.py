"""What our own collectors send: batches that stand by themselves, described in docs/collector.md."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate, groupby
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec

from sonde.webrtc.dialects.collector_clock import with_clock_set
from sonde.webrtc.dialects.collector_columns import Columns
from sonde.webrtc.dialects.members import Member, Members
from sonde.webrtc.dialects.notes import Notebook
from sonde.webrtc.dialects.report import Fields, Report, Stats, laid_over
from sonde.webrtc.dialects.transports import read_transports
from sonde.webrtc.dialects.values import (
    AMOUNT,
    COUNT,
    FLAG,
    LATEST,
    NANOSECONDS_PER_MICROSECOND,
    NANOSECONDS_PER_MILLISECOND,
    TEXT,
    Reader,
)
from sonde.webrtc.dialects.w3c import read_streams
from sonde.webrtc.event import EventKind, PeerEvent
from sonde.webrtc.recording import MalformedRecording, PeerRecording, Recording
from sonde.webrtc.runs import Run

VERSION: Final = 1
"""Of the wire format."""

TICKS_MAX: Final = 1000
"""Ticks of one connection in one batch."""

INSTANT_MAX: Final = 2**53
"""Microseconds since the epoch, some time in the year 2255."""

Word: TypeAlias = Annotated[str, msgspec.Meta(max_length=255)]
Text: TypeAlias = Annotated[str, msgspec.Meta(max_length=10_000)]
Instant: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=INSTANT_MAX)]
Step: TypeAlias = Annotated[int, msgspec.Meta(ge=-INSTANT_MAX, le=INSTANT_MAX)]


class BatchParticipant(msgspec.Struct, frozen=True, kw_only=True):
    """The person, as the application knows them. What a token says comes before it."""

    id: Word = ""
    name: Word = ""


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """Which program made a batch."""

    name: Word
    version: Word = ""


class BatchDevice(msgspec.Struct, frozen=True, kw_only=True):
    """The machine under the client.

    Attributes:
        cpus: logical processors.
        network: effective type of the Network Information API, such as `4g`.
        mobile: it is a telephone or a tablet.
    """

    cpus: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None
    network: Word | None = None
    mobile: bool | None = None


class BatchConnection(msgspec.Struct, frozen=True, kw_only=True):
    """Some ticks of one peer connection.

    Attributes:
        key: names it among the connections of its peer.
        label: what people would call it.
        first: number of the first tick; a number is never used for two ticks.
        at: when the ticks were, microseconds since the epoch: the first, then differences.
        stats: statistics objects in columns (`collector_columns.Columns`).
    """

    key: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    label: Word = ""
    first: Annotated[int, msgspec.Meta(ge=0, le=2**31)]
    at: Annotated[list[Step], msgspec.Meta(max_length=TICKS_MAX)]
    stats: list[Any]


class BatchEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened; `at` in microseconds, the rest as in `PeerEvent`.

    Attributes:
        connection: key of the connection it is about; empty when it is about none.
    """

    at: Instant
    kind: EventKind
    value: Word = ""
    detail: Text = ""
    track: Word | None = None
    connection: Annotated[str, msgspec.Meta(max_length=64)] = ""


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """One batch.

    Attributes:
        version: of the format.
        peer: a UUID that the client made: one tab or call leg.
        meeting: name of the room; a token's comes before it.
        participant: the person.
        labels: the application's words about this peer.
        collector: what made the batch.
        user_agent: of the browser.
        device: the machine.
        clock_offset: microseconds to add to all times here to have the server's; None while unknown.
        connections: what their statistics said.
        events: what happened; each to be converted to `BatchEvent`, so that one bad event harms no other.
    """

    version: Literal[1]
    peer: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")]
    meeting: Word = ""
    participant: BatchParticipant = BatchParticipant()
    labels: Annotated[dict[Word, Word], msgspec.Meta(max_length=32)] = {}
    collector: Program
    user_agent: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    device: BatchDevice = BatchDevice()
    clock_offset: Annotated[int, msgspec.Meta(ge=-INSTANT_MAX, le=INSTANT_MAX)] | None = None
    connections: Annotated[tuple[BatchConnection, ...], msgspec.Meta(max_length=64)] = ()
    events: Annotated[list[Any], msgspec.Meta(max_length=2000)] = []


def _read_source(value: object) -> str:
    if value not in {"microphone", "camera", "screen"}:
        raise ValueError("a source")
    return str(value)


SOURCE: Final = Reader("microphone, camera or screen", _read_source)

TOLD_OF_TRACK: Final[Members] = {
    "id": Member("", TEXT),
    "type": Member("", TEXT),
    "timestamp": Member("", AMOUNT),
    "label": Member("label", TEXT),
    "source": Member("source", SOURCE),
    "participant": Member("remote_peer", TEXT),
    "stream": Member("remote_stream", TEXT),
    "enabled": Member("track_enabled", FLAG),
    "muted": Member("track_muted", FLAG),
    "ended": Member("track_ended", FLAG),
    "device": Member("device_label", TEXT),
    "frameRate": Member("configured_frames_per_second", AMOUNT),
    "height": Member("configured_height", COUNT),
    "renderWidth": Member("render_width", COUNT),
    "renderHeight": Member("render_height", COUNT),
    "echoCancellation": Member("echo_cancellation", FLAG),
    "noiseSuppression": Member("noise_suppression", FLAG),
    "autoGainControl": Member("auto_gain_control", FLAG),
}
"""What the application says of a track, by the name in the batch."""

batch_decoder: Final = msgspec.json.Decoder(Batch)
"""Decodes a batch and refuses it, naming the field, when anything but its statistics is not as described."""


def read_runs(batch: Batch) -> Recording:
    """What a batch says, in runs. What makes no sense in it is counted in the notes.

    A connection of the recording bears its key. Who the batch is from stands in the batch only. All times are
    by the server's clock, as far as the client knew it.
    """
    return _recording(with_clock_set(batch), _runs)


def read_times(batch: Batch) -> Recording:
    """The same without what the statistics say: when there were ticks, and what happened. It takes little."""
    bare = tuple(msgspec.structs.replace(each, stats=[]) for each in batch.connections)
    return _recording(with_clock_set(msgspec.structs.replace(batch, connections=bare)), _ticks)


def _recording(batch: Batch, read: Callable[[BatchConnection, Notebook], Iterator[Run]]) -> Recording:
    notebook = Notebook()
    events = list(_events(batch.events, notebook))
    parts: dict[str, list[Run]] = {}
    labels: dict[str, str] = {}
    for connection in batch.connections:
        parts.setdefault(connection.key, []).extend(read(connection, notebook))
        labels[connection.key] = connection.label
    for key, _ in events:
        if key:
            parts.setdefault(key, [])
    return Recording(
        format=f"collector {batch.version}",
        peers=tuple(
            PeerRecording(
                key=key,
                label=labels.get(key) or key,
                runs=tuple(runs),
                events=tuple(event for connection, event in events if connection == key),
            )
            for key, runs in parts.items()
        ),
        events=tuple(event for connection, event in events if not connection),
        user_agent=batch.user_agent,
        notes=notebook.notes(),
    )


def _ticks(connection: BatchConnection, notebook: Notebook) -> Iterator[Run]:
    at = _times(connection)
    for ticks in _plausible(range(len(at)), at, notebook):
        yield Run(numbers=_numbers(connection, ticks), at=at[_slice(ticks)])


def _runs(connection: BatchConnection, notebook: Notebook) -> Iterator[Run]:
    at = _times(connection)
    columns = Columns(connection.stats, len(at), notebook)
    for span in columns.spans():
        for ticks in _plausible(span, at, notebook):
            noted = notebook.counting(len(ticks))
            report = columns.report(ticks, [when / NANOSECONDS_PER_MILLISECOND for when in at[_slice(ticks)]])
            try:
                streams, transports = _samples(report, noted)
            except MalformedRecording as error:
                noted.skip(error.where, error.expected)
                continue
            yield Run(
                numbers=_numbers(connection, ticks),
                at=at[_slice(ticks)],
                streams=tuple(streams),
                transports=tuple(transports),
            )


def _times(connection: BatchConnection) -> list[int]:
    return [when * NANOSECONDS_PER_MICROSECOND for when in accumulate(connection.at)]


def _numbers(connection: BatchConnection, ticks: range) -> range:
    return range(connection.first + ticks.start, connection.first + ticks.stop)


def _plausible(span: range, at: Sequence[int], notebook: Notebook) -> Iterator[range]:
    """The consecutive ticks of a span that have a time."""
    for has_time, group in groupby(span, key=lambda tick: 0 <= at[tick] < LATEST):
        ticks = list(group)
        if has_time:
            yield range(ticks[0], ticks[-1] + 1)
        else:
            notebook.skip("at", "a time between 1970 and 2116", len(ticks))


def _slice(ticks: range) -> slice:
    return slice(ticks.start, ticks.stop)


def _samples(report: Sequence[Stats], notebook: Notebook) -> tuple[list[Fields], list[Fields]]:
    said = Report([stats for stats in report if stats["type"] != "track"], notebook)
    streams, transports = read_streams(said, notebook), read_transports(said)
    told = Report([stats for stats in report if stats["type"] == "track"], notebook)
    tracks = {key: told.take(stats, TOLD_OF_TRACK, "track") for key, stats in told.of_type("track").items()}
    return [laid_over(stream, _told(stream, tracks)) for stream in streams], transports


def _told(stream: Fields, tracks: Mapping[str, Fields]) -> Fields:
    track = stream.get("track")
    return tracks.get(track, {}) if isinstance(track, str) else {}


def _events(entries: Sequence[Any], notebook: Notebook) -> Iterator[tuple[str, PeerEvent]]:
    """The events with the key of the connection that each is about, in order of time."""
    found: list[BatchEvent] = []
    for entry in entries:
        try:
            found.append(msgspec.convert(entry, BatchEvent))
        except msgspec.ValidationError as error:
            notebook.skip("events", f"events as described: {error}")
    for event in sorted(found, key=lambda event: event.at):
        yield (
            event.connection,
            PeerEvent(
                at=event.at * NANOSECONDS_PER_MICROSECOND,
                kind=event.kind,
                value=event.value,
                detail=event.detail,
                track=event.track,
            ),
        )
