"""What VideoSDK's clients noticed: limits of what they send, and silence of the microphone."""

from collections.abc import Iterator, Mapping
from typing import Final

from sonde.webrtc.dialects.notes import Notebook
from sonde.webrtc.dialects.values import read_moment, read_text
from sonde.webrtc.dialects.videosdk_entries import Object
from sonde.webrtc.event import EventKind, PeerEvent

LIMITS: Final = ("bandwidth", "cpu", "congestion")
"""What can limit what is sent."""

SILENCE: Final = "microphone silent"
SOUND: Final = "microphone heard"
"""Values of the application's events about a microphone that gives nothing, and something again."""

MOST_EVENTS: Final = 5_000

_STATES: Final[Mapping[str, tuple[EventKind, str]]] = {
    "detected": (EventKind.LIMITED, SILENCE),
    "resolved": (EventKind.UNLIMITED, SOUND),
}


class EventReader:
    """Collects the events of one body, each once.

    Args:
        notebook: where to count what is left out.
    """

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook
        self._found: dict[PeerEvent, None] = {}

    def add(self, said: Object) -> None:
        """The lists of events in an object of a stream, or in a whole body."""
        track = read_text(said.get("trackId")) or None
        for event in (*self._limits(said, track), *self._silences(said, track)):
            if len(self._found) >= MOST_EVENTS:
                self._notebook.skip("events", f"at most {MOST_EVENTS}")
            else:
                self._found[event] = None

    def add_leaving(self, at: int) -> None:
        """The participant left."""
        self._found[PeerEvent(at=at, kind=EventKind.LEFT)] = None

    def events(self) -> tuple[PeerEvent, ...]:
        """All of them, in order of time."""
        return tuple(sorted(self._found, key=lambda event: event.at))

    def _limits(self, said: Object, track: str | None) -> Iterator[PeerEvent]:
        for entry, state, at in self._entries(said, "qualityLimitation"):
            if (limit := read_text(entry.get("type"), 40)) in LIMITS:
                yield PeerEvent(at=at, kind=_STATES[state][0], value=limit, track=track)
            else:
                self._notebook.skip("qualityLimitation.type", f"one of {', '.join(LIMITS)}")

    def _silences(self, said: Object, track: str | None) -> Iterator[PeerEvent]:
        for entry, state, at in self._entries(said, "localAudioSilence"):
            device = read_text(entry.get("deviceLabel"))
            yield PeerEvent(
                at=at, kind=EventKind.APPLICATION, value=_STATES[state][1], detail=device, track=track
            )

    def _entries(self, said: Object, name: str) -> Iterator[tuple[Object, str, int]]:
        listed = said.get(name)
        for entry in listed if isinstance(listed, list) else ():
            at = read_moment(entry.get("timestamp")) if isinstance(entry, Mapping) else None
            state = entry.get("state") if isinstance(entry, Mapping) else None
            if at is None or not isinstance(state, str) or state not in _STATES:
                self._notebook.skip(name, "detected or resolved, with a time")
            else:
                yield entry, state, at
