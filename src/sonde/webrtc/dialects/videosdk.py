"""Statistics of VideoSDK's clients, as an application forwards them.

A body says whose it is, and then either `statsData`, which is what an SDK answers when its media server asks,
or `stats`, the arrays that `getAudioStats()` and its like gave for each participant, or both. They come from
the SDKs for JavaScript and Python, whose fields differ.
"""

from typing import Final, NamedTuple

import msgspec

from sonde.webrtc.dialects.notes import Notebook
from sonde.webrtc.dialects.values import read_moment, read_text
from sonde.webrtc.dialects.videosdk_entries import LONGEST_WORD, Object, part, read_entries
from sonde.webrtc.dialects.videosdk_events import EventReader
from sonde.webrtc.dialects.videosdk_streams import StreamReader
from sonde.webrtc.recording import PeerRecording, Recording

NAME: Final = "videosdk"
FORMAT: Final = f"{NAME} 1"
"""Which reader of which version made a sample."""


class Forwarder(msgspec.Struct, frozen=True, kw_only=True):
    """Whose a body is; what it does not say is empty.

    Attributes:
        meeting: the room, VideoSDK's `meetingId`.
        session: one live instance of it, VideoSDK's `sessionId`.
        participant, name: who was in it.
        peer: the application's own name for this one time that they joined.
        sdk, sdk_version: what gave the numbers.
        has_left: they are not in it any more.
    """

    meeting: str
    session: str
    participant: str
    name: str
    peer: str
    sdk: str
    sdk_version: str
    has_left: bool


class ReadPost(NamedTuple):
    """One body, read."""

    forwarder: Forwarder
    recording: Recording


def read_post(document: Object) -> ReadPost:
    """What one body says; whatever in it makes no sense is counted in the notes."""
    notebook = Notebook()
    forwarder = read_forwarder(document)
    streams, events = StreamReader(notebook), EventReader(notebook)
    for place, stats in read_entries(document, forwarder.participant, notebook):
        streams.add(place, stats)
        events.add(stats)
    events.add(document)
    at = read_moment(document.get("timestamp"))
    if at is not None:
        streams.add_transport(part(document, "transport"), at)
        if forwarder.has_left:
            events.add_leaving(at)
    peer = PeerRecording(
        key="call",
        label=forwarder.name or forwarder.participant or "call",
        snapshots=streams.snapshots(),
        events=events.events(),
    )
    return ReadPost(forwarder, Recording(format=FORMAT, peers=(peer,), notes=notebook.notes()))


def read_forwarder(document: Object) -> Forwarder:
    """Whose a body is."""
    sdk, answer = part(document, "sdk"), part(document, "data")

    def word(name: str, whole: Object = document) -> str:
        return read_text(whole.get(name), LONGEST_WORD).strip()

    return Forwarder(
        meeting=word("meetingId"),
        session=word("sessionId"),
        participant=word("participantId") or word("peerId", answer),
        name=word("participantName"),
        peer=word("peer"),
        sdk=word("name", sdk) or NAME,
        sdk_version=word("version", sdk),
        has_left=document.get("left") is True,
    )
