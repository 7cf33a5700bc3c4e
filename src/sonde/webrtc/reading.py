"""A file of client statistics of any kind, recognised by its content and read front to back."""

import itertools
from collections.abc import Mapping
from typing import BinaryIO

from sonde.webrtc.dialects.internals import PEER_CONNECTIONS, read_internals
from sonde.webrtc.dialects.lines import Lines, decode, decoded
from sonde.webrtc.dialects.notes import Notebook
from sonde.webrtc.dialects.rtcstats_legacy import is_legacy_line, read_rtcstats_legacy
from sonde.webrtc.dialects.rtcstats_v3 import MAGIC, is_v3_line, read_headless, read_rtcstats_v3
from sonde.webrtc.dialects.series import is_record, is_report, read_series, read_single
from sonde.webrtc.recording import MalformedRecording, Recording

KINDS = (
    "a webrtc-internals dump, an rtcstats dump, Chrome's rtcstats export or getStats reports as JSON lines"
)


def read_recording(file: BinaryIO) -> Recording:
    """What a file says, plain or gzip.

    Lines are read one by one, so what is held in memory is the recording and a line; only a webrtc-internals
    dump, which is one document, is held whole. A line that cannot be read is counted and passed over, and a
    file that was cut off gives what comes before the cut.

    Args:
        file: at its beginning.

    Raises:
        MalformedRecording: it is of no kind that is known, or has not what its kind must have.
        LegacyStatistics: its statistics are Chrome's goog* ones from before the standard.
    """
    lines = Lines(file)
    line = lines.next_line()
    while line == b"":
        line = lines.next_line()
    if line is None:
        raise MalformedRecording("", lines.complaint or f"{KINDS}; the file is empty")
    if line == MAGIC:
        return read_rtcstats_v3(lines)
    try:
        first = decode(line)
    except ValueError:
        return _read_document(_document(line, lines))
    return _read_lines(first, lines)


def _read_lines(first: object, lines: Lines) -> Recording:
    if isinstance(first, Mapping) and PEER_CONNECTIONS in first:
        return read_internals(first)
    if is_v3_line(first):
        return read_headless(first, lines)
    if is_legacy_line(first):
        return read_rtcstats_legacy(first, lines)
    if is_record(first):
        notebook = Notebook()
        return read_series(itertools.chain([first], decoded(lines, notebook)), notebook)
    return _read_document(first)


def _document(start: bytes, lines: Lines) -> object:
    try:
        return decode(start + b"\n" + lines.rest())
    except ValueError as error:
        raise MalformedRecording("", lines.complaint or f"{KINDS}; this is no JSON: {error}") from None


def _read_document(document: object) -> Recording:
    if isinstance(document, Mapping) and PEER_CONNECTIONS in document:
        return read_internals(document)
    members = document.values() if isinstance(document, Mapping) else ()
    for records in (document, *members):
        if isinstance(records, list) and any(is_record(each) for each in records):
            return read_series(records)
    if is_report(document):
        return read_single(document)
    raise MalformedRecording("", KINDS)
