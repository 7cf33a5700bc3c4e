"""A recording put together while its file is read, bounded whatever the file says."""

from typing import Final

import msgspec

from sonde.webrtc.dialects.events import read_event
from sonde.webrtc.dialects.notes import Notebook
from sonde.webrtc.dialects.values import read_text
from sonde.webrtc.dialects.w3c import read_report
from sonde.webrtc.event import EventKind, PeerEvent
from sonde.webrtc.recording import LegacyStatistics, MalformedRecording, PeerRecording, Recording
from sonde.webrtc.sample import Snapshot, StreamSample

MOST_PEERS: Final = 1_000
"""Connections of one recording."""

MOST_SAMPLES: Final = 500_000
"""Stream samples of one recording: five streams for a day, one a second."""

MOST_EVENTS: Final = 100_000
"""Events of one recording."""


class RecordingBuilder:
    """Collects what a reader finds, by connection.

    Args:
        form: name of the format that is read.
        notebook: where to count what is left out, when somebody else counts there too.
    """

    def __init__(self, form: str, notebook: Notebook | None = None) -> None:
        self.form = form
        self.user_agent = ""
        self.notebook = notebook or Notebook()
        self._peers: dict[str, _Peer] = {}
        self._events: list[PeerEvent] = []
        self._event_count = 0
        self._sample_count = 0

    def open_peer(self, key: str, *, label: str = "", url: str = "") -> bool:
        """Make room for a connection; False when there are too many."""
        if key not in self._peers:
            if len(self._peers) >= MOST_PEERS:
                self.notebook.skip("connections", f"at most {MOST_PEERS}")
                return False
            self._peers[key] = _Peer()
        peer = self._peers[key]
        peer.label, peer.url = peer.label or label, peer.url or url
        return True

    def add_report(self, key: str, raw: object, heard_at: int | None) -> None:
        """A getStats report of a connection; what is none is counted.

        Raises:
            LegacyStatistics: it is in Chrome's form from before the standard.
        """
        if self._sample_count >= MOST_SAMPLES:
            return self.notebook.skip("samples", f"at most {MOST_SAMPLES}")
        try:
            snapshot = read_report(raw, self.notebook, heard_at=heard_at)
        except LegacyStatistics:
            raise
        except MalformedRecording as error:
            return self.notebook.skip(error.where, error.expected)
        if self.open_peer(key):
            self._peers[key].snapshots.append(snapshot)
            self._sample_count += max(len(snapshot.streams), 1)
        return None

    def add_event(self, key: str | None, name: str, raw: object, at: int) -> None:
        """Something that happened to a connection, or to none in particular."""
        if key is not None and not self.open_peer(key):
            return
        events = self._events if key is None else self._peers[key].events
        for event in read_event(name, raw, at, self.notebook):
            if self._event_count < MOST_EVENTS:
                events.append(event)
                self._event_count += 1
            else:
                self.notebook.skip("events", f"at most {MOST_EVENTS}")

    def finish(self) -> Recording:
        """The recording, with everything in order of time."""
        everywhere = [event for peer in self._peers.values() for event in peer.events] + self._events
        shared = {each.track for each in everywhere if each.kind is EventKind.DISPLAY_GRANTED}
        return Recording(
            format=self.form,
            peers=tuple(peer.recording(key, shared) for key, peer in self._peers.items()),
            events=tuple(sorted(self._events, key=lambda event: event.at)),
            user_agent=read_text(self.user_agent),
            notes=self.notebook.notes(),
        )


class _Peer:
    """One connection, while it is read."""

    def __init__(self) -> None:
        self.label = ""
        self.url = ""
        self.snapshots: list[Snapshot] = []
        self.events: list[PeerEvent] = []

    def recording(self, key: str, shared: set[str | None]) -> PeerRecording:
        snapshots = sorted(self.snapshots, key=lambda snapshot: snapshot.at)
        return PeerRecording(
            key=key,
            label=self.label or key or "connection",
            url=self.url,
            snapshots=tuple(_with_screens(each, shared) if shared else each for each in snapshots),
            events=tuple(sorted(self.events, key=lambda event: event.at)),
        )


def _with_screens(snapshot: Snapshot, shared: set[str | None]) -> Snapshot:
    """The snapshot, with the tracks that getDisplayMedia gave marked as the screen's, sound included."""
    streams = tuple(_with_screen(each) if each.track in shared else each for each in snapshot.streams)
    return msgspec.structs.replace(snapshot, streams=streams)


def _with_screen(sample: StreamSample) -> StreamSample:
    return msgspec.structs.replace(sample, source="screen") if sample.direction == "send" else sample
