"""What happened in a call, from the entries of RealtimeKit's statistics client that are no statistics."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, TypeAlias

import msgspec

from sonde.webrtc.dialects.events import LONGEST_DETAIL
from sonde.webrtc.dialects.notes import Notebook
from sonde.webrtc.dialects.values import clean, read_text
from sonde.webrtc.event import EventKind, PeerEvent

Object: TypeAlias = Mapping[str, object]


class Said(NamedTuple):
    """What an entry means: kind, value and detail of an event."""

    kind: EventKind
    value: str = ""
    detail: str = ""


Reading: TypeAlias = Callable[[Object], Said | None]

PERMISSION: Final = "media_permission"
SCREEN: Final = "SCREENSHARE"
MEDIA: Final[Mapping[str, str]] = {"AUDIO": "audio", "VIDEO": "video"}
"""What a microphone and a camera give, by the client's word for them."""

REFUSALS: Final[Mapping[str, str]] = {
    "DENIED": "NotAllowedError",
    "CANCELED": "NotAllowedError",
    "SYSTEM_DENIED": "NotAllowedError",
    "COULD_NOT_START": "NotReadableError",
    "NO_DEVICES_AVAILABLE": "NotFoundError",
}
"""What the browser calls the reason why there is no medium, by the client's word."""


def read_event(name: str, said: Object, at: int, notebook: Notebook) -> PeerEvent | None:
    """The event of one entry; None for one that says nothing.

    Args:
        name: of the entry.
        said: its `metaData`.
        at: nanoseconds since the epoch.
        notebook: where to count names that nothing is known of.
    """
    if name not in EVENTS:
        notebook.unknown(name)
        return None
    found = EVENTS[name](said)
    return PeerEvent(at=at, kind=found.kind, value=found.value, detail=found.detail) if found else None


def _plain(kind: EventKind, value: str = "") -> Reading:
    return lambda _: Said(kind, value)


def _whole(kind: EventKind, value: str = "") -> Reading:
    """With all that the entry says as the detail."""
    return lambda said: Said(kind, value, _json(said or None))


def _tab(said: Object) -> Said | None:
    is_active = said.get("isMeetingsTabActive")
    if not isinstance(is_active, bool):
        return None
    return Said(EventKind.PAGE_VISIBLE if is_active else EventKind.PAGE_HIDDEN)


def _speaker(said: Object) -> Said | None:
    return Said(EventKind.DOMINANT_SPEAKER, read_text(said.get("peerId"), 200))


def _devices(kind: str) -> Reading:
    return lambda said: Said(EventKind.DEVICES_CHANGED, kind, _json(said.get("deviceList")))


def _selected(kind: str) -> Reading:
    return lambda said: Said(EventKind.DEVICE_SELECTED, kind, _json(said.get("device")))


def _permission(said: Object) -> Said | None:
    """What came of asking for a microphone or a camera, or why there is no screen.

    All else stays the application's word: what was not asked for yet, loudspeakers, and the leave to share a
    screen, as the client says by itself when that begins.
    """
    device, answer = (read_text(said.get(name), 40) for name in ("deviceType", "permission"))
    if answer == "ACCEPTED" and device in MEDIA:
        return Said(EventKind.MEDIA_GRANTED, MEDIA[device])
    if answer in REFUSALS and device in {*MEDIA, SCREEN}:
        kind = EventKind.DISPLAY_REFUSED if device == SCREEN else EventKind.MEDIA_REFUSED
        return Said(kind, REFUSALS[answer], f"{device} {answer}")
    return Said(EventKind.APPLICATION, PERMISSION, _json(said or None))


def _json(value: object) -> str:
    if value is None:
        return ""
    try:
        text = msgspec.json.encode(value)[:LONGEST_DETAIL].decode("utf-8", "replace")
    except (msgspec.EncodeError, TypeError, ValueError, RecursionError):
        return ""
    return clean(text)


_AS_THEY_ARE: Final = (
    "precall_begin", "precall_end", "net_quality_test_begin", "net_quality_test_end", "websocket_connected",
    "reconnect_attempt", "participant_role", "legacy_switch", "audio_play_failed", "video_play_failed",
    "screenshare_stopped", "expected_video_resolution", "expected_screenshare_resolution",
    "ivs_player_rebuffering", "ivs_player_audio_blocked", "ivs_player_playback_blocked", "ivs_player_error",
    "ivs_player_recoverable_error", "ivs_player_worker_error", "ivs_player_network_unavailable",
    "livestream_latency", "ivs_player_analytics_event", "ivs_player_playback_rate_changed",
    "ivs_player_quality_changed", "ivs_player_initialized",
)  # fmt: skip
"""Names that no word of ours has: they are the application's."""

EVENTS: Final[Mapping[str, Reading]] = {
    **{name: _whole(EventKind.APPLICATION, name) for name in _AS_THEY_ARE},
    "call_join": _whole(EventKind.JOINED),
    "disconnect": _plain(EventKind.LEFT),
    "transport_connected": _plain(EventKind.CONNECTION_STATE, "connected"),
    "audio_on": _plain(EventKind.TRACK_ENABLED, "audio"),
    "audio_off": _plain(EventKind.TRACK_DISABLED, "audio"),
    "video_on": _plain(EventKind.TRACK_ENABLED, "video"),
    "video_off": _plain(EventKind.TRACK_DISABLED, "video"),
    "audio_track_muted": _plain(EventKind.TRACK_MUTED, "audio"),
    "video_track_muted": _plain(EventKind.TRACK_MUTED, "video"),
    "screenshare_start_requested": _plain(EventKind.DISPLAY_REQUESTED, "video"),
    "screenshare_started": _plain(EventKind.DISPLAY_GRANTED, "video"),
    "tab_change": _tab,
    "browser_backgrounded": _plain(EventKind.PAGE_HIDDEN),
    "browser_foregrounded": _plain(EventKind.PAGE_VISIBLE),
    "dominant_speaker": _speaker,
    "audio_devices_updates": _devices("audioinput"),
    "video_devices_updates": _devices("videoinput"),
    "speaker_devices_updates": _devices("audiooutput"),
    "selected_microphone_update": _selected("audioinput"),
    "selected_camera_update": _selected("videoinput"),
    "selected_speaker_update": _selected("audiooutput"),
    PERMISSION: _permission,
}
"""By the name of the entry; `ping_stat` is none of them."""
