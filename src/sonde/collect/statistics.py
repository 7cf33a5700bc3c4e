"""What aiortc says of a connection, as the W3C's statistics objects."""

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sonde.collect.columns import Scalar, Values, rounded

VIDEO_CLOCK_RATE: Final = 90_000
"""Hz, of every video format (RFC 3551 5)."""

_PLACED = frozenset(("id", "type", "timestamp"))
_RENAMED = {"trackId": "trackIdentifier"}


def select(report: Iterable[Any]) -> dict[str, tuple[str, Values]]:
    """Type and members of each object of a report, by id.

    aiortc counts jitter in RTP units. Those of video are known; those of sound depend on the codec, which
    its statistics do not name, so the jitter of sound is left out.

    Args:
        report: the objects of an `RTCStatsReport`.
    """
    return {stats.id: (stats.type, _members(vars(stats))) for stats in report}


def _members(stats: Mapping[str, Any]) -> Values:
    values: dict[str, Scalar] = {}
    if stats["type"].startswith("remote-"):
        values["timestamp"] = _milliseconds(stats["timestamp"])
    for name, value in stats.items():
        if isinstance(value, datetime):
            value = _milliseconds(value)  # noqa: PLW2901  the same in the unit of the W3C
        elif name == "jitter":
            value = value / VIDEO_CLOCK_RATE if stats["kind"] == "video" else None  # noqa: PLW2901  as above
        if name not in _PLACED and _is_sendable(value):
            values[_RENAMED.get(name, name)] = rounded(value) if isinstance(value, float) else value
    return values


def _is_sendable(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, str | bool | int)


def _milliseconds(when: datetime) -> int:
    return round(when.timestamp() * 1000)
