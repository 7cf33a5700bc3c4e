"""What a client reported, on its way from ingest to the store."""

from typing import Any

import msgspec

from sonde.model.call_reports import CallUpload
from sonde.model.sightings import Sighting


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a batch that is durable.

    Attributes:
        accepted: ticks that were taken; a repetition counts again and changes nothing.
        skipped: parts that made no sense and were left out; of a collector's batch only ticks and events, for
            its statistics are read later.
        time: the server's clock, microseconds since the epoch.
    """

    accepted: int
    skipped: int
    time: int


class Report(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One payload, and the rows that its dialect makes of it.

    Attributes:
        peer_id: whose it is.
        number: of its first tick; orders the payloads of a peer.
        digest: of the payload, 16 bytes; the same payload is the same report.
        received_at: nanoseconds since the epoch.
        source_id: the key or token it came with.
        dialect: what reads the payload, with its version.
        snapshots: ticks in it that make sense.
        skipped, unknown: what was left out, by reason, and fields that no sample has a place for, by name.
        refusal: why nothing of it was taken; empty when something was.
        payload: as it came, without the compression of its transport; empty when it was refused.
        layout: which columns the rows were made for (`sonde.store.reports.LAYOUT`); empty before they are.
        streams, transports, events: rows; one of the first two may stand for several samples.
        sighting: what it says of the peer; None when it says nothing, or it is known already.
        upload: what is known of a Telnyx call report beside its payload; None for any other.
    """

    workspace_id: int
    peer_id: str
    number: int
    digest: bytes
    received_at: int
    source_id: str
    dialect: str
    snapshots: int = 0
    skipped: dict[str, int] = {}
    unknown: dict[str, int] = {}
    refusal: str = ""
    payload: bytes = b""
    layout: str = ""
    streams: list[list[Any]] = []
    transports: list[list[Any]] = []
    events: list[list[Any]] = []
    sighting: Sighting | None = None
    upload: CallUpload | None = None
