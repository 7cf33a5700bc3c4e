"""A file of client statistics of any kind, recognised by its content and read front to back."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import BinaryIO, Final

from sonde.webrtc.dialects.callstats import is_message, read_messages
from sonde.webrtc.dialects.internals import PEER_CONNECTIONS, read_internals
from sonde.webrtc.dialects.lines import Lines, decode, decoded
from sonde.webrtc.dialects.notes import Notebook
from sonde.webrtc.dialects.observertc import is_client_sample, read_client_samples
from sonde.webrtc.dialects.rtcstats_legacy import is_legacy_line, read_rtcstats_legacy
from sonde.webrtc.dialects.rtcstats_v3 import MAGIC, is_v3_line, read_headless, read_rtcstats_v3
from sonde.webrtc.dialects.series import is_record, read_reports_within, read_series
from sonde.webrtc.dialects.telnyx import call_reports_in, read_call_reports
from sonde.webrtc.dialects.videosdk import is_post, read_posts
from sonde.webrtc.recording import LegacyStatistics, MalformedRecording, Recording

KINDS = (
    "a webrtc-internals dump, an rtcstats dump, Chrome's rtcstats export, Telnyx call reports, messages of"
    " RealtimeKit's statistics client, statistics forwarded from VideoSDK's or getStats reports as JSON lines"
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
    notebook = Notebook()
    if reports := call_reports_in(first):
        return read_call_reports(itertools.chain(reports, decoded(lines, notebook)), notebook)
    for recognise, read in _OF_RECORDS:
        if recognise(first):
            return read(itertools.chain([first], decoded(lines, notebook)), notebook)
    return _read_document(first)


def _document(start: bytes, lines: Lines) -> object:
    try:
        return decode(start + b"\n" + lines.rest())
    except ValueError as error:
        raise MalformedRecording("", lines.complaint or f"{KINDS}; this is no JSON: {error}") from None


def _read_document(document: object) -> Recording:
    if isinstance(document, Mapping) and PEER_CONNECTIONS in document:
        return read_internals(document)
    if reports := call_reports_in(document):
        return read_call_reports(reports)
    members = document.values() if isinstance(document, Mapping) else ()
    for records in ([document], document, *members):
        for recognise, read in _OF_RECORDS:
            if isinstance(records, list) and any(map(recognise, records)):
                return read(records, None)
    try:
        return read_reports_within(document)
    except LegacyStatistics:
        raise
    except MalformedRecording:
        raise MalformedRecording("", KINDS) from None


_OF_RECORDS: Final[Sequence[tuple[Callable[[object], bool], Callable[..., Recording]]]] = (
    (is_message, read_messages),
    # Before reports, which may be called the same.
    (is_post, read_posts),
    (is_client_sample, read_client_samples),
    (is_record, read_series),
)
"""What files of records are made of, and what reads such a file: one record a line, or all in a list."""
