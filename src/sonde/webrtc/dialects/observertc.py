"""ObserveRTC's client samples: one object a sample, statistics sorted into lists by type.

Samples may be whole, or say only what has changed: then streams are known by their SSRC and all else by its
id, what is not repeated is as before, and what is not listed is gone.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from sonde.webrtc.dialects.builder import RecordingBuilder
from sonde.webrtc.dialects.deltas import LegacyHistory
from sonde.webrtc.dialects.notes import Notebook
from sonde.webrtc.dialects.values import read_moment, read_text
from sonde.webrtc.recording import Recording

CONNECTIONS: Final = "peerConnections"
NAME: Final = "peerConnectionId"

TYPES: Final[Mapping[str, str]] = {
    "inboundRtps": "inbound-rtp",
    "outboundRtps": "outbound-rtp",
    "remoteInboundRtps": "remote-inbound-rtp",
    "remoteOutboundRtps": "remote-outbound-rtp",
    "mediaSources": "media-source",
    "mediaPlayouts": "media-playout",
    "codecs": "codec",
    "iceTransports": "transport",
    "iceCandidatePairs": "candidate-pair",
}
"""Names of the lists of which samples are made."""


def is_client_sample(value: object) -> bool:
    """This may be such a sample."""
    connections = value.get(CONNECTIONS) if isinstance(value, Mapping) else None
    return isinstance(connections, list) and any(
        isinstance(each, Mapping) and NAME in each for each in connections
    )


def read_client_samples(samples: Iterable[object], notebook: Notebook | None = None) -> Recording:
    """A recording from such samples, in the order sent.

    Args:
        samples: as decoded from JSON.
        notebook: where to count what is left out, when the caller counts too.
    """
    builder = RecordingBuilder("observertc", notebook)
    histories: dict[str, LegacyHistory] = {}
    for sample in samples:
        if not isinstance(sample, Mapping) or not is_client_sample(sample):
            builder.notebook.skip("sample", "an object with peerConnections")
            continue
        at = read_moment(sample.get("timestamp"))
        for connection in sample[CONNECTIONS]:
            key = read_text(connection.get(NAME), 200) if isinstance(connection, Mapping) else ""
            if key and builder.open_peer(key):
                history = histories.setdefault(key, LegacyHistory())
                restored = history.restore(_changes(connection))
                builder.add_report(key, list(restored.values()), at)
    return builder.finish()


def _changes(connection: Mapping[str, object]) -> dict[str, object]:
    """The objects of all lists by what they are known by."""
    changes: dict[str, object] = {}
    for name, kind in TYPES.items():
        listed = connection.get(name)
        for stats in listed if isinstance(listed, list) else []:
            if isinstance(stats, Mapping):
                known_by = stats.get("ssrc", stats.get("id"))
                changes[f"{kind} {known_by}"] = {**stats, "type": kind}
    return changes
