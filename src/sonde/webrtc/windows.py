"""Some intervals of a stream in a row, and what they amount to."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import TypeVar

import msgspec

from sonde.webrtc.interval import NANOSECONDS, StreamInterval, TransportInterval
from sonde.webrtc.tracks import PeerIntervals, StreamTrack

IntervalT = TypeVar("IntervalT", StreamInterval, TransportInterval)


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

    def reaching(self, reach: int) -> "Window":
        """The same end, but all intervals of the stream that overlap the `reach` nanoseconds before it."""
        chosen = overlapping(self.track.intervals, self.end - reach, self.end)
        return Window(track=self.track, last=self.last, intervals=chosen)


def overlapping(intervals: Sequence[IntervalT], start: int, end: int) -> tuple[IntervalT, ...]:
    """Those of rising intervals that have time in common with the one from `start` to `end`."""
    first = bisect_right(intervals, start, key=attrgetter("end"))
    beyond = bisect_left(intervals, end, key=attrgetter("start"))
    return tuple(intervals[first:beyond])


def stun_round_trip(peer: PeerIntervals, start: int, end: int) -> float | None:
    """Mean round trip to the next hop in some time, over all transports; None when none was measured."""
    return mean_of(
        interval.round_trip_time
        for intervals in peer.transports.values()
        for interval in overlapping(intervals, start, end)
    )


def mean_of(values: Iterable[float | None]) -> float | None:
    """Mean of the numbers that are there; None when none is."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
