"""Dumps of chrome://webrtc-internals and of its kin in other Chromium browsers: one JSON document."""

from collections.abc import Mapping
from typing import Final

from sonde.webrtc.dialects.builder import RecordingBuilder
from sonde.webrtc.dialects.columns import read_columns
from sonde.webrtc.dialects.events import unwrapped
from sonde.webrtc.dialects.values import read_instant, read_moment, read_text
from sonde.webrtc.recording import MalformedRecording, Recording

PEER_CONNECTIONS: Final = "PeerConnections"

KINDS: Final = ("audio", "video")


def read_internals(document: Mapping[str, object]) -> Recording:
    """A recording from such a document.

    Raises:
        MalformedRecording: it has no object of connections.
        LegacyStatistics: its statistics are Chrome's goog* ones.
    """
    connections = document.get(PEER_CONNECTIONS)
    if not isinstance(connections, Mapping):
        raise MalformedRecording(PEER_CONNECTIONS, "an object with a member for each connection")
    builder = RecordingBuilder("webrtc-internals")
    builder.user_agent = read_text(document.get("UserAgent"))
    for name, connection in connections.items():
        _add_connection(builder, read_text(name, 200), connection)
    requests = document.get("getUserMedia")
    for request in requests if isinstance(requests, list) else []:
        _add_request(builder, request)
    return builder.finish()


def _add_connection(builder: RecordingBuilder, key: str, connection: object) -> None:
    if not isinstance(connection, Mapping):
        return builder.notebook.skip(f"{PEER_CONNECTIONS}.{key}", "an object")
    if not builder.open_peer(key, url=read_text(connection.get("url"))):
        return None
    log = connection.get("updateLog")
    for entry in log if isinstance(log, list) else []:
        _add_update(builder, key, entry)
    series = connection.get("stats")
    for report in read_columns(series if isinstance(series, Mapping) else {}, builder.notebook):
        builder.add_report(key, report, None)
    return None


def _add_update(builder: RecordingBuilder, key: str, entry: object) -> None:
    name = entry.get("type") if isinstance(entry, Mapping) else None
    at = _time(entry) if isinstance(entry, Mapping) else None
    if not isinstance(entry, Mapping) or not isinstance(name, str) or at is None:
        builder.notebook.skip("updateLog", "a type, a value and a time")
    else:
        builder.add_event(key, name, entry.get("value"), at)


def _add_request(builder: RecordingBuilder, request: object) -> None:
    at = _time(request) if isinstance(request, Mapping) else None
    if not isinstance(request, Mapping) or at is None:
        return builder.notebook.skip("getUserMedia", "an object with a timestamp")
    method = read_text(request.get("request_type")) or "getUserMedia"
    if "error" in request:
        error = {"name": request["error"], "message": request.get("error_message")}
        return builder.add_event(None, f"{method}OnFailure", error, at)
    if "stream_id" in request:
        return builder.add_event(None, f"{method}OnSuccess", {"tracks": _tracks(request)}, at)
    return builder.add_event(None, method, {kind: kind in request for kind in KINDS}, at)


def _tracks(request: Mapping[str, object]) -> list[dict[str, object]]:
    found = [(kind, unwrapped(request.get(f"{kind}_track_info"))) for kind in KINDS]
    return [{**info, "kind": kind} for kind, info in found if isinstance(info, Mapping)]


def _time(entry: Mapping[str, object]) -> int | None:
    """Its `timestamp` in milliseconds, or the `time` that older browsers wrote out."""
    return read_instant(entry.get("timestamp")) or read_moment(entry.get("time"))
