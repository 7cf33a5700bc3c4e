"""What one file or one batch says: connections with their snapshots and events."""

import msgspec

from sonde.webrtc.event import PeerEvent
from sonde.webrtc.runs import Run
from sonde.webrtc.sample import Snapshot


class Notes(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader passed over, so that nothing is lost in silence.

    Attributes:
        unknown: how often each field or event was seen that no sample has a place for, by name.
        skipped: how often a value was left out for its type, size or place, by a sentence that says which.
    """

    unknown: dict[str, int] = {}
    skipped: dict[str, int] = {}


class PeerRecording(msgspec.Struct, frozen=True, kw_only=True):
    """One peer connection, in order of time.

    Attributes:
        key: names the connection within its recording; opaque.
        label: what people would call it; the key when nothing better is known.
        url: page that made it; empty when unknown.
        runs: snapshots in columns, instead of those one by one.
    """

    key: str
    label: str
    url: str = ""
    snapshots: tuple[Snapshot, ...] = ()
    runs: tuple[Run, ...] = ()
    events: tuple[PeerEvent, ...] = ()


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """What one file or batch says.

    Attributes:
        format: which of the formats it is in.
        peers: its connections, in the order first seen.
        events: what concerns no single connection, such as getUserMedia.
        user_agent: of the browser; empty when unknown.
        notes: what was passed over.
    """

    format: str
    peers: tuple[PeerRecording, ...]
    events: tuple[PeerEvent, ...] = ()
    user_agent: str = ""
    notes: Notes = Notes()


class MalformedRecording(ValueError):
    """These bytes are not what they should be.

    Attributes:
        where: the place, such as `line 3` or `PeerConnections`; empty when it is the whole.
        expected: what should be there, with an article.
    """

    def __init__(self, where: str, expected: str) -> None:
        super().__init__(f"{where}: expected {expected}" if where else f"expected {expected}")
        self.where = where
        self.expected = expected


class LegacyStatistics(MalformedRecording):
    """These are the goog* statistics that Chrome gave before the standard."""

    def __init__(self, where: str) -> None:
        super().__init__(
            where, "standard statistics, not the goog* ones of Chrome's getStats from before them"
        )
