"""Delay variation of a captured stream: jitter, PDV, IPDV, discards of de-jitter buffers, level and skew.

All of it is folded from the delays that `sonde.rtp.media_time` finds, each epoch for itself: neither a
smallest delay nor a difference is taken across a jump of the timestamps or a restart.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from sonde.rtp.levels import LevelShift, LevelTrack
from sonde.rtp.media_time import Epoch, JitterFilter, MediaTimeline, Timestamps
from sonde.rtp.outcomes import NOT_MEASURED, Settled
from sonde.rtp.skew import LowerHull
from sonde.rtp.tally import Tally
from sonde.rtp.units import Integers, to_nanoseconds

Mask: TypeAlias = npt.NDArray[np.bool_]

MOST_EPOCHS: Final = 64
"""Jumps of the timestamps beyond which they are taken for nothing that tells the time."""

_MOST_STEPS: Final = 64
"""Different steps of the timestamps that are counted."""


class DelayFindings(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be said about the delays of a stream; durations in nanoseconds unless they say otherwise.

    Attributes:
        jitter: RFC 3550 section 6.4.1 after the last packet, seconds; None for fewer than two packets, as
            are the next three.
        jitter_max, jitter_mean: the largest it was and its mean over all packets, seconds.
        jitter_ticks: the integer form of appendix A.8, ticks.
        pdv: delay above the smallest of its epoch, of each first copy.
        ipdv: change of delay from one received packet to the next in the order of the stream, signed.
        discards: by depth, packets too late for a buffer anchored at the first packet of each epoch.
        packet_interval: seconds, from the commonest step of the timestamps; 0 when that is 0 or unknown.
        epochs: stretches whose delays can be compared.
        skew: slope of the line under the delays, seconds per second; None when the stream is too short.
        level_shift: the largest lasting change of delay; None when there is none.
    """

    jitter: float | None
    jitter_max: float | None
    jitter_mean: float | None
    jitter_ticks: int | None
    pdv: Tally
    ipdv: Tally
    discards: dict[float, int]
    packet_interval: float
    epochs: int
    skew: float | None
    level_shift: LevelShift | None


class Measured(NamedTuple):
    """Delays of some packets in arrival order.

    Attributes:
        delays: since the first packet of the epoch, in nanoseconds, drift taken off, or `NOT_MEASURED`.
        raw: the same with the drift in them.
        epochs: number of the epoch of each.
    """

    delays: Integers
    raw: Integers
    epochs: Integers


class DelayTrack:
    """Follows the delays of one stream.

    Args:
        clock_rate: of the RTP clock, Hz.
        depths: of fixed de-jitter buffers, seconds.
        wanted_depth: the one whose late packets count as unplayable, seconds.
        drift: slope to take off the delays before PDV and IPDV, see `sonde.rtp.skew`.
    """

    def __init__(
        self, clock_rate: int, *, depths: Sequence[float], wanted_depth: float, drift: float = 0.0
    ) -> None:
        self._clock_rate = clock_rate
        self._drift = drift
        self._timeline, self._jitter = MediaTimeline(clock_rate), JitterFilter(clock_rate)
        self._limits = {depth: to_nanoseconds(depth) for depth in depths}
        self._discards = dict.fromkeys(depths, 0)
        self._wanted = to_nanoseconds(wanted_depth)
        self._floors: list[int] = []
        self._counted_epoch = 0
        self._delays, self._pdv, self._ipdv = Tally(), Tally(), Tally()
        self._hull, self._levels = LowerHull(), LevelTrack()
        self._longest = self._hull
        self._shift: LevelShift | None = None
        self._steps: Counter[int] = Counter()
        self._before = Settled(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))

    @property
    def tallies(self) -> tuple[Tally, ...]:
        """What takes memory by the number of different delays."""
        return self._delays, self._pdv, self._ipdv

    @property
    def hopeless(self) -> bool:
        """Whether the timestamps jumped too often to tell the time."""
        return len(self._floors) > MOST_EPOCHS

    def restart(self) -> None:
        """Begin a new epoch with the next packet."""
        self._timeline.restart()

    def measure(self, timestamps: Timestamps, arrivals: Integers, timed: Mask) -> Measured:
        """Delays of packets in arrival order, all copies; those that are not `timed` have none."""
        found = Measured(
            np.full(len(timed), NOT_MEASURED),
            np.zeros(len(timed), dtype=np.int64),
            np.zeros(len(timed), dtype=np.int64),
        )
        where = np.flatnonzero(timed)
        for epoch in self._timeline.place(timestamps[where], arrivals[where]):
            if epoch.anew:
                self._begin_epoch()
            if self.hopeless:
                break
            places = where[epoch.start : epoch.stop]
            found.raw[places] = epoch.delays
            found.delays[places] = self._corrected(epoch)
            found.epochs[places] = len(self._floors) - 1
        return found

    def _begin_epoch(self) -> None:
        """What was measured before cannot be compared with what follows."""
        self._floors.append(np.iinfo(np.int64).max)
        if self._hull.duration > self._longest.duration:
            self._longest = self._hull
        self._shift = self._larger_shift()
        self._hull, self._levels = LowerHull(), LevelTrack()

    def _larger_shift(self) -> LevelShift | None:
        shifts = [shift for shift in (self._shift, self._levels.largest_shift()) if shift is not None]
        return max(shifts, key=lambda shift: abs(shift.change), default=None)

    def _corrected(self, epoch: Epoch) -> Integers:
        """Take note of an epoch's packets, and their delays without drift."""
        delays: Integers = epoch.delays
        if self._drift:
            delays = delays - np.rint(self._drift * epoch.media).astype(np.int64)
        self._jitter.add(epoch)
        self._hull.add(epoch.media, epoch.delays)
        self._levels.add(epoch.media, delays)
        self._floors[-1] = min(self._floors[-1], int(delays.min()))
        return delays

    def count(self, measured: Measured, first: Mask) -> None:
        """Count delays and discards of the first copies among packets that were just measured."""
        which = first & (measured.delays != NOT_MEASURED)
        for epoch in np.unique(measured.epochs[which]).tolist():
            if epoch != self._counted_epoch:
                self._close_epoch()
                self._counted_epoch = epoch
            chosen = which & (measured.epochs == epoch)
            self._delays.add(measured.delays[chosen])
            for depth, limit in self._limits.items():
                self._discards[depth] += int(np.count_nonzero(measured.raw[chosen] > limit))

    def _close_epoch(self) -> None:
        """Turn an epoch's delays into delays above its smallest one."""
        if len(self._delays):
            self._pdv.absorb(self._delays, shift=-self._delays.minimum)
        self._delays = Tally()

    def note_steps(self, extended: Integers, timestamps: Timestamps, timed: Mask) -> None:
        """Count the steps of the timestamps between packets that arrived right after each other."""
        next_to = (np.diff(extended) == 1) & timed[1:] & timed[:-1]
        steps, counts = np.unique(np.diff(timestamps)[next_to].view(np.int32), return_counts=True)
        self._steps.update(dict(zip(steps.tolist(), counts.tolist(), strict=True)))
        if len(self._steps) > _MOST_STEPS:
            self._steps = Counter(dict(self._steps.most_common(_MOST_STEPS // 2)))

    def settle(self, settled: Settled) -> Mask:
        """Count IPDV of packets in the order of the stream; which of them came too late to be played.

        Late is what came more than the wanted depth after the smallest delay of its epoch up to then.
        """
        known = settled.delays > NOT_MEASURED
        delays = np.concatenate([self._before.delays, settled.delays[known]])
        epochs = np.concatenate([self._before.epochs, settled.epochs[known]])
        self._ipdv.add(np.diff(delays)[np.diff(epochs) == 0])
        self._before = Settled(delays[-1:], epochs[-1:])
        late = known.copy()
        floors = np.array(self._floors, dtype=np.int64)[settled.epochs[known]]
        late[known] = settled.delays[known] - floors > self._wanted
        return late

    def conclude(self) -> DelayFindings | None:
        """The findings, after the last packet; None when nothing was timed, or timestamps told nothing."""
        self._close_epoch()
        if self.hopeless or not len(self._pdv):
            return None
        self._longest = max(self._longest, self._hull, key=lambda hull: hull.duration)
        return DelayFindings(
            jitter=self._jitter.seconds,
            jitter_max=self._jitter.largest,
            jitter_mean=self._jitter.mean,
            jitter_ticks=self._jitter.ticks,
            pdv=self._pdv,
            ipdv=self._ipdv,
            discards=self._discards,
            packet_interval=self._packet_interval(),
            epochs=len(self._floors),
            skew=self._longest.slope,
            level_shift=self._larger_shift(),
        )

    def _packet_interval(self) -> float:
        [(step, _)] = self._steps.most_common(1) or [(0, 0)]
        return max(0, step) / self._clock_rate
