"""Files that a command reads, each opened once: what comes through a pipe cannot be read again."""

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

from sonde.model.errors import Invalid

STANDARD_INPUT = "-"
_ENOUGH = 16


class InputFile:
    """A file, or standard input, at its beginning.

    Attributes:
        path: as given.
        name: for the report and for messages.
        file: to be read; need not be seekable.
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
        if self.is_standard_input:
            return cast("io.BufferedReader", sys.stdin.buffer)
        return io.BufferedReader(_Watched(self))


def unreadable(name: str, error: OSError | ValueError) -> Invalid:
    """The sentence for a file that the system does not give."""
    return Invalid(
        f"The file {name} cannot be read: {getattr(error, 'strerror', None) or error}.", field="FILE"
    )


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
