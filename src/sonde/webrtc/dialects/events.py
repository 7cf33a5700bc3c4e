"""What recorders write down beside statistics: names of methods and events of the browser, made ours.

webrtc-internals, rtcstats and Chrome's own export use the same names with differently wrapped values.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec

from sonde.webrtc.dialects.notes import Notebook
from sonde.webrtc.dialects.values import read_text
from sonde.webrtc.event import EventKind, PeerEvent

LONGEST_DETAIL: Final = 1 << 16
"""Characters of a detail; session descriptions have a tenth."""

MOST_TRACKS: Final = 16
"""Tracks that one getUserMedia gives."""


class Said(NamedTuple):
    """What an event says, beside its kind and time."""

    value: str = ""
    detail: str = ""
    track: str | None = None


Reading: TypeAlias = Callable[[Any], Iterable[Said]]


def read_event(name: str, raw: object, at: int, notebook: Notebook) -> Iterator[PeerEvent]:
    """The events that a recorder's line means: usually one, none for what has no place.

    Args:
        name: of the method or event, as the browser or the recorder spells it.
        raw: what the recorder kept with it.
        at: nanoseconds since the epoch.
        notebook: where to count names that nothing is known of.
    """
    key = name.removeprefix("navigator.mediaDevices.").lower().removeprefix("on")
    if key in WITHOUT_EVENT:
        return
    for ending in ("onfailure", "failed"):
        if key not in EVENTS and key.endswith(ending):
            yield _failure(name, ending, raw, at)
            return
    if key not in EVENTS:
        notebook.unknown(name)
        return
    kind, read = EVENTS[key]
    for said in read(unwrapped(raw)):
        yield PeerEvent(at=at, kind=kind, value=said.value, detail=said.detail, track=said.track)


def unwrapped(raw: object) -> object:
    """The value itself where a recorder kept JSON inside of a string."""
    if not isinstance(raw, str) or raw[:1] not in {"{", "[", '"'}:
        return raw
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return raw


def _failure(name: str, ending: str, raw: object, at: int) -> PeerEvent:
    error = unwrapped(raw)
    method = read_text(name[: -len(ending)], 80)
    return PeerEvent(at=at, kind=EventKind.CALL_FAILED, value=method, detail=_detail(error))


def _detail(value: object) -> str:
    """A text as it is, anything else as JSON."""
    if value is None or isinstance(value, str):
        return read_text(value, LONGEST_DETAIL)
    try:
        return msgspec.json.encode(value)[:LONGEST_DETAIL].decode("utf-8", "replace")
    except (msgspec.EncodeError, TypeError, ValueError, RecursionError):
        return ""


def _plain(value: object) -> Iterable[Said]:
    yield Said(value=read_text(value, 200))


def _bare(_: object) -> Iterable[Said]:
    yield Said()


def _whole(value: object) -> Iterable[Said]:
    yield Said(detail=_detail(value))


def _added(value: object) -> Iterable[Said]:
    yield Said("added", _detail(value))


def _modified(value: object) -> Iterable[Said]:
    yield Said("modified", _detail(value))


def _description(value: object) -> Iterable[Said]:
    if isinstance(value, Mapping):
        yield Said(read_text(value.get("type"), 20), read_text(value.get("sdp"), LONGEST_DETAIL))
    else:
        yield Said()


def _candidate(value: object) -> Iterable[Said]:
    line = read_text(value.get("candidate") if isinstance(value, Mapping) else value)
    words = line.split()
    kind = words[words.index("typ") + 1] if "typ" in words[:-1] else ""
    yield Said(kind, line)


def _candidate_error(value: object) -> Iterable[Said]:
    fields = value if isinstance(value, Mapping) else {}
    yield Said(read_text(str(fields.get("errorCode", "")), 20), _detail(value))


def _channel(value: object) -> Iterable[Said]:
    label = value
    if isinstance(value, Mapping):
        label = value.get("label", value.get("0"))
    elif isinstance(value, list) and value:
        label = value[0]
    yield Said(read_text(label, 200))


def _asked(value: object) -> Iterable[Said]:
    wanted = value if isinstance(value, Mapping) else {}
    yield Said(" ".join(kind for kind in ("audio", "video") if wanted.get(kind)), _detail(value))


def _granted(value: object) -> Iterable[Said]:
    tracks = value.get("tracks") if isinstance(value, Mapping) else value
    for track in tracks[:MOST_TRACKS] if isinstance(tracks, list) else []:
        yield from _track(track)


def _refused(value: object) -> Iterable[Said]:
    if isinstance(value, Mapping):
        yield Said(read_text(value.get("name"), 200), read_text(value.get("message")))
    elif isinstance(value, list):
        texts = [read_text(each) for each in value[:2]]
        yield Said(*texts)
    else:
        yield Said(read_text(value, 200))


def _track(value: object) -> Iterable[Said]:
    """A track as an object, as `[kind, id, label, ...]`, as `kind:id ...`, or as its bare id."""
    if isinstance(value, Mapping):
        kind, key, label = value.get("kind"), value.get("id"), value.get("label")
    elif isinstance(value, list):
        kind, key, label, *_ = [*value, None, None, None]
    else:
        first = read_text(value).partition(" ")[0]
        kind, _colon, key = (
            first.rpartition(":") if first.startswith(("audio:", "video:")) else ("", "", first)
        )
        label = ""
    yield Said(read_text(kind, 20), read_text(label), read_text(key) or None)


EVENTS: Final[Mapping[str, tuple[EventKind, Reading]]] = {
    "create": (EventKind.CREATED, _whole),
    "close": (EventKind.CLOSED, _bare),
    "signalingstatechange": (EventKind.SIGNALING_STATE, _plain),
    "icegatheringstatechange": (EventKind.ICE_GATHERING_STATE, _plain),
    "iceconnectionstatechange": (EventKind.ICE_CONNECTION_STATE, _plain),
    "connectionstatechange": (EventKind.CONNECTION_STATE, _plain),
    "negotiationneeded": (EventKind.NEGOTIATION_NEEDED, _bare),
    "createofferonsuccess": (EventKind.OFFER_CREATED, _description),
    "createansweronsuccess": (EventKind.ANSWER_CREATED, _description),
    "setlocaldescription": (EventKind.LOCAL_DESCRIPTION, _description),
    "setremotedescription": (EventKind.REMOTE_DESCRIPTION, _description),
    "icecandidate": (EventKind.LOCAL_CANDIDATE, _candidate),
    "addicecandidate": (EventKind.REMOTE_CANDIDATE, _candidate),
    "icecandidateerror": (EventKind.CANDIDATE_ERROR, _candidate_error),
    "restartice": (EventKind.ICE_RESTART, _bare),
    "transceiveradded": (EventKind.TRANSCEIVER, _added),
    "transceivermodified": (EventKind.TRANSCEIVER, _modified),
    "addtrack": (EventKind.TRACK_ADDED, _track),
    "removetrack": (EventKind.TRACK_REMOVED, _track),
    "replacetrack": (EventKind.TRACK_REPLACED, _track),
    "track": (EventKind.TRACK_RECEIVED, _track),
    "mediastreamtrack.onended": (EventKind.TRACK_ENDED, _track),
    "mediastreamtrack.onmute": (EventKind.TRACK_MUTED, _track),
    "mediastreamtrack.onunmute": (EventKind.TRACK_UNMUTED, _track),
    "datachannel": (EventKind.DATA_CHANNEL, _channel),
    "createdatachannel": (EventKind.DATA_CHANNEL, _channel),
    "getusermedia": (EventKind.MEDIA_REQUESTED, _asked),
    "getusermediaonsuccess": (EventKind.MEDIA_GRANTED, _granted),
    "getusermediaonfailure": (EventKind.MEDIA_REFUSED, _refused),
    "getdisplaymedia": (EventKind.DISPLAY_REQUESTED, _asked),
    "getdisplaymediaonsuccess": (EventKind.DISPLAY_GRANTED, _granted),
    "getdisplaymediaonfailure": (EventKind.DISPLAY_REFUSED, _refused),
    "devicechange": (EventKind.DEVICES_CHANGED, _whole),
    "enumeratedevices": (EventKind.DEVICES_CHANGED, _whole),
}
"""By name in small letters, without the `on` of handlers."""

WITHOUT_EVENT: Final = frozenset(
    (
        "createoffer", "createanswer", "setlocaldescriptiononsuccess", "setremotedescriptiononsuccess",
        "addicecandidateonsuccess", "addtrackonsuccess", "addtransceiver", "addtransceiveronsuccess",
        "constraints", "setconfiguration", "setparameters", "setcodecpreferences",
        "setheaderextensionstonegotiate", "mediastreamtrack.stop", "mediastreamtrack.applyconstraints",
        "htmlmediaelement.resize", "addstream", "removestream", "dtlsstatechange", "websocket", "identity",
        "connectioninfo", "conferencestarttimestamp", "facelandmarks", "setvideotype", "dominantspeaker",
        "iceconnectionstatechange (legacy)",
    )
)  # fmt: skip
"""Names that are known and say nothing that another event does not say, or nothing of the connection."""
