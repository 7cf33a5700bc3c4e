"""Lines of a file that is read once, front to back, however long it is."""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

import msgspec

from sonde.webrtc.dialects.notes import Notebook
from sonde.webrtc.recording import MalformedRecording

GZIP: Final = b"\x1f\x8b"
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

BUFFER: Final = 1 << 16

LONGEST_LINE: Final = 1 << 24
"""Bytes of one line; a report of a large conference has a fiftieth."""

MOST_BYTES: Final = 1 << 30
"""Bytes of a whole file, decompressed."""

MOST_DOCUMENT_BYTES: Final = 1 << 28
"""Bytes of a document that cannot be read line by line, decompressed."""


class Lines:
    """A file's lines as bytes, decompressed where it is gzip, and UTF-8 where it is UTF-16 with its mark.

    Args:
        file: at its beginning.

    Attributes:
        number: of the line read last, from 1.
        complaint: why reading ended before the end; empty when it did not.
    """

    def __init__(self, file: BinaryIO) -> None:
        plain = io.BufferedReader(_Borrowed(file), BUFFER)
        start = plain.peek(2)[:2]
        self._file: io.BufferedIOBase = gzip.GzipFile(fileobj=plain) if start == GZIP else plain
        if start in UTF_16:
            self._file = io.BufferedReader(_Recoded(plain), BUFFER)
        self._left = MOST_BYTES
        self.number = 0
        self.complaint = ""

    def next_line(self) -> bytes | None:
        """The next line without the blanks around it; None at the end of the file.

        One that is too long comes as `!`, which is no JSON.

        Reading also ends, with a complaint, where the compression is damaged or the file is too large.
        """
        line = self._read(LONGEST_LINE)
        if not line:
            return None
        self.number += 1
        if len(line) < LONGEST_LINE or line.endswith(b"\n"):
            return line.removeprefix(BYTE_ORDER_MARK).strip() if self.number == 1 else line.strip()
        while line and not line.endswith(b"\n"):
            line = self._read(LONGEST_LINE)
        return b"!"

    def rest(self) -> bytes:
        """All that follows.

        Raises:
            MalformedRecording: it is more than a document may have.
        """
        parts = []
        length = 0
        while part := self._read(LONGEST_LINE):
            length += len(part)
            if length > MOST_DOCUMENT_BYTES:
                raise MalformedRecording("document", f"at most {MOST_DOCUMENT_BYTES >> 20} MiB")
            parts.append(part)
        return b"".join(parts)

    def _read(self, limit: int) -> bytes:
        if self.complaint:
            return b""
        try:
            line = self._file.readline(limit)
        except (OSError, EOFError, zlib.error):
            self.complaint = "a whole file; the compressed data is cut off or damaged"
            return b""
        self._left -= len(line)
        if self._left < 0:
            self.complaint = f"at most {MOST_BYTES >> 20} MiB"
            return b""
        return line


def decode(line: bytes) -> object:
    """What JSON says.

    Raises:
        ValueError: it is none, is nested too deeply or holds what is no UTF-8.
    """
    try:
        return msgspec.json.decode(line)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


class _Borrowed(io.RawIOBase):
    """A file that somebody else will close."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        read = self._file.read(len(buffer))
        buffer[: len(read)] = read
        return len(read)


class _Recoded(io.RawIOBase):
    """UTF-16, which shells of Windows write, as UTF-8."""

    def __init__(self, plain: io.BufferedIOBase) -> None:
        super().__init__()
        self._plain = plain
        self._decoder = codecs.getincrementaldecoder("utf-16")("replace")
        self._waiting = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        part = b"more"
        while part and not self._waiting:
            part = self._plain.read(BUFFER)
            self._waiting = self._decoder.decode(part, final=not part).encode()
        given, self._waiting = self._waiting[: len(buffer)], self._waiting[len(buffer) :]
        buffer[: len(given)] = given
        return len(given)


def decoded(lines: Lines, notebook: Notebook) -> Iterator[object]:
    """What the further lines say; one that is no JSON, or is cut off, is counted."""
    while (line := lines.next_line()) is not None:
        if not line:
            continue
        try:
            yield decode(line)
        except ValueError:
            notebook.skip("line", "JSON")
    if lines.complaint:
        notebook.skip("file", lines.complaint)
