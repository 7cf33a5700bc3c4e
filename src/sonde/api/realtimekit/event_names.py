"""What happened in a call, by the names that RealtimeKit's client has for it. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from sonde.api.realtimekit.report_shapes import EventItem
from sonde.api.realtimekit.units import show_instant
from sonde.webrtc.event import EventKind, PeerEvent
from sonde.webrtc.event_details import CHECKED, Scalar, scalars

Metadata: TypeAlias = dict[str, Scalar]

OF_TRACKS: Final[Mapping[EventKind, str]] = {
    EventKind.TRACK_ENABLED: "on",
    EventKind.TRACK_DISABLED: "off",
    EventKind.TRACK_MUTED: "track_muted",
    EventKind.TRACK_UNMUTED: "track_unmuted",
    EventKind.TRACK_ENDED: "track_ended",
}
"""What comes behind `audio_` or `video_`."""

NAMES: Final[Mapping[EventKind, str]] = {
    EventKind.DISPLAY_REQUESTED: "screenshare_start_requested",
    EventKind.DISPLAY_GRANTED: "screenshare_started",
    EventKind.PAGE_HIDDEN: "meeting_view_backgrounded",
    EventKind.PAGE_VISIBLE: "browser_foregrounded",
    EventKind.ICE_RESTART: "reconnect_attempt",
    EventKind.LEFT: "disconnect",
}

WITH_VALUE: Final[Mapping[EventKind, tuple[str, str]]] = {
    EventKind.DOMINANT_SPEAKER: ("dominant_speaker", "peerId"),
    EventKind.NETWORK_CHANGED: ("network_changed", "type"),
    EventKind.CONNECTION_STATE: ("connection_state", "state"),
    EventKind.CALL_FAILED: ("call_failed", "method"),
}
"""Name, and what the metadata call the event's value."""

PERMISSIONS: Final[Mapping[str, str]] = {
    "NotAllowedError": "DENIED",
    "NotReadableError": "COULD_NOT_START",
    "NotFoundError": "NO_DEVICES_AVAILABLE",
}
"""Why there is no medium, by the browser's name of the error; any other one could not start."""

ANSWERS: Final = frozenset({*PERMISSIONS.values(), "CANCELED", "SYSTEM_DENIED"})
"""With which the vendor's own client says why, more exactly than browsers do."""

ASKED: Final[Mapping[EventKind, str]] = {
    EventKind.MEDIA_GRANTED: "",
    EventKind.MEDIA_REFUSED: "",
    EventKind.DISPLAY_REFUSED: "SCREENSHARE",
}
"""Answers to the question for a medium, and its name where it is not that of the event."""

MUTED: Final = frozenset({EventKind.TRACK_MUTED, EventKind.TRACK_UNMUTED})
VISIBILITY: Final = frozenset({EventKind.PAGE_HIDDEN, EventKind.PAGE_VISIBLE})


def show_named_events(events: Iterable[PeerEvent], tracks: Mapping[str, str]) -> list[EventItem]:
    """The events that have a name, in their order.

    A page goes to the background once, however often it is said: the vendor's client says so twice each time.

    Args:
        events: what happened.
        tracks: kind of medium by the id of a track.
    """
    return [
        EventItem(name=name, timestamp=show_instant(event.at), metadata=metadata)
        for event in _once(events)
        for name, metadata in _named(event, tracks)
    ]


def _once(events: Iterable[PeerEvent]) -> Iterator[PeerEvent]:
    """The events without those that say again whether the page is to be seen."""
    latest = None
    for event in events:
        if event.kind not in VISIBILITY or event.kind is not latest:
            yield event
        if event.kind in VISIBILITY:
            latest = event.kind


def _named(event: PeerEvent, tracks: Mapping[str, str]) -> Iterator[tuple[str, Metadata]]:
    """The name of an event and what is known of it; nothing where it feeds another part of the report."""
    if event.kind in OF_TRACKS:
        kind = event.value or tracks.get(event.track or "", "")
        if kind:
            metadata: Metadata = {"deviceType": kind.upper()} if event.kind in MUTED else {}
            yield f"{kind}_{OF_TRACKS[event.kind]}", metadata
    elif event.kind in NAMES:
        yield NAMES[event.kind], {}
    elif event.kind in WITH_VALUE:
        name, member = WITH_VALUE[event.kind]
        yield name, {member: event.value}
    elif event.kind in ASKED:
        yield "media_permission", _permission(event)
    elif event.kind is EventKind.APPLICATION and event.value != CHECKED:
        yield event.value, scalars(event.detail)


def _permission(event: PeerEvent) -> Metadata:
    if event.kind is EventKind.MEDIA_GRANTED:
        return {"deviceType": event.value.upper(), "permission": "ACCEPTED"}
    device, _, answer = event.detail.partition(" ")
    if answer in ANSWERS:
        return {"deviceType": device, "permission": answer}
    permission = PERMISSIONS.get(event.value, "COULD_NOT_START")
    return {"deviceType": ASKED[event.kind] or None, "permission": permission}
