"""Messages of RealtimeKit's statistics client (`@cloudflare/realtimekit-callstats`).

A message is a list of entries, each with a time of its own: statistics every seven seconds, and what happened
in between. The client puts entries that it could not send behind newer ones and may send one twice, so each
is read by itself: its time is its name, and neither order nor repetition changes anything.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, TypeAlias

import msgspec

from sonde.webrtc.dialects.builder import MOST_PEERS
from sonde.webrtc.dialects.callstats_events import read_event
from sonde.webrtc.dialects.callstats_stats import objects_of, part, read_snapshot
from sonde.webrtc.dialects.notes import Notebook
from sonde.webrtc.dialects.values import read_moment, read_text
from sonde.webrtc.event import PeerEvent
from sonde.webrtc.recording import MalformedRecording, PeerRecording, Recording
from sonde.webrtc.sample import Snapshot

Object: TypeAlias = Mapping[str, object]

NAME: Final = "callstats"
FORMAT: Final = f"{NAME} 1"
"""Which reader of which version made a sample."""

CONNECTION: Final = "call"
"""The key of the one connection that a client tells of; its two transports are told apart in the samples."""

STATISTICS: Final = "ping_stat"
JOIN: Final = "call_join"

LONGEST_WORD: Final = 255

MOST_PROCESSORS: Final = 100_000
"""No machine has more."""

LABELS: Final[Mapping[str, str]] = {
    "roomUUID": "room_uuid",
    "userId": "user_id",
    "participantRole": "role",
    "meetingEnv": "environment",
}
"""Which words of a `call_join` label its connection, and how."""


class Joined(msgspec.Struct, frozen=True, kw_only=True):
    """What a client says of itself when it joins; all of it empty in messages without `call_join`.

    Attributes:
        at: when it joined, nanoseconds since the epoch; None when it does not say.
        user_agent: of the browser.
        sdk, sdk_version: the kit that runs the client, such as `web-core`.
        cpus: logical processors; None when it does not say, as with all that follow.
        is_mobile: it runs on a phone or tablet.
        webgl: the browser draws with the graphics processor.
        labels: ids and words of the application about this connection.
    """

    at: int | None = None
    user_agent: str = ""
    sdk: str = ""
    sdk_version: str = ""
    cpus: int | None = None
    is_mobile: bool | None = None
    webgl: bool | None = None
    labels: dict[str, str] = {}


class ReadMessage(NamedTuple):
    """One message, read."""

    joined: Joined
    recording: Recording


def is_message(value: object) -> bool:
    """This may be such a message."""
    return isinstance(value, Mapping) and "peerId" in value and isinstance(_entries(value), list)


def read_message(message: Object) -> ReadMessage:
    """What one message says; whatever in it makes no sense is counted in the notes."""
    notebook = Notebook()
    joined, peer = _read(message, notebook)
    recording = Recording(format=FORMAT, peers=(peer,), user_agent=joined.user_agent, notes=notebook.notes())
    return ReadMessage(joined, recording)


def read_messages(messages: Iterable[object], notebook: Notebook | None = None) -> Recording:
    """A recording of any number of messages, in any order, of any number of clients.

    Args:
        messages: as decoded from JSON.
        notebook: where to count what is left out, when the caller counts too.

    Raises:
        MalformedRecording: none of them is a message of this client.
    """
    notebook = notebook or Notebook()
    clients: dict[str, _Client] = {}
    user_agent = ""
    for message in messages:
        if not isinstance(message, Mapping) or not is_message(message):
            notebook.skip("message", "messages of a statistics client")
            continue
        key = read_text(message.get("peerId"), LONGEST_WORD)
        if key not in clients and len(clients) >= MOST_PEERS:
            notebook.skip("peers", f"at most {MOST_PEERS}")
            continue
        joined, peer = _read(message, notebook)
        clients.setdefault(key, _Client()).add(peer.snapshots, peer.events)
        user_agent = user_agent or joined.user_agent
    if not clients:
        raise MalformedRecording("", "messages of a statistics client")
    return Recording(
        format=FORMAT,
        peers=tuple(client.peer(key) for key, client in clients.items()),
        user_agent=user_agent,
        notes=notebook.notes(),
    )


class _Client:
    """One client, while its messages are read in any order; a repeated entry adds nothing."""

    def __init__(self) -> None:
        self._snapshots: dict[int | None, Snapshot] = {}
        self._events: dict[PeerEvent, None] = {}

    def add(self, snapshots: Iterable[Snapshot], events: Iterable[PeerEvent]) -> None:
        self._snapshots.update((each.number, each) for each in snapshots)
        self._events.update(dict.fromkeys(events))

    def peer(self, key: str) -> PeerRecording:
        """All that was said, in order of time."""
        return PeerRecording(
            key=key or CONNECTION,
            label=key or CONNECTION,
            snapshots=tuple(sorted(self._snapshots.values(), key=lambda each: each.at)),
            events=tuple(sorted(self._events, key=lambda each: each.at)),
        )


def _read(message: Object, notebook: Notebook) -> tuple[Joined, PeerRecording]:
    joined = Joined()
    client = _Client()
    for entry in objects_of(part(message, "payload"), "entries"):
        name, at = read_text(entry.get("event"), LONGEST_WORD), read_moment(entry.get("timestamp"))
        if at is None:
            notebook.skip(f"{name}.timestamp", "a time")
            continue
        # Of one event the client writes the member otherwise.
        said = part(entry, "metaData") or part(entry, "metadata")
        if name == STATISTICS:
            client.add([read_snapshot(said, at, notebook)], [])
        elif event := read_event(name, said, at, notebook):
            client.add([], [event])
        if name == JOIN:
            joined = _joined(part(said, "peerMetaData"), at)
    return joined, client.peer("")


def _entries(message: Object) -> object:
    return part(message, "payload").get("entries")


def _joined(said: Object, at: int) -> Joined:
    # Kits differ in whether they name themselves beside the person or within.
    inner = part(said, "metaData")

    def word(name: str) -> str:
        return read_text(said.get(name), LONGEST_WORD) or read_text(inner.get(name), LONGEST_WORD)

    device = part(said, "deviceInfo")
    return Joined(
        at=at,
        user_agent=read_text(device.get("userAgent")),
        sdk=word("sdkName"),
        sdk_version=word("sdkVersion"),
        cpus=_count(device.get("cpus")),
        is_mobile=_truth(device.get("isMobile")),
        webgl=_truth(device.get("webglSupport")),
        labels={label: text for name, label in LABELS.items() if (text := word(name))},
    )


def _count(value: object) -> int | None:
    return value if type(value) is int and 0 < value <= MOST_PROCESSORS else None


def _truth(value: object) -> bool | None:
    """Kits write some truths as 0 and 1."""
    return bool(value) if isinstance(value, bool | int) else None
