"""What a peer's report says: its rows, what they come to, and what is known beside its quality."""

from datetime import datetime

import msgspec

from sonde.model.peers import Peer
from sonde.webrtc.device_changes import DeviceChange, DeviceChoice
from sonde.webrtc.event import PeerEvent
from sonde.webrtc.event_details import NetworkCheck
from sonde.webrtc.report_rows import ReportRow
from sonde.webrtc.report_totals import RowTotals
from sonde.webrtc.sample import Direction, Kind, TransportSample


class StreamClass(msgspec.Struct, frozen=True, kw_only=True):
    """All streams of one direction and kind, of a screen or not."""

    direction: Direction
    kind: Kind
    is_screen: bool


class ClassReport(msgspec.Struct, frozen=True, kw_only=True):
    """The streams of a class.

    Attributes:
        rows: of all its streams, in order of time.
        totals: what they come to; None where there are none.
    """

    rows: list[ReportRow]
    totals: RowTotals | None


class UsedPath(msgspec.Struct, frozen=True, kw_only=True):
    """The candidate pair of a transport by its latest sample, and which directions it had media of."""

    sample: TransportSample
    directions: frozenset[Direction]


class PeerMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a connection beside its quality.

    Attributes:
        events: in order of time, as is all that is read of them.
        device_changes, device_choices: which devices there were, and which were used.
        network_checks: what was known of the network before the call.
        descriptions: the latest local and remote session description.
        paths: by connection and transport, of those that had a candidate pair.
        tracks: kind of each stream by the id of its track.
        encoders: by kind, the name of the last encoder that was used to send, or else of its encoding.
    """

    events: list[PeerEvent]
    device_changes: list[DeviceChange]
    device_choices: list[DeviceChoice]
    network_checks: list[NetworkCheck]
    descriptions: list[PeerEvent]
    paths: list[UsedPath]
    tracks: dict[str, Kind]
    encoders: dict[Kind, str]


class ReportBody(msgspec.Struct, frozen=True, kw_only=True):
    """All of a report that follows from what the peer reported, and from nothing else.

    Attributes:
        metadata: beside its quality.
        classes: every class, with or without streams.
    """

    metadata: PeerMetadata
    classes: list[tuple[StreamClass, ClassReport]]


class PeerReport(msgspec.Struct, frozen=True, kw_only=True):
    """One connection.

    Attributes:
        peer: whose.
        until: when it left, or until when it is known to have been there.
        metadata, classes: as in the body.
    """

    peer: Peer
    until: datetime
    metadata: PeerMetadata
    classes: list[tuple[StreamClass, ClassReport]]
