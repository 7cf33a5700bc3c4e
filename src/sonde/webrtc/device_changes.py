"""Which microphones, cameras and loudspeakers came and went, from lists of those that were there."""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from sonde.webrtc.event import EventKind, PeerEvent

KINDS: Final = ("audioinput", "videoinput", "audiooutput")


class MediaDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A microphone (`audioinput`), camera (`videoinput`) or loudspeaker (`audiooutput`)."""

    kind: str
    device_id: str = ""
    label: str = ""


class DeviceChange(msgspec.Struct, frozen=True, kw_only=True):
    """Devices of one kind that came and went at one time, nanoseconds since the epoch."""

    at: int
    kind: str
    added: tuple[MediaDevice, ...]
    removed: tuple[MediaDevice, ...]


class DeviceChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A device that was taken into use at one time, nanoseconds since the epoch."""

    at: int
    device: MediaDevice


class _Listed(msgspec.Struct, frozen=True, rename="camel"):
    kind: str = ""
    device_id: str = ""
    label: str = ""


_list: Final = msgspec.json.Decoder(list[_Listed])
_one: Final = msgspec.json.Decoder(_Listed)


def device_changes(events: Iterable[PeerEvent]) -> list[DeviceChange]:
    """What came and went by each list of devices; with the first list, all that are in it came.

    Args:
        events: in order of time. A list without a kind is of all kinds.
    """
    there: dict[str, tuple[MediaDevice, ...]] = {}
    found = []
    for event in events:
        listed = _listed(event) if event.kind is EventKind.DEVICES_CHANGED else None
        for kind in (event.value,) if event.value in KINDS else KINDS:
            if listed is None:
                continue
            before = there.get(kind, ())
            there[kind] = now = tuple(each for each in listed if each.kind == kind)
            added = tuple(each for each in now if each not in before)
            removed = tuple(each for each in before if each not in now)
            if added or removed:
                found.append(DeviceChange(at=event.at, kind=kind, added=added, removed=removed))
    return found


def device_choices(events: Iterable[PeerEvent]) -> Iterator[DeviceChoice]:
    """The devices that were taken into use, in the order of the events.

    So was each that the application asked for and was given, where its label is known.
    """
    for event in events:
        if event.kind is EventKind.DEVICE_SELECTED:
            yield DeviceChoice(at=event.at, device=_selected(event))
        elif event.kind is EventKind.MEDIA_GRANTED and event.detail:
            device = MediaDevice(kind=f"{event.value}input", label=event.detail)
            yield DeviceChoice(at=event.at, device=device)


def _listed(event: PeerEvent) -> list[MediaDevice] | None:
    """The devices of a list; None where it cannot be read."""
    try:
        listed = _list.decode(event.detail)
    except (msgspec.DecodeError, RecursionError):
        return None
    return [_device(each, event.value) for each in listed]


def _selected(event: PeerEvent) -> MediaDevice:
    """The device itself where the event describes it, or else one with what it says as its label."""
    try:
        return _device(_one.decode(event.detail), event.value)
    except (msgspec.DecodeError, RecursionError):
        return MediaDevice(kind=event.value, label=event.detail)


def _device(listed: _Listed, kind: str) -> MediaDevice:
    return MediaDevice(kind=listed.kind or kind, device_id=listed.device_id, label=listed.label)
