"""Statistics objects of VideoSDK's clients made samples of streams and of the paths they take."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sonde.webrtc.dialects.fields import read_fields
from sonde.webrtc.dialects.members import LIMITS, Members
from sonde.webrtc.dialects.notes import Notebook
from sonde.webrtc.dialects.values import Value, read_text
from sonde.webrtc.dialects.videosdk_entries import MEDIA, Object, Place, part
from sonde.webrtc.dialects.videosdk_members import (
    ABSENT_AS_ZERO,
    JAVASCRIPT_RECEIVED,
    JAVASCRIPT_SENT,
    LEVELS,
    LIMITATION,
    PICTURE,
    PYTHON_RECEIVED,
    PYTHON_SENT,
    ROUND_TRIP_BY_RTCP,
    ROUND_TRIP_OF_PATH,
    TRANSPORT_RECEIVED,
    TRANSPORT_SENT,
)
from sonde.webrtc.sample import Snapshot, StreamSample, TransportSample

SECOND: Final = 1_000_000_000
LARGEST_NUMBER: Final = (1 << 32) - 1

_OF_PYTHON: Final = ("totalPacketsSent", "totalPacketsReceived")


class StreamReader:
    """Collects the samples of one body.

    Args:
        notebook: where to count what is left out.
    """

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook
        self._streams: dict[int, dict[str, StreamSample]] = {}
        self._paths: dict[int, dict[str, dict[str, Value]]] = {}

    def add(self, place: Place, stats: Object) -> None:
        """An object of a stream, and what it says of the path."""
        is_python = any(name in stats for name in _OF_PYTHON)
        fields = self._of_python(place, stats) if is_python else self._of_javascript(place, stats)
        sample = _sample(place, stats, fields)
        self._streams.setdefault(place.at, {})[sample.stream_id] = sample

    def add_transport(self, said: Object, at: int) -> None:
        """What `getTransportStats()` gave at a time."""
        for name, direction, members in (
            ("send", "send", TRANSPORT_SENT),
            ("receive", "recv", TRANSPORT_RECEIVED),
        ):
            fields = read_fields(part(said, name), members, f"transport.{name}", self._notebook)
            self._add_to_path(direction, at, fields)

    def snapshots(self) -> tuple[Snapshot, ...]:
        """All samples, in order of time."""
        return tuple(self._snapshot(at) for at in sorted(self._streams.keys() | self._paths.keys()))

    def _snapshot(self, at: int) -> Snapshot:
        paths: Iterable[tuple[str, Any]] = self._paths.get(at, {}).items()
        return Snapshot(
            at=at,
            # The same for the same time in whatever body it comes.
            number=min(max(at // SECOND, 0), LARGEST_NUMBER),
            streams=tuple(self._streams.get(at, {}).values()),
            transports=tuple(TransportSample(transport_id=name, **fields) for name, fields in paths),
        )

    def _of_python(self, place: Place, stats: Object) -> dict[str, Value]:
        members = PYTHON_SENT if place.direction == "send" else PYTHON_RECEIVED
        fields = self._read(stats, members, place)
        return fields | self._read(_named(stats, ROUND_TRIP_BY_RTCP), ROUND_TRIP_BY_RTCP, place)

    def _of_javascript(self, place: Place, stats: Object) -> dict[str, Value]:
        told = _told(stats)
        self._add_to_path(
            place.direction, place.at, self._read(_named(told, ROUND_TRIP_OF_PATH), ROUND_TRIP_OF_PATH, place)
        )
        members = JAVASCRIPT_SENT if place.direction == "send" else JAVASCRIPT_RECEIVED
        fields = self._read(told, members, place) | self._read(part(told, "size"), PICTURE, place)
        limitation = part(told, "limitation")
        fields |= self._read(limitation, LIMITATION, place)
        return fields | self._read(part(limitation, "durations"), LIMITS, place)

    def _read(self, stats: Object, members: Members, place: Place) -> dict[str, Value]:
        return read_fields(stats, members, f"{place.direction}.{place.medium}", self._notebook)

    def _add_to_path(self, direction: str, at: int, fields: dict[str, Value]) -> None:
        if fields:
            self._paths.setdefault(at, {}).setdefault(direction, {}).update(fields)


def _sample(place: Place, stats: Object, fields: Mapping[str, Any]) -> StreamSample:
    kind, source = MEDIA[place.medium]
    codec = read_text(stats.get("codec"), 80).rpartition("/")[2]
    names = (place.direction, place.who, place.medium, fields.get("ssrc", fields.get("track")), place.layer)
    return StreamSample(
        stream_id="/".join(str(each) for each in names if each not in (None, "")),
        direction=place.direction,
        kind=kind,
        source=source,
        label=place.who or None,
        encoding_index=place.layer,
        transport_id=place.direction,
        codec=codec or None,
        **fields,
    )


def _named(stats: Object, members: Members) -> Object:
    return {name: stats[name] for name in members if name in stats}


def _told(stats: Object) -> Object:
    """What the SDK had from the browser, without what it writes where the browser says nothing."""
    absent = {name for name in ABSENT_AS_ZERO if stats.get(name) == 0}
    if not stats.get("totalSamplesDuration"):
        absent |= LEVELS
    if stats.get("bitrate") == 0 and stats.get("deltaKBytes") not in (None, 0):
        # At its first look there is no time yet to divide by.
        absent.add("bitrate")
    return {name: value for name, value in stats.items() if value != "" and name not in absent}
