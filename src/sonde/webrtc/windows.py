"""Some intervals of a stream in a row, and what they amount to."""

from collections.abc import Sequence

import msgspec

from sonde.webrtc.interval import NANOSECONDS, StreamInterval
from sonde.webrtc.tracks import PeerIntervals, StreamTrack


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Intervals of one stream.

    Attributes:
        track: the whole stream.
        last: the interval at whose end the window ends.
        intervals: in order of time; none when none of them is of use.
    """

    track: StreamTrack
    last: StreamInterval
    intervals: tuple[StreamInterval, ...]

    @classmethod
    def of(cls, track: StreamTrack, start: int, end: int) -> "Window | None":
        """The intervals of a stream that overlap a time; None when there is none."""
        chosen = overlapping(track.intervals, start, end)
        return cls(track=track, last=chosen[-1], intervals=chosen) if chosen else None

    @property
    def start(self) -> int:
        """Nanoseconds since the epoch."""
        return self.intervals[0].start if self.intervals else self.last.start

    @property
    def end(self) -> int:
        """Nanoseconds since the epoch."""
        return self.last.end

    @property
    def duration(self) -> float:
        """Seconds of the intervals."""
        return sum(interval.end - interval.start for interval in self.intervals) / NANOSECONDS

    def total(self, name: str) -> float | None:
        """Sum over the intervals that have the number; None when none has."""
        values = [value for each in self.intervals if (value := getattr(each, name)) is not None]
        return float(sum(values)) if values else None

    def mean(self, name: str, *, by: str = "duration") -> float | None:
        """Mean over the intervals that have the number, weighted by another of theirs; None when none has."""
        pairs = [(getattr(each, name), getattr(each, by) or 0) for each in self.intervals]
        known = [(value, weight) for value, weight in pairs if value is not None and weight > 0]
        whole = sum(weight for _, weight in known)
        return sum(value * weight for value, weight in known) / whole if whole else None
