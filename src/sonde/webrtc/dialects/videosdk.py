"""Statistics of VideoSDK's clients, as an application forwards them.

A body says whose it is, and then either `statsData`, which is what an SDK answers when its media server asks,
or `stats`, the arrays that `getAudioStats()` and its like gave for each participant, or both. They come from
the SDKs for JavaScript and Python, whose fields differ.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import msgspec

from sonde.webrtc.dialects.builder import MOST_PEERS
from sonde.webrtc.dialects.notes import Notebook
from sonde.webrtc.dialects.values import read_moment, read_text
from sonde.webrtc.dialects.videosdk_entries import LONGEST_WORD, Object, part, read_entries
from sonde.webrtc.dialects.videosdk_events import EventReader
from sonde.webrtc.dialects.videosdk_streams import StreamReader
from sonde.webrtc.recording import MalformedRecording, PeerRecording, Recording

NAME: Final = "videosdk"
FORMAT: Final = f"{NAME} 1"
"""Which reader of which version made a sample."""

CONNECTION: Final = "call"
"""The key of the one connection that a body tells of."""


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


def is_post(value: object) -> bool:
    """This may be such a body: it names its room and has statistics."""
    if not isinstance(value, Mapping) or not read_text(value.get("meetingId"), LONGEST_WORD):
        return False
    return any(isinstance(value.get(name), Mapping) for name in ("statsData", "stats")) or bool(
        part(part(value, "data"), "statsData")
    )


def read_post(document: Object) -> ReadPost:
    """What one body says; whatever in it makes no sense is counted in the notes."""
    notebook = Notebook()
    forwarder, call = read_forwarder(document), _Call(notebook)
    call.add(document, forwarder)
    return ReadPost(
        forwarder, Recording(format=FORMAT, peers=(call.peer(CONNECTION),), notes=notebook.notes())
    )


def read_posts(documents: Iterable[object], notebook: Notebook | None = None) -> Recording:
    """A recording of any number of bodies, in any order, of any number of participants.

    Args:
        documents: as decoded from JSON.
        notebook: where to count what is left out, when the caller counts too.

    Raises:
        MalformedRecording: none of them is such a body.
    """
    notebook = notebook or Notebook()
    calls: dict[str, _Call] = {}
    for document in documents:
        if not isinstance(document, Mapping) or not is_post(document):
            notebook.skip("body", "statistics that an application forwards")
            continue
        forwarder = read_forwarder(document)
        words = (forwarder.meeting, forwarder.session, forwarder.participant, forwarder.peer)
        key = "/".join(filter(None, words))
        if key not in calls and len(calls) >= MOST_PEERS:
            notebook.skip("peers", f"at most {MOST_PEERS}")
            continue
        calls.setdefault(key, _Call(notebook)).add(document, forwarder)
    if not calls:
        raise MalformedRecording("", "statistics that an application forwards")
    return Recording(
        format=FORMAT, peers=tuple(call.peer(key) for key, call in calls.items()), notes=notebook.notes()
    )


class _Call:
    """One participant's call, while its bodies are read in any order."""

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook
        self._streams, self._events = StreamReader(notebook), EventReader(notebook)
        self._label = ""

    def add(self, document: Object, forwarder: Forwarder) -> None:
        """What one body says."""
        for place, stats in read_entries(document, forwarder.participant, self._notebook):
            self._streams.add(place, stats)
            self._events.add(stats)
        self._events.add(document)
        at = read_moment(document.get("timestamp"))
        if at is not None:
            self._streams.add_transport(part(document, "transport"), at)
            if forwarder.has_left:
                self._events.add_leaving(at)
        self._label = self._label or forwarder.name or forwarder.participant

    def peer(self, key: str) -> PeerRecording:
        """All that was said, in order of time."""
        return PeerRecording(
            key=key,
            label=self._label or key,
            snapshots=self._streams.snapshots(),
            events=self._events.events(),
        )


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
