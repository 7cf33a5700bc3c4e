"""rtcstats in its first form, of 2015 and still written by Jitsi: an array for each line.

`[method, connection, value, epoch milliseconds]`; reports of getStats are written as what has changed.
"""

import itertools
from collections.abc import Mapping
from typing import Final

from sonde.webrtc.dialects.builder import RecordingBuilder
from sonde.webrtc.dialects.deltas import LegacyHistory
from sonde.webrtc.dialects.lines import Lines, decoded
from sonde.webrtc.dialects.values import read_instant, read_text
from sonde.webrtc.recording import Recording

STATISTICS: Final = frozenset(("getstats", "getStats"))


def is_legacy_line(value: object) -> bool:
    """This may be a line of that form."""
    return isinstance(value, list) and len(value) >= 3 and isinstance(value[0], str) and value[0] != "g"


def read_rtcstats_legacy(first: object, lines: Lines) -> Recording:
    """A recording in that form.

    Args:
        first: the first line, decoded.
        lines: the further ones.

    Raises:
        LegacyStatistics: its reports are Chrome's goog* statistics.
    """
    builder = RecordingBuilder("rtcstats-legacy")
    histories: dict[str | None, LegacyHistory] = {}
    for entry in itertools.chain([first], decoded(lines, builder.notebook)):
        if not isinstance(entry, list) or not is_legacy_line(entry):
            builder.notebook.skip("line", "[method, connection, value, time]")
            continue
        method, key, value, at = entry[0], read_text(entry[1], 200) or None, entry[2], read_instant(entry[-1])
        if method == "connectionInfo":
            builder.user_agent = _user_agent(value)
        if method not in STATISTICS:
            _add_event(builder, key, method, value, at)
        elif key is not None and isinstance(value, Mapping) and builder.open_peer(key):
            history = histories.setdefault(key, LegacyHistory())
            builder.add_report(key, history.restore(value), at)
    return builder.finish()


def _add_event(
    builder: RecordingBuilder, key: str | None, method: str, value: object, at: int | None
) -> None:
    if at is None:
        builder.notebook.skip(method, "a time in milliseconds since 1970 at the end of the line")
    else:
        builder.add_event(key, method, value, at)


def _user_agent(value: object) -> str:
    return read_text(value.get("userAgent")) if isinstance(value, Mapping) else ""
