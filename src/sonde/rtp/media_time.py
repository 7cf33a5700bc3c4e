"""Delay of captured packets from nominal media time: arrival minus what the RTP timestamp says.

A capture does not know when a packet was sent, only which moment of the medium it carries. So a sender's
own stalls and its clock's drift are in these delays, and only their variation means anything.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from sonde.rtp.jitter import JITTER_GAIN
from sonde.rtp.units import NANOSECONDS_PER_SECOND, Integers, to_nanoseconds, to_seconds

Timestamps: TypeAlias = npt.NDArray[np.uint32]

LONGEST_CHANGE: Final = 10.0
"""Seconds by which media time and arrival may part between two packets; more is no network's doing."""

_NEGLIGIBLE: Final = 1e-18
"""Share of a difference that no float of the jitter would show."""


class Epoch(NamedTuple):
    """Packets next to each other in arrival order whose delays can be compared.

    Attributes:
        start, stop: which packets of the chunk, as a slice.
        media: media time of each since the first packet of the epoch, nanoseconds.
        delays: arrival since the arrival of the first packet of the epoch, minus `media`, nanoseconds.
        anew: whether the epoch begins here.
    """

    start: int
    stop: int
    media: Integers
    delays: Integers
    anew: bool


class MediaTimeline:
    """Places the packets of one stream on the timeline of their timestamps, which may wrap.

    Args:
        clock_rate: of the RTP clock, Hz.
    """

    def __init__(self, clock_rate: int) -> None:
        self._clock_rate = clock_rate
        self._longest_change = to_nanoseconds(LONGEST_CHANGE)
        self._timestamp = np.uint32(0)
        self._arrival = self._anchor = 0
        self._ticks: int | None = None

    def restart(self) -> None:
        """Begin a new epoch with the next packet."""
        self._ticks = None

    def place(self, timestamps: Timestamps, arrivals: Integers) -> Iterator[Epoch]:
        """The epochs of a chunk in arrival order; a jump of the timestamps begins a new one."""
        if not len(timestamps):
            return
        steps = np.diff(timestamps, prepend=self._timestamp).view(np.int32).astype(np.int64)
        change = np.diff(arrivals, prepend=self._arrival) - media_nanoseconds(steps, self._clock_rate)
        jumps = np.abs(change) > self._longest_change
        jumps[0] |= self._ticks is None
        self._timestamp, self._arrival = timestamps[-1], int(arrivals[-1])
        edges = [0, *np.flatnonzero(jumps).tolist(), len(jumps)]
        for start, stop in pairwise(edges):
            if start < stop:
                yield self._place(start, stop, steps, arrivals, anew=bool(jumps[start]))

    def _place(self, start: int, stop: int, steps: Integers, arrivals: Integers, *, anew: bool) -> Epoch:
        ticks = np.cumsum(steps[start:stop])
        if anew or self._ticks is None:
            ticks -= ticks[0]
            self._anchor = int(arrivals[start])
        else:
            ticks += self._ticks
        self._ticks = int(ticks[-1])
        media = media_nanoseconds(ticks, self._clock_rate)
        return Epoch(start, stop, media, arrivals[start:stop] - self._anchor - media, anew)


def media_nanoseconds(ticks: Integers, clock_rate: int) -> Integers:
    """Ticks of an RTP clock as nanoseconds, to the nearest one."""
    seconds, rest = np.divmod(ticks, clock_rate)
    rest = (rest * NANOSECONDS_PER_SECOND + clock_rate // 2) // clock_rate
    nanoseconds: Integers = seconds * NANOSECONDS_PER_SECOND + rest
    return nanoseconds


class JitterFilter:
    """RFC 3550 interarrival jitter in both of its forms.

    Args:
        clock_rate: of the RTP clock, Hz.
    """

    def __init__(self, clock_rate: int) -> None:
        self._clock_rate = clock_rate
        self._last: tuple[int, int] | None = None
        self._jitter = self._largest = self._sum = 0.0
        self._scaled_ticks = 0
        self._arrivals = 0

    def add(self, epoch: Epoch) -> None:
        """Note packets in arrival order. The first of an epoch has no difference to one before."""
        last = None if epoch.anew else self._last
        ticks = (epoch.delays + epoch.media) * self._clock_rate // NANOSECONDS_PER_SECOND
        ticks -= (epoch.media * self._clock_rate + NANOSECONDS_PER_SECOND // 2) // NANOSECONDS_PER_SECOND
        delays = epoch.delays if last is None else np.concatenate([[last[0]], epoch.delays])
        ticks = ticks if last is None else np.concatenate([[last[1]], ticks])
        self._smooth(np.abs(np.diff(delays)).astype(np.float64))
        self._smooth_ticks(np.abs(np.diff(ticks)).tolist())
        self._arrivals += epoch.stop - epoch.start
        self._last = int(delays[-1]), int(ticks[-1])

    def _smooth(self, differences: npt.NDArray[np.float64]) -> None:
        """Filter all differences at once, by sums over twice as many of them in each round."""
        if not len(differences):
            return
        jitter, shift, decay = differences / JITTER_GAIN, 1, 1 - 1 / JITTER_GAIN
        jitter[0] += decay * self._jitter
        while shift < len(jitter) and decay > _NEGLIGIBLE:
            jitter[shift:] += decay * jitter[:-shift]
            shift, decay = 2 * shift, decay * decay
        self._jitter = float(jitter[-1])
        self._largest = max(self._largest, float(jitter.max()))
        self._sum += float(jitter.sum())

    def _smooth_ticks(self, differences: list[int]) -> None:
        """The integer form of RFC 3550 appendix A.8, sixteen times too large until it is read."""
        scaled = self._scaled_ticks
        for difference in differences:
            scaled += difference - ((scaled + 8) >> 4)
        self._scaled_ticks = scaled

    @property
    def seconds(self) -> float | None:
        """After the last packet, not rounded; None for fewer than two."""
        return to_seconds(self._jitter) if self._arrivals > 1 else None

    @property
    def ticks(self) -> int | None:
        """As RTCP reports it, in ticks of the clock; None for fewer than two packets."""
        return self._scaled_ticks >> 4 if self._arrivals > 1 else None

    @property
    def largest(self) -> float | None:
        """The largest it ever was, seconds; None for fewer than two packets."""
        return to_seconds(self._largest) if self._arrivals > 1 else None

    @property
    def mean(self) -> float | None:
        """Mean over all packets, the first with 0, seconds; None for fewer than two."""
        return to_seconds(self._sum / self._arrivals) if self._arrivals > 1 else None
