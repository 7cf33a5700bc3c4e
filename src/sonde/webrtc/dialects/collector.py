"""What our own collectors send: batches that stand by themselves, described in docs/collector.md."""

from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec

from sonde.webrtc.event import EventKind

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
        stats: statistics objects in columns (`columns.Columns`).
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


batch_decoder: Final = msgspec.json.Decoder(Batch)
"""Decodes a batch and refuses it, naming the field, when anything but its statistics is not as described."""
