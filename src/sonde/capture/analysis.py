"""A capture file read from beginning to end, and the report on it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
import numpy as np

from sonde.capture import pcap, pcapng
from sonde.capture.captured_stream import Circumstances
from sonde.capture.claims import Claims
from sonde.capture.codec_choice import CodecOptions
from sonde.capture.datagrams import find_rtcp, find_rtp, find_signalling, unwrap_turn
from sonde.capture.descriptions import Descriptions
from sonde.capture.link import READABLE
from sonde.capture.network import dissect
from sonde.capture.records import Damage, Records, Source
from sonde.capture.report import CaptureReport
from sonde.capture.streams import LeftOut, StreamTable
from sonde.capture.summary import describe
from sonde.model.errors import Invalid
from sonde.rtp.units import to_seconds

DEPTHS: Final = (0.0, 0.02, 0.04, 0.06, 0.08, 0.1)
"""Depths of de-jitter buffers that are always tried, seconds."""

DEFAULT_DEPTH: Final = 0.04

MAGIC_LENGTH: Final = 4
"""Bytes at the beginning of a file by which a capture is known."""

Advance = Callable[[int], None]
"""Told how many bytes of the file are read so far."""


def is_capture(start: bytes) -> bool:
    """Whether a file that begins so is a pcap or pcapng file."""
    magic = start[:MAGIC_LENGTH]
    return magic == pcapng.MAGIC or magic in pcap.MAGICS


class AnalysisOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the user wants.

    Attributes:
        codecs: what is known of codecs.
        jitter_buffer: depth of the de-jitter buffer that the score is for, seconds.
        one_way_delay: assumed of the network, seconds.
    """

    codecs: CodecOptions = CodecOptions(everywhere=None, by_payload_type={})
    jitter_buffer: float = DEFAULT_DEPTH
    one_way_delay: float = 0.0


def analyse_path(path: Path, options: AnalysisOptions, advance: Advance = lambda _: None) -> CaptureReport:
    """Analyse a file.

    Raises:
        Invalid: it cannot be opened, is no capture, or holds nothing that can be read.
    """
    try:
        file = path.open("rb")
    except (OSError, ValueError) as error:
        raise _unreadable(str(path), error) from error
    with file:
        return analyse(file, str(path), options, advance)


def analyse(
    file: BinaryIO, name: str, options: AnalysisOptions, advance: Advance = lambda _: None
) -> CaptureReport:
    """Analyse an open file from where it is.

    Args:
        file: opened for reading bytes; need not be seekable.
        name: for the report and for messages.
        options: what the user wants.
        advance: is told of the progress.

    Raises:
        Invalid: it is no capture, or holds nothing that can be read.
    """
    reading = _Reading(options)
    source = Source(file)
    damage = ""
    try:
        for records in _open(source, name):
            reading.take(records)
            advance(source.consumed)
    except Damage as found:
        damage = found.sentence
    except OSError as error:
        raise _unreadable(name, error) from error
    if damage and not reading.packets:
        raise Invalid(f"{name} is damaged. {damage}", field="FILE")
    return reading.report(name, damage)


def _unreadable(name: str, error: OSError | ValueError) -> Invalid:
    return Invalid(
        f"The file {name} cannot be read: {getattr(error, 'strerror', None) or error}.", field="FILE"
    )


def _open(source: Source, name: str) -> Iterator[Records]:
    """The records of whatever kind of capture it is."""
    magic = source.peek()[:MAGIC_LENGTH]
    if magic == pcapng.MAGIC:
        return pcapng.read_pcapng(source)
    if magic in pcap.MAGICS:
        return pcap.read_pcap(source)
    raise Invalid(
        f"{name} is no capture file: it begins neither as pcap nor as pcapng.",
        hint="Unpack a compressed file first; save other kinds as pcapng with Wireshark.",
        field="FILE",
    )


class _Reading:
    """What was found in a file so far."""

    def __init__(self, options: AnalysisOptions) -> None:
        self._options = options
        self._descriptions, self._claims = Descriptions(), Claims()
        self._circumstances = Circumstances(
            codecs=options.codecs,
            descriptions=self._descriptions,
            depths=tuple(sorted({*DEPTHS, options.jitter_buffer})),
            wanted_depth=options.jitter_buffer,
        )
        self._streams = StreamTable(self._circumstances)
        self.packets = 0
        self._fragments = 0
        self._span: tuple[int, int, int] | None = None
        self._unreadable: set[int] = set()

    def take(self, records: Records) -> None:
        """Look into the records of a chunk, at least one."""
        self.packets += len(records.start)
        first, low, high = self._span or (int(records.stamp[0]), *(int(records.stamp[0]),) * 2)
        self._span = first, min(low, int(records.stamp.min())), max(high, int(records.stamp.max()))
        self._unreadable.update(set(np.unique(records.link).tolist()) - READABLE)
        segments, fragments = dissect(records)
        self._fragments += fragments
        segments = unwrap_turn(records, segments)
        for message in find_signalling(records, segments):
            self._descriptions.learn(message)
        for datagram in find_rtcp(records, segments):
            self._claims.learn(datagram)
        self._streams.add(find_rtp(records, segments))

    def report(self, name: str, damage: str) -> CaptureReport:
        """The report, after the last chunk."""
        streams, left_out = self._streams.conclude()
        if self._unreadable and not streams:
            numbers = ", ".join(map(str, sorted(self._unreadable)))
            raise Invalid(
                f"{name} has packets of a link layer that is not read here (type {numbers}).", field="FILE"
            )
        first, low, high = self._span or (0, 0, 0)
        return CaptureReport(
            file=name,
            packets=self.packets,
            started_at=to_seconds(first) if self._span else None,
            duration=to_seconds(high - low),
            streams=tuple(
                describe(stream, self._claims, self._circumstances, one_way_delay=self._options.one_way_delay)
                for stream in streams
            ),
            streams_left_out=left_out.streams,
            fragments=self._fragments,
            notes=self._notes(damage, left_out),
        )

    def _notes(self, damage: str, left_out: LeftOut) -> tuple[str, ...]:
        notes = [damage] if damage else []
        if self._unreadable:
            numbers = ", ".join(map(str, sorted(self._unreadable)))
            notes.append(f"Packets of link layers that are not read here were left out (type {numbers}).")
        if self._fragments:
            notes.append(f"{self._fragments} later fragments of IP packets were not looked into.")
        if left_out.streams:
            notes.append(f"{left_out.streams} further streams were left out; split the file to see them.")
        if left_out.candidates:
            notes.append(f"{left_out.candidates} flows too short to be sure of were forgotten.")
        return tuple(notes)
