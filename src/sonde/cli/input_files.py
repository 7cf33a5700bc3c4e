"""Files that a command reads, each opened once: what comes through a pipe cannot be read again."""

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

from sonde.model.errors import Invalid

STANDARD_INPUT = "-"
_ENOUGH = 16
_ZSTANDARD = b"\x28\xb5\x2f\xfd"
_LARGEST_WINDOW = 1 << 27


class InputFile:
    """A file, or standard input, at its beginning.

    Attributes:
        path: as given.
        name: for the report and for messages.
        file: to be read, decompressed where it is Zstandard; need not be seekable.
        watch: told how many bytes are read so far, each time there are more; nobody at first.
    """

    def __init__(self, path: Path) -> None:
        """Open it.

        Raises:
            Invalid: that cannot be done.
        """
        self.path = path
        self.is_standard_input = str(path) == STANDARD_INPUT
        self.name = "standard input" if self.is_standard_input else str(path)
        self.watch: Callable[[int], None] = lambda _: None
        try:
            self.file = self._open()
        except (OSError, ValueError) as error:
            raise unreadable(self.name, error) from error

    def first_bytes(self) -> bytes:
        """How it begins, without taking anything from it.

        Raises:
            Invalid: it cannot be read.
        """
        try:
            return self.file.peek(_ENOUGH)[:_ENOUGH]
        except OSError as error:
            raise unreadable(self.name, error) from error

    def _open(self) -> io.BufferedReader:
        stdin = cast("io.BufferedReader", sys.stdin.buffer) if self.is_standard_input else None
        plain = stdin or io.BufferedReader(_Watched(self))
        is_packed = plain.peek(_ENOUGH)[: len(_ZSTANDARD)] == _ZSTANDARD
        return io.BufferedReader(_Unpacked(plain)) if is_packed else plain


def unreadable(name: str, error: OSError | ValueError) -> Invalid:
    """The sentence for a file that the system does not give."""
    return Invalid(
        f"The file {name} cannot be read: {getattr(error, 'strerror', None) or error}.", field="FILE"
    )


class _Unpacked(io.RawIOBase):
    """What Zstandard packed; damage is an `OSError`, as of any file."""

    def __init__(self, packed: io.BufferedReader) -> None:
        from zstandard import ZstdDecompressor

        super().__init__()
        self._packed = packed
        unpack = ZstdDecompressor(max_window_size=_LARGEST_WINDOW)
        self._stream = unpack.stream_reader(packed, read_across_frames=True)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]  # as below
        from zstandard import ZstdError

        try:
            return self._stream.readinto(buffer)
        except ZstdError as error:
            raise OSError(str(error)) from error

    def close(self) -> None:
        """The packed file as well."""
        self._packed.close()
        super().close()


class _Watched(io.FileIO):
    """The bytes of an input file, with somebody told of each part."""

    def __init__(self, source: InputFile) -> None:
        super().__init__(source.path)
        self._source = source
        self._read = 0

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]  # FileIO's is wider
        count = super().readinto(buffer)
        self._read += count
        self._source.watch(self._read)
        return count
