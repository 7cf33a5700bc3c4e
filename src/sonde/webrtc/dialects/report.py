"""One report of getStats as objects that refer to each other, whatever its outer form."""

from collections.abc import Iterator, Mapping
from itertools import repeat
from typing import Any, Final, TypeAlias

from sonde.webrtc.dialects.members import OTHER_TYPES, Members
from sonde.webrtc.dialects.notes import Notebook
from sonde.webrtc.dialects.values import LONGEST_TEXT, Column, Reader, Value, is_number, read_instant
from sonde.webrtc.recording import LegacyStatistics, MalformedRecording

Stats: TypeAlias = Mapping[str, object]
"""One object of a report, as decoded from JSON. Of several reports that are read together it is the one
object in all of them, and a member that differs is a `Column`."""

Fields: TypeAlias = dict[str, Value | list[Value | None]]
"""What a sample holds, by field; of several samples, a list with an entry for each, or one value for all."""

MOST_OBJECTS: Final = 10_000
"""Objects of one report that are looked at."""

KNOWN_TYPES: Final = OTHER_TYPES | {
    "inbound-rtp", "outbound-rtp", "remote-inbound-rtp", "remote-outbound-rtp", "media-source",
    "media-playout", "codec", "transport", "candidate-pair", "local-candidate", "remote-candidate",
}  # fmt: skip

LEGACY_TYPES: Final = frozenset(("ssrc", "VideoBwe"))
"""Kinds of object in the statistics that Chrome had before the standard, beside all that begin with goog."""

REFERENCES: Final = frozenset(
    (
        "kind", "mediaType", "mimeType", "isRemote", "ssrc", "codecId", "trackId", "trackIdentifier",
        "remoteId", "localId", "playoutId", "mediaSourceId", "transportId", "selectedCandidatePairId",
        "localCandidateId", "remoteCandidateId", "nominated", "selected",
    )
)  # fmt: skip
"""Members by which it is decided what objects are and which of them belong together."""

OLD_REMOTE: Final = {"inbound-rtp": "remote-inbound-rtp", "outbound-rtp": "remote-outbound-rtp"}
"""What Firefox before 66 marked with isRemote instead of a type of its own."""


class Report:
    """The objects of one report by id, by type and by what they refer to.

    Several reports can be read together in which the same objects refer to each other in the same way:
    members that are in `REFERENCES` are no columns then.

    Args:
        raw: a list of objects, or a map from id to object.
        notebook: where to count what is left out.

    Raises:
        MalformedRecording: it is neither.
        LegacyStatistics: it holds Chrome's statistics from before the standard.
    """

    def __init__(self, raw: object, notebook: Notebook) -> None:
        self._notebook = notebook
        self._objects: dict[str, Stats] = {}
        self._types: dict[str, dict[str, Stats]] = {}
        for key, stats in _entries(raw):
            self._add(key, stats)
        self._told: dict[tuple[str, object], Stats] = {}
        for kind in OLD_REMOTE.values():
            for stats in self.of_type(kind).values():
                for name in ("localId", "ssrc"):
                    if isinstance(about := stats.get(name), str | int):
                        self._told.setdefault((kind, about), stats)

    def _add(self, key: object, stats: object) -> None:
        if len(self._objects) >= MOST_OBJECTS:
            return self._notebook.skip("report", f"at most {MOST_OBJECTS} objects")
        if not isinstance(stats, dict) or not isinstance(kind := stats.get("type"), str):
            return self._notebook.skip("report", "objects that have a type")
        if kind.startswith("goog") or kind in LEGACY_TYPES:
            raise LegacyStatistics("getStats")
        if not isinstance(key, str) or not 0 < len(key) <= LONGEST_TEXT:
            return self._notebook.skip("id", f"a text of 1 to {LONGEST_TEXT} characters")
        if key in self._objects:
            return self._notebook.skip("id", "each id once")
        if kind not in KNOWN_TYPES:
            return self._notebook.unknown(kind)
        if stats.get("isRemote") is True:
            kind = OLD_REMOTE.get(kind, kind)
        self._objects[key] = stats
        self._types.setdefault(kind, {})[key] = stats
        return None

    def of_type(self, kind: str) -> Mapping[str, Stats]:
        """Its objects of one type by id, in the order reported."""
        return self._types.get(kind, {})

    def by_id(self, key: object, kind: str) -> Stats | None:
        """The object of that type and id, if there is one."""
        return self.of_type(kind).get(key) if isinstance(key, str) else None

    def heard_from_remote(self, key: str, stats: Stats, kind: str) -> Stats | None:
        """The other side's report on a stream, by id from either end or by SSRC."""
        by_id = self._told.get((kind, key)) or self.by_id(stats.get("remoteId"), kind)
        ssrc = stats.get("ssrc")
        return by_id or (self._told.get((kind, ssrc)) if isinstance(ssrc, int) else None)

    def time(self) -> int | None:
        """Nanoseconds since the epoch: the latest stamp of all but what the other side reported."""
        stamps = (
            stats.get("timestamp")
            for kind, objects in self._types.items()
            if kind not in OLD_REMOTE.values()
            for stats in objects.values()
        )
        return read_instant(max((each for each in stamps if is_number(each)), default=None))

    def take(self, stats: Stats, members: Members, kind: str) -> Fields:
        """The values of an object that have a place in a sample, by field; the rest is counted."""
        fields: Fields = {}
        for name, raw in stats.items():
            member = members.get(name)
            if member is None:
                self._unplaced(kind, name, raw)
                continue
            field, reader = member
            if raw is None or not field:
                continue
            if type(raw) is reader.plain and reader.least <= raw <= reader.most:  # type: ignore[operator]
                fields[field] = raw  # type: ignore[assignment]
            elif (value := self._read(reader, raw, f"{kind}.{name}")) is not None:
                fields[field] = filled(value, fields.get(field))
        return fields

    def _read(self, reader: Reader, raw: object, name: str) -> Value | list[Value | None] | None:
        """A value or a column as read; None when nothing of it can be."""
        if type(raw) is Column:
            values, refused = reader.read_column(raw)
            if refused:
                self._notebook.skip(name, reader.expected, refused)
            return values if values.count(None) < len(values) else None
        try:
            return reader.read(raw)
        except ValueError:
            self._notebook.skip(name, reader.expected)
            return None

    def _unplaced(self, kind: str, name: str, raw: object) -> None:
        if name.startswith("["):  # what webrtc-internals computed itself
            return
        times = len(raw.values) - raw.values.count(None) if type(raw) is Column else None
        if times != 0:
            self._notebook.unknown(f"{kind}.{name}", times)


def filled(value: Value | list[Value | None], below: Value | list[Value | None] | None) -> Any:
    """A value, or a column whose gaps show what is below it."""
    if below is None or type(value) is not list or None not in value:
        return value
    under = below if type(below) is list else repeat(below, len(value))
    return [each if each is not None else other for each, other in zip(value, under, strict=True)]


def laid_over(below: Fields, above: Fields) -> Fields:
    """The fields of both; where both have one, that of `above` counts wherever it says something."""
    if not below or not above:
        return below or above
    fields = below | above
    for name in below.keys() & above.keys():
        fields[name] = filled(above[name], below[name])
    return fields


def _entries(raw: object) -> Iterator[tuple[object, object]]:
    if isinstance(raw, dict):
        yield from raw.items()
    elif isinstance(raw, list | tuple):
        yield from map(_entry, raw)
    else:
        raise MalformedRecording("report", "a list of statistics objects or a map of them by id")


def _entry(each: object) -> tuple[object, object]:
    """An object with its id; `[...report]` gives pairs of both."""
    if isinstance(each, list) and len(each) == 2:
        return each[0], each[1]
    return (each.get("id") if isinstance(each, dict) else None), each
