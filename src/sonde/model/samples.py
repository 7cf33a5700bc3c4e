"""What clients measured, as it is asked for and found again."""

from typing import Final

import msgspec

from sonde.webrtc.sample import Direction, Kind, Source, StreamSample

LAST: Final = 2**63 - 1
"""The latest instant that can be asked for, nanoseconds since the epoch."""


class SampleSpan(msgspec.Struct, frozen=True, kw_only=True):
    """Samples of one peer from `start` to before `end`, nanoseconds since the epoch by the client's clock."""

    workspace_id: int
    peer_id: str
    start: int = 0
    end: int = LAST


class StreamKey(msgspec.Struct, frozen=True, kw_only=True):
    """Names a stream within its peer."""

    connection: str
    stream_id: str


class SeenStream(msgspec.Struct, frozen=True, kw_only=True):
    """A stream of a peer, as its latest sample describes it.

    Attributes:
        first_at, last_at: its first and last sample, nanoseconds since the epoch.
        samples: how many there are.
    """

    connection: str
    stream_id: str
    direction: Direction
    kind: Kind
    source: Source | None
    codec: str | None
    ssrc: int | None
    rid: str | None
    label: str | None
    first_at: int
    last_at: int
    samples: int


class NumberedSample(msgspec.Struct, frozen=True, kw_only=True):
    """A stream's sample with its place in the connection's series."""

    number: int
    at: int
    sample: StreamSample
