"""Small recordings for tests of their readers."""

import gzip
import io
import json
from typing import Any

from sonde.webrtc.reading import read_recording
from sonde.webrtc.recording import PeerRecording, Recording
from sonde.webrtc.sample import StreamSample

AT = 1_700_000_000_000
"""When the recordings begin, milliseconds since the epoch."""

MILLISECOND = 1_000_000


def read(*lines: Any, packed: bool = False) -> Recording:
    """The recording in a file of these lines, each JSON or bytes as they are."""
    encoded = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    whole = b"\n".join(encoded)
    return read_recording(io.BytesIO(gzip.compress(whole) if packed else whole))


def received(**members: Any) -> dict[str, Any]:
    """A statistics object of a received video stream."""
    return {"type": "inbound-rtp", "kind": "video", "ssrc": 7, **members}


def peer(recording: Recording) -> PeerRecording:
    """The only connection of a recording."""
    [only] = recording.peers
    return only


def samples(recording: Recording) -> list[StreamSample]:
    """The first stream of each snapshot of the only connection."""
    return [snapshot.streams[0] for snapshot in peer(recording).snapshots]


def times(recording: Recording) -> list[int]:
    """Milliseconds from `AT` to each snapshot of the only connection."""
    return [snapshot.at // MILLISECOND - AT for snapshot in peer(recording).snapshots]
