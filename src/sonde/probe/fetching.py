"""How a source gets the target's record of its stream: part by part, over the media port."""

from collections.abc import Iterator

from sonde.probe import frames
from sonde.probe.frames import Fetch
from sonde.probe.record import ArrivalRecord, unpack


class DamagedRecord(Exception):
    """All parts have come, and they are no record."""


class RecordFetch:
    """Asks for the parts of one record and joins them.

    Args:
        stream_key: of the stream's frames.
        ssrc: of the stream.

    Attributes:
        record: None until all of its parts have come.
    """

    def __init__(self, stream_key: bytes, ssrc: int) -> None:
        self.record: ArrivalRecord | None = None
        self._stream_key = stream_key
        self._ssrc = ssrc
        self._asked = 0
        self._parts: dict[int, bytes] = {}
        self._count = 1

    def questions(self) -> Iterator[bytes]:
        """Frames that ask for every part that is missing."""
        for part in range(self._count):
            if part not in self._parts:
                yield self._question(part)

    def done(self) -> bytes:
        """The frame that lets the target forget the stream."""
        return self._question(frames.DONE)

    def take(self, frame: bytes) -> list[bytes]:
        """Takes a PART; returns frames to send at once.

        Raises:
            BadFrame: its tag is wrong.
            DamagedRecord: it was the last part.
        """
        part = frames.parse_part(self._stream_key, frame)
        is_first = not self._parts
        self._parts[part.part] = part.data
        self._count = part.parts
        if len(self._parts) == self._count:
            self.record = self._join()
            return [self.done()]
        return list(self.questions()) if is_first else []

    def _join(self) -> ArrivalRecord:
        try:
            return unpack(b"".join(self._parts[part] for part in range(self._count)))
        except (ValueError, KeyError) as error:
            raise DamagedRecord(str(error)) from error

    def _question(self, part: int) -> bytes:
        self._asked += 1
        return frames.build_fetch(self._stream_key, Fetch(self._ssrc, self._asked, part))
