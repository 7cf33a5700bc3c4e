"""Reports restored that were written as what had changed since the one before."""

from collections.abc import Mapping
from typing import Final, TypeAlias

from sonde.webrtc.dialects.report import MOST_OBJECTS
from sonde.webrtc.dialects.rtcstats_names import PROPERTY_NAMES, TYPE_NAMES

Objects: TypeAlias = dict[str, dict[str, object]]
"""A whole report: fields of each object by its id."""

MOST_FIELDS: Final = 400
"""Fields kept of one object; the standard has none with more than a hundred."""

OF_THE_OTHER_SIDE: Final = ("remote-inbound-rtp", "remote-outbound-rtp")
"""Objects whose stamp is their own: it says when the other side's report came."""


class LegacyHistory:
    """One connection's reports in the first form of rtcstats.

    An object that is not mentioned is gone; one that is empty is unchanged. A stamp of 0 is that of the
    whole report, which stands beside the objects.
    """

    def __init__(self) -> None:
        self._objects: Objects = {}

    def restore(self, delta: Mapping[str, object]) -> Objects:
        """The whole report that this change leads to."""
        stamp = delta.get("timestamp")
        objects: Objects = {}
        for key, changed in delta.items():
            if isinstance(changed, Mapping) and len(objects) < MOST_OBJECTS:
                merged = _merged(self._objects.get(key, {}), changed)
                if merged.get("timestamp") == 0:
                    merged["timestamp"] = stamp
                objects[key] = merged
        self._objects = objects
        return objects


class History:
    """One connection's reports in version 3 of rtcstats, and in Chrome's own export.

    Numbers stand for the names of fields and types. An object that is not mentioned is unchanged, one that
    is null is gone. A stamp that is missing is that of the whole report, and of what the other side said,
    that of before. Chrome writes every report whole, with each object's id inside of it.
    """

    def __init__(self) -> None:
        self._objects: Objects = {}

    def restore(self, delta: Mapping[str, object]) -> Objects:
        """The whole report that this change leads to."""
        stamp = delta.get("t", delta.get("timestamp"))
        changes = {key: each for key, each in delta.items() if isinstance(each, Mapping)}
        kept = {} if _is_whole(changes) else self._objects
        objects = {key: each for key, each in kept.items() if key not in delta or delta[key] is not None}
        for key, raw in changes.items():
            if key in objects or len(objects) < MOST_OBJECTS:
                objects[key] = _merged(objects.get(key, {}), _named(raw))
        for key, each in objects.items():
            if _follows(each, changes.get(key, {})):
                objects[key] = {**each, "timestamp": stamp}
        self._objects = objects
        return objects


def _is_whole(changes: Mapping[str, Mapping[str, object]]) -> bool:
    return bool(changes) and all("id" in each for each in changes.values())


def _follows(stats: Mapping[str, object], change: Mapping[str, object]) -> bool:
    """The object's stamp is that of the report."""
    if "t" in change or "timestamp" in change:
        return False
    return stats.get("type") not in OF_THE_OTHER_SIDE or "timestamp" not in stats


def _named(raw: Mapping[str, object]) -> dict[str, object]:
    fields = {PROPERTY_NAMES.get(name, name): value for name, value in raw.items()}
    if type(kind := fields.get("type")) is int:
        fields["type"] = TYPE_NAMES.get(kind, str(kind))
    return fields


def _merged(base: Mapping[str, object], changed: Mapping[str, object]) -> dict[str, object]:
    merged = dict(base)
    for name, value in changed.items():
        before = merged.get(name)
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            merged[name] = {**before, **value} if len(before) < MOST_FIELDS else value
        elif name in merged or len(merged) < MOST_FIELDS:
            merged[name] = value
    return merged
