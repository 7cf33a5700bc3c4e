"""Files of client statistics opened, read with a bar that shows how far it is, and worked out."""

import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sonde.cli.progress import file_progress, work_progress
from sonde.model.errors import Invalid

if TYPE_CHECKING:
    from sonde.webrtc.call_report import CallReport
    from sonde.webrtc.recording import Recording

STANDARD_INPUT = "-"
_NAMED = "standard input"
_ENOUGH = 16


def first_bytes(file: Path) -> bytes:
    """How a file begins, without taking anything from standard input.

    Raises:
        Invalid: it cannot be opened.
    """
    if str(file) == STANDARD_INPUT:
        return sys.stdin.buffer.peek(_ENOUGH)[:_ENOUGH]  # type: ignore[attr-defined]  # a BufferedReader
    with _open(file, lambda _: None) as opened:
        return opened.read(_ENOUGH)


def read_calls(files: Sequence[Path], *, quiet: bool) -> "CallReport":
    """The report on dumps of client statistics.

    Raises:
        Invalid: one of them cannot be opened, or is none.
    """
    from sonde.webrtc.call_analysis import analyse_calls

    recordings = {_name(file): _read(file, quiet=quiet) for file in dict.fromkeys(files)}
    connections = sum(len(recording.peers) for recording in recordings.values())
    with work_progress("working out", connections, quiet=quiet) as advance:
        return analyse_calls(recordings, advance)


def _read(file: Path, *, quiet: bool) -> "Recording":
    if str(file) == STANDARD_INPUT:
        return _recording(sys.stdin.buffer, _NAMED)
    with file_progress(file, quiet=quiet) as advance, _open(file, advance) as opened:
        return _recording(opened, str(file))


def _recording(file: BinaryIO, name: str) -> "Recording":
    from sonde.webrtc.reading import read_recording
    from sonde.webrtc.recording import MalformedRecording

    try:
        return read_recording(file)
    except MalformedRecording as error:
        raise Invalid(
            f"{name} is no capture, and no statistics that can be read: {error}.", field="FILE"
        ) from error
    except OSError as error:
        raise _unreadable(name, error) from error


def _name(file: Path) -> str:
    return _NAMED if str(file) == STANDARD_INPUT else str(file)


def _open(file: Path, advance: Callable[[int], None]) -> BinaryIO:
    try:
        return io.BufferedReader(_WatchedFile(file, advance))
    except (OSError, ValueError) as error:
        raise _unreadable(str(file), error) from error


def _unreadable(name: str, error: OSError | ValueError) -> Invalid:
    return Invalid(
        f"The file {name} cannot be read: {getattr(error, 'strerror', None) or error}.", field="FILE"
    )


class _WatchedFile(io.FileIO):
    """A file that tells how many of its bytes were read so far."""

    def __init__(self, path: Path, advance: Callable[[int], None]) -> None:
        super().__init__(path)
        self._advance = advance

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]  # FileIO's is wider
        count = super().readinto(buffer)
        self._advance(self.tell() if self.seekable() else count)
        return count
