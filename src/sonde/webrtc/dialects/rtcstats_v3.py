"""rtcstats in version 3, which the rtcstats server stores and Chrome exports: a heading, then arrays.

`[method, connection, value, ..., milliseconds since the line before]`, the first since the epoch. The
server's files have numbers for names, and reports as what has changed; Chrome writes names and whole reports.
"""

from collections.abc import Mapping
from typing import Final

from sonde.webrtc.dialects.builder import RecordingBuilder
from sonde.webrtc.dialects.deltas import History
from sonde.webrtc.dialects.descriptions import Descriptions
from sonde.webrtc.dialects.lines import Lines, decode, decoded
from sonde.webrtc.dialects.rtcstats_names import METHOD_NAMES
from sonde.webrtc.dialects.values import is_number, read_instant, read_text
from sonde.webrtc.recording import MalformedRecording, Recording

MAGIC: Final = b"RTCStatsDump"

OF_THE_RECORDER: Final = frozenset(("create", "close", "websocket"))
"""Methods that, without a connection, are the recorder's own."""

OF_THE_PAGE: Final = ("getUserMedia", "getDisplayMedia")
"""Methods that belong to no connection, whatever key Chrome writes them with."""


def is_v3_line(value: object) -> bool:
    """This may be a line of a file that has lost its heading."""
    return isinstance(value, list) and len(value) >= 4 and (value[0] == "g" or type(value[0]) is int)


def read_rtcstats_v3(lines: Lines) -> Recording:
    """A recording in that form, after the line that says so.

    Raises:
        MalformedRecording: the heading is missing.
    """
    line = lines.next_line() or b""
    try:
        heading = decode(line)
    except ValueError:
        heading = None
    if not isinstance(heading, Mapping):
        raise MalformedRecording("line 2", "an object that describes the recording")
    is_of_server = "clientProtocol" in heading or "startTime" in heading
    reader = _Reader("rtcstats-v3" if is_of_server else "chrome-rtcstats")
    reader.builder.user_agent = read_text(heading.get("userAgent"))
    reader.url = read_text(heading.get("url"))
    return reader.read(lines)


def read_headless(first: object, lines: Lines) -> Recording:
    """A recording in that form that begins with its first array."""
    reader = _Reader("rtcstats-v3")
    reader.read_line(first)
    return reader.read(lines)


class _Reader:
    """Takes lines one by one."""

    def __init__(self, form: str) -> None:
        self.builder = RecordingBuilder(form)
        self.url = ""
        self._clock = 0.0
        self._histories: dict[str, History] = {}
        self._descriptions: dict[str, Descriptions] = {}

    def read(self, lines: Lines) -> Recording:
        for entry in decoded(lines, self.builder.notebook):
            self.read_line(entry)
        return self.builder.finish()

    def read_line(self, entry: object) -> None:
        if not isinstance(entry, list) or len(entry) < 4 or not is_number(entry[-1]):
            return self.builder.notebook.skip("line", "[method, connection, value, ..., time]")
        self._clock += entry[-1]
        method = METHOD_NAMES.get(entry[0], entry[0]) if isinstance(entry[0], str | int) else None
        if not isinstance(method, str):
            return self.builder.notebook.unknown(f"method {entry[0]}")
        key = read_text(entry[1], 200) or None
        if method != "getStats":
            return self._add_event(key, method, entry[2], read_text(entry[3]))
        return self._add_report(key, entry[2])

    def _at(self) -> int | None:
        """The time of the line; None when it makes no sense, as when the heading is missing."""
        day = 86_400_000
        return read_instant(self._clock) if self._clock > day else None

    def _add_report(self, key: str | None, value: object) -> None:
        if key is None or not isinstance(value, Mapping):
            return self.builder.notebook.skip("getStats", "a connection and its statistics")
        if self.builder.open_peer(key, url=self.url):
            history = self._histories.setdefault(key, History())
            self.builder.add_report(key, history.restore(value), self._at())
        return None

    def _add_event(self, key: str | None, method: str, value: object, extra: str) -> None:
        at = self._at()
        of_page = method.removeprefix("navigator.mediaDevices.").startswith(OF_THE_PAGE)
        if at is None:
            return self.builder.notebook.skip(method, "a time since 1970")
        if key is None or of_page:
            if method not in OF_THE_RECORDER:
                self.builder.add_event(None, method, value, at)
            return None
        if self.builder.open_peer(key, url=extra if method == "create" else self.url):
            descriptions = self._descriptions.setdefault(key, Descriptions())
            self.builder.add_event(key, method, descriptions.restored(method, value), at)
        return None
