"""One report of getStats as objects that refer to each other, whatever its outer form."""

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from sonde.webrtc.dialects.members import OTHER_TYPES, Members
from sonde.webrtc.dialects.notes import Notebook
from sonde.webrtc.dialects.values import LONGEST_TEXT, Value, is_number, read_instant
from sonde.webrtc.recording import LegacyStatistics, MalformedRecording

Stats: TypeAlias = Mapping[str, object]
"""One object of a report, as decoded from JSON."""

MOST_OBJECTS: Final = 20_000
"""Objects of one report that are looked at."""

KNOWN_TYPES: Final = OTHER_TYPES | {
    "inbound-rtp", "outbound-rtp", "remote-inbound-rtp", "remote-outbound-rtp", "media-source",
    "media-playout", "codec", "transport", "candidate-pair", "local-candidate", "remote-candidate",
}  # fmt: skip

LEGACY_TYPES: Final = frozenset(("ssrc", "VideoBwe"))
"""Kinds of object in the statistics that Chrome had before the standard, beside all that begin with goog."""

OLD_REMOTE: Final = {"inbound-rtp": "remote-inbound-rtp", "outbound-rtp": "remote-outbound-rtp"}
"""What Firefox before 66 marked with isRemote instead of a type of its own."""


class Report:
    """The objects of one report by id, by type and by what they refer to.

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
        self._reports_by_local = {
            (kind, stats["localId"]): stats
            for kind in OLD_REMOTE.values()
            for stats in self.of_type(kind).values()
            if isinstance(stats.get("localId"), str)
        }

    def _add(self, key: object, stats: object) -> None:
        if len(self._objects) >= MOST_OBJECTS:
            return self._notebook.skip("report", f"at most {MOST_OBJECTS} objects")
        if not isinstance(stats, dict) or not isinstance(kind := stats.get("type"), str):
            return self._notebook.skip("report", "objects that have a type")
        if kind.startswith("goog") or kind in LEGACY_TYPES:
            raise LegacyStatistics("getStats")
        if not isinstance(key, str) or not 0 < len(key) <= LONGEST_TEXT:
            return self._notebook.skip("id", f"a text of 1 to {LONGEST_TEXT} characters")
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
        by_local = self._reports_by_local.get((kind, key)) or self.by_id(stats.get("remoteId"), kind)
        if by_local is not None or stats.get("ssrc") is None:
            return by_local
        reports = self.of_type(kind).values()
        return next((each for each in reports if each.get("ssrc") == stats["ssrc"]), None)

    def time(self) -> int | None:
        """Nanoseconds since the epoch: the latest stamp of all but what the other side reported."""
        stamps = (
            stats.get("timestamp")
            for kind, objects in self._types.items()
            if kind not in OLD_REMOTE.values()
            for stats in objects.values()
        )
        return read_instant(max((each for each in stamps if is_number(each)), default=None))

    def take(self, stats: Stats, members: Members, kind: str) -> dict[str, Value]:
        """The values of an object that have a place in a sample, by field; the rest is counted."""
        fields: dict[str, Value] = {}
        for name, raw in stats.items():
            if name not in members:
                self._unplaced(kind, name)
                continue
            field, reader = members[name]
            if raw is None or not field:
                continue
            try:
                value = reader.read(raw)
            except ValueError:
                self._notebook.skip(f"{kind}.{name}", reader.expected)
            else:
                if value is not None:
                    fields[field] = value
        return fields

    def _unplaced(self, kind: str, name: str) -> None:
        if not name.startswith("["):  # what webrtc-internals computed itself
            self._notebook.unknown(f"{kind}.{name}")


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
