"""What became of a stream that was only captured: RTP headers and arrival stamps in, one finding out.

Unlike `sonde.rtp.recorder`, which knows both ends, this infers everything: a packet is lost when its
sequence number is missing, and delays run from nominal media time. The stream is fed in chunks, and what
is kept of it does not grow with its length, up to the cap of its tallies.
"""

from typing import Final, NamedTuple, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from sonde.rtp.losses import LossFindings, LossTrack
from sonde.rtp.media_time import Timestamps
from sonde.rtp.observed_delay import DelayFindings, DelayTrack, Measured
from sonde.rtp.outcomes import NOT_MEASURED, NOT_RECEIVED, OutcomeWindow, Settled
from sonde.rtp.sequence_runs import SequenceNumbers, SequenceRuns, Stretch
from sonde.rtp.units import Integers, to_seconds

Mask: TypeAlias = npt.NDArray[np.bool_]

_WIDEST: Final = 1 << 15
"""Packets folded at once: with steps of up to 3000 a chunk cannot open more than 3000 times as many places,
and seldom opens more than as many."""

_NARROW: Final = 256


class Packets(NamedTuple):
    """Packets of one stream in arrival order, one entry of each column for each.

    Attributes:
        sequence: RTP sequence number.
        timestamp: RTP timestamp.
        arrival: nanoseconds since the epoch.
        tos: IPv4 TOS byte or IPv6 traffic class.
        timed: whether the timestamp is of the stream's media clock; not so for events of another clock.
    """

    sequence: SequenceNumbers
    timestamp: Timestamps
    arrival: Integers
    tos: npt.NDArray[np.uint8]
    timed: Mask

    def part(self, start: int, stop: int) -> "Packets":
        """Some of them."""
        return Packets._make(column[start:stop] for column in self)

    @staticmethod
    def join(*chunks: "Packets") -> "Packets":
        """Chunks one after the other."""
        return Packets._make(np.concatenate(columns) for columns in zip(*chunks, strict=True))


class ObservedStream(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to one captured stream. Durations in seconds.

    Attributes:
        packets_expected: from the first to the last sequence number of each run.
        packets_received: packets of which at least one copy arrived.
        packets_lost: packets of which no copy arrived; duplicates do not hide losses.
        packets_lost_rfc3550: expected minus all copies, below zero when there are many duplicates.
        packets_duplicated: further copies.
        packets_reordered: packets that came after one sent later (RFC 4737 section 3.3).
        packets_stray: packets outside of every numbering, counted nowhere else.
        restarts: how often the numbering began anew.
        tos_counts: first copies by TOS byte.
        packet_interval: seconds between packets: the commonest step of the timestamps, or the mean distance
            of arrivals when there is no clock.
        losses: bursts and BurstR of lost packets.
        unplayable: the same of packets lost or too late for the wanted buffer; None without delays.
        delay: delay variation; None without a clock, or when nothing was timed.
    """

    packets_expected: int
    packets_received: int
    packets_lost: int
    packets_lost_rfc3550: int
    packets_duplicated: int
    packets_reordered: int
    packets_stray: int
    restarts: int
    tos_counts: dict[int, int]
    packet_interval: float
    losses: LossFindings
    unplayable: LossFindings | None
    delay: DelayFindings | None


class StreamObserver:
    """Folds the packets of one stream.

    Args:
        delay: what becomes of arrival times; None when the clock of the timestamps is not known.
    """

    def __init__(self, delay: DelayTrack | None) -> None:
        self._delay = delay
        self._runs = SequenceRuns()
        self._window = OutcomeWindow()
        self._losses, self._unplayable = LossTrack(), LossTrack()
        self._waiting: Packets | None = None
        self._highest = 0
        self._settled = self._first_copies = self._copies = self._reordered = self._stray = 0
        self._restarts = -1
        self._tos = np.zeros(256, dtype=np.int64)
        self._first_arrival: int | None = None
        self._last_arrival = 0

    def feed(self, packets: Packets) -> None:
        """Take more packets, at least one."""
        if self._waiting is not None:
            packets = Packets.join(self._waiting, packets)
        elif self._first_arrival is None:
            self._first_arrival = int(packets.arrival[0])
        self._waiting = None
        at = 0
        for stretch in self._runs.extend(packets.sequence):
            self._stray += stretch.start - at
            self._follow(packets.part(stretch.start, stretch.stop), stretch)
            at = stretch.stop
        if self._runs.pending(packets.sequence):
            self._waiting = packets.part(len(packets.sequence) - 1, len(packets.sequence))
        self._stray += len(packets.sequence) - at - (self._waiting is not None)
        self._last_arrival = int(packets.arrival[-1])

    def _follow(self, packets: Packets, stretch: Stretch) -> None:
        """Fold packets of one run in parts that open few places at a time."""
        if stretch.restarted:
            self._end_run()
            self._highest = int(stretch.extended[0])
        width = _WIDEST
        if int(stretch.extended.max()) - int(stretch.extended.min()) > _WIDEST:
            width = _NARROW
        for start in range(0, len(stretch.extended), width):
            self._fold(packets.part(start, start + width), stretch.extended[start : start + width])

    def _end_run(self) -> None:
        """Settle what is open; the packets of the next run have nothing to do with it."""
        self._settle(self._window.settle(everything=True))
        self._window = OutcomeWindow()
        self._restarts += 1
        if self._delay is not None:
            self._delay.restart()

    def _fold(self, packets: Packets, extended: Integers) -> None:
        measured = self._measure(packets)
        first = self._window.take(extended, measured.delays, measured.epochs)
        highest = np.maximum.accumulate(np.concatenate([[self._highest], extended]))
        self._reordered += int(np.count_nonzero(first & (extended < highest[:-1])))
        self._highest = int(highest[-1])
        self._copies += len(extended)
        self._first_copies += int(np.count_nonzero(first))
        self._tos += np.bincount(packets.tos[first], minlength=256)
        if self._delay is not None:
            self._delay.count(measured, first)
            self._delay.note_steps(extended, packets.timestamp, packets.timed)
        self._settle(self._window.settle())

    def _measure(self, packets: Packets) -> Measured:
        if self._delay is not None:
            return self._delay.measure(packets.timestamp, packets.arrival, packets.timed)
        nothing = np.zeros(len(packets.timed), dtype=np.int64)
        return Measured(np.full(len(nothing), NOT_MEASURED), nothing, nothing)

    def _settle(self, settled: Settled) -> None:
        """Fold packets whose outcome is final."""
        lost = settled.delays == NOT_RECEIVED
        self._losses.add(self._settled + np.flatnonzero(lost))
        if self._delay is not None:
            late = self._delay.settle(settled)
            self._unplayable.add(self._settled + np.flatnonzero(lost | late))
        self._settled += len(lost)

    def conclude(self) -> ObservedStream:
        """The finding, after the last packet, of at least one; call once."""
        self._stray += self._waiting is not None
        self._settle(self._window.settle(everything=True))
        delay = None if self._delay is None else self._delay.conclude()
        interval = self._packet_interval(delay)
        losses = self._losses.conclude(self._settled, interval)
        unplayable = None if delay is None else self._unplayable.conclude(self._settled, interval)
        seen = np.flatnonzero(self._tos)
        return ObservedStream(
            packets_expected=self._settled,
            packets_received=self._first_copies,
            packets_lost=losses.lost,
            packets_lost_rfc3550=self._settled - self._copies,
            packets_duplicated=self._copies - self._first_copies,
            packets_reordered=self._reordered,
            packets_stray=self._stray,
            restarts=self._restarts,
            tos_counts=dict(zip(seen.tolist(), self._tos[seen].tolist(), strict=True)),
            packet_interval=interval,
            losses=losses,
            unplayable=unplayable,
            delay=delay,
        )

    def _packet_interval(self, delay: DelayFindings | None) -> float:
        if delay is not None and delay.packet_interval:
            return delay.packet_interval
        return to_seconds(max(0, self._last_arrival - (self._first_arrival or 0))) / max(1, self._settled - 1)
