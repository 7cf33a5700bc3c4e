"""Samples and events of peers: every question about them."""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import msgspec

from sonde.model.samples import NumberedSample, SampleSpan, SeenStream, StreamKey
from sonde.store.sample_rows import STREAMS, TRANSPORTS, SampleColumns
from sonde.store.store import Store
from sonde.webrtc.event import EventKind, PeerEvent
from sonde.webrtc.recording import PeerRecording
from sonde.webrtc.sample import Snapshot

ROWS_MAX: Final = 1_000_000
"""Most rows of one answer: two streams each way, each second, for three days."""

AT: Final = "toUnixTimestamp64Nano(at)"


OF_PEER: Final = f"""
WHERE workspace_id = {{workspace_id:Int64}} AND peer_id = {{peer_id:String}}
    AND {AT} >= {{start:Int64}} AND {AT} < {{end:Int64}}
"""

OF_STREAM: Final = f"""
{OF_PEER} AND connection = {{connection:String}} AND stream_id = {{stream_id:String}}
"""

SELECT_STREAMS: Final = f"""
SELECT connection, stream_id,
    argMax(direction, number), argMax(kind, number), argMax(source, number), argMax(codec, number),
    argMax(ssrc, number), argMax(rid, number), argMax(label, number),
    min({AT}), max({AT}), count()
FROM stream_samples FINAL
{OF_PEER}
GROUP BY connection, stream_id
ORDER BY min(at), connection, stream_id
"""  # noqa: S608 - the parts are constants, values are parameters

SELECT_SAMPLES: Final = f"""
SELECT number, {AT}, {", ".join(STREAMS.fields)}
FROM stream_samples FINAL
{OF_STREAM}
    AND number > {{after:Int64}}
ORDER BY number
LIMIT {{limit:UInt64}}
"""  # noqa: S608 - as above

SELECT_EVENTS: Final = f"""
SELECT connection, {AT}, kind, value, detail, track
FROM peer_events FINAL
{OF_PEER}
ORDER BY at, kind, value, track, detail
LIMIT {ROWS_MAX}
"""  # noqa: S608 - as above


def select_streams(store: Store, span: SampleSpan) -> list[SeenStream]:
    """The streams that a peer reported, by their first sample.

    Raises:
        Limited: the answer is too large to be made.
        Unavailable: the store failed.
    """
    rows = store.query(SELECT_STREAMS, msgspec.structs.asdict(span))
    return [SeenStream(**dict(zip(SeenStream.__struct_fields__, row, strict=True))) for row in rows]


def select_samples(
    store: Store, span: SampleSpan, stream: StreamKey, *, limit: int, after: int = -1
) -> list[NumberedSample]:
    """Samples of one stream in their order.

    Args:
        store: where from.
        span: whose, and when.
        stream: which of the peer's.
        limit: at most so many.
        after: only those with a larger number.

    Raises:
        Limited: the answer is too large to be made.
        Unavailable: the store failed.
    """
    parameters = {**_parameters(span), **_parameters(stream), "limit": limit, "after": after}
    return [
        NumberedSample(number=number, at=at, sample=STREAMS.sample(values))
        for number, at, *values in store.query(SELECT_SAMPLES, parameters)
    ]


def select_recordings(store: Store, span: SampleSpan) -> list[PeerRecording]:
    """The connections of a peer as a reader of files would give them, without events of none.

    Raises:
        Limited: the answer is too large to be made.
        Unavailable: the store failed.
    """
    snapshots: dict[tuple[str, int, int], dict[str, list[Any]]] = {}
    parts: tuple[tuple[SampleColumns[Any], str], ...] = ((STREAMS, "streams"), (TRANSPORTS, "transports"))
    for columns, field in parts:
        for connection, number, at, sample in _select_all(store, span, columns):
            found = snapshots.setdefault((connection, number, at), {})
            found.setdefault(field, []).append(sample)
    events = select_events(store, span)
    ordered = sorted(snapshots.items(), key=itemgetter(0))
    return [
        PeerRecording(
            key=connection,
            label=connection,
            snapshots=tuple(_snapshot(number, at, found) for (_, number, at), found in group),
            events=tuple(event for whose, event in events if whose == connection),
        )
        for connection, group in groupby(ordered, key=lambda entry: entry[0][0])
    ]


def select_all(columns: SampleColumns[Any]) -> str:
    """The question for all samples of a peer, repetitions among them: when received, key and fields."""
    return f"""
        SELECT toUnixTimestamp64Milli(received_at), connection, number, {AT}, {", ".join(columns.fields)}
        FROM {columns.table} {OF_PEER}
        LIMIT {ROWS_MAX}
    """  # noqa: S608 - as above


def count_samples(store: Store, span: SampleSpan) -> int:
    """How many samples of streams a peer reported, repetitions among them.

    Raises:
        Unavailable: the store failed.
    """
    [[count]] = store.query(f"SELECT count() FROM stream_samples {OF_PEER}", _parameters(span))  # noqa: S608 - as above
    return int(count)


def select_events(store: Store, span: SampleSpan) -> list[tuple[str, PeerEvent]]:
    """Events of a peer in the order of their times, each with its connection, or empty when it has none.

    Raises:
        Limited: the answer is too large to be made.
        Unavailable: the store failed.
    """
    return [
        (
            connection,
            PeerEvent(at=at, kind=EventKind(kind), value=value, detail=detail, track=track or None),
        )
        for connection, at, kind, value, detail, track in store.query(SELECT_EVENTS, _parameters(span))
    ]


def _select_all(
    store: Store, span: SampleSpan, columns: SampleColumns[Any]
) -> Iterator[tuple[str, int, int, Any]]:
    # Of repetitions the last one stays. The engine takes longer to sort them out, with FINAL four times.
    rows = sorted(store.query(select_all(columns), _parameters(span)), key=itemgetter(0))
    for _, connection, number, at, *values in {_identity(row): row for row in rows}.values():
        yield connection, number, at, columns.sample(values)


_identity: Final = itemgetter(1, 2, 4)
"""Connection, number, and stream or transport: what a repetition has in common."""


def _snapshot(number: int, at: int, found: dict[str, list[Any]]) -> Snapshot:
    return Snapshot(
        at=at,
        number=number,
        streams=tuple(sorted(found.get("streams", ()), key=lambda sample: str(sample.stream_id))),
        transports=tuple(sorted(found.get("transports", ()), key=lambda sample: str(sample.transport_id))),
    )


def _parameters(struct: msgspec.Struct) -> dict[str, Any]:
    return msgspec.structs.asdict(struct)
