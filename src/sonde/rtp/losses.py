"""Losses of a stream of any length: bursts, gaps and BurstR without keeping the stream.

Everything follows from the places of the losses, taken as they become known. The definitions are those of
`sonde.rtp.bursts` and `sonde.rtp.burst_ratio`, which want the whole stream at once.
"""

import msgspec
import numpy as np
import numpy.typing as npt

from sonde.rtp.burst_ratio import BurstRatio, burst_ratio_from
from sonde.rtp.bursts import (
    GMIN,
    BurstEstimate,
    BurstsAndGaps,
    TransitionCounts,
    estimate_from,
    loss_class,
)
from sonde.rtp.units import Integers


class LossFindings(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be said about the losses of a stream."""

    packets: int
    lost: int
    bursts: BurstsAndGaps
    estimate: BurstEstimate
    burst_ratio: BurstRatio


class LossTrack:
    """Takes the places of the losses of one stream in rising order, in chunks."""

    def __init__(self) -> None:
        self._lost = 0
        self._runs = 0
        self._first = self._last = -1
        self._after_single = False
        self._transitions = dict.fromkeys(TransitionCounts.__struct_fields__, 0)
        self._group_first, self._group_size = -1, 0
        self._bursts = self._burst_packets = self._burst_lost = 0
        self._first_burst_start = self._last_burst_end = -1

    def add(self, losses: Integers) -> None:
        """Note losses.

        Args:
            losses: places in the stream, 0 for its first packet, above all those noted before.
        """
        if not len(losses):
            return
        received = np.diff(losses, prepend=self._last) - 1
        far = received >= GMIN
        opens = far.copy()
        if not self._lost:
            self._first = int(losses[0])
            opens[0] = True
        self._count_transitions(received, far, opens)
        self._group(losses, np.flatnonzero(opens))
        self._runs += int(np.count_nonzero(received)) + (self._first == 0 and not self._lost)
        self._lost += len(losses)
        self._last = int(losses[-1])

    def _count_transitions(
        self, received: Integers, far: npt.NDArray[np.bool_], opens: npt.NDArray[np.bool_]
    ) -> None:
        """The counters of RFC 3611 appendix A.2; its counter of losses is one after each that `opens`."""
        after_single = np.concatenate([[self._after_single], opens[:-1]])
        self._after_single = bool(opens[-1])
        inside = received[~far]
        for name, count in (
            ("c11", received[far].sum()),
            ("c13", np.count_nonzero(far & ~after_single)),
            ("c14", np.count_nonzero(far & after_single)),
            ("c22", np.maximum(inside - 1, 0).sum()),
            ("c23", np.count_nonzero(inside)),
            ("c33", np.count_nonzero(inside == 0)),
        ):
            self._transitions[name] += int(count)

    def _group(self, losses: Integers, starts: Integers) -> None:
        """Continue the open group of near losses up to the first start, and open the last one."""
        if not len(starts):
            self._group_size += len(losses)
            return
        if self._group_size:
            end = int(losses[starts[0] - 1]) if starts[0] else self._last
            self._close(self._group_first, end, self._group_size + int(starts[0]))
        sizes = np.diff(starts)
        together = sizes >= 2
        first, last = losses[starts[:-1]][together], losses[starts[1:] - 1][together]
        for burst_first, burst_last, size in zip(
            first.tolist(), last.tolist(), sizes[together].tolist(), strict=True
        ):
            self._close(burst_first, burst_last, size)
        self._group_first, self._group_size = int(losses[starts[-1]]), len(losses) - int(starts[-1])

    def _close(self, first: int, last: int, size: int) -> None:
        """A group is complete: a burst when it has at least two losses."""
        if size < 2:
            return
        if not self._bursts:
            self._first_burst_start = first
        self._bursts += 1
        self._burst_packets += last - first + 1
        self._burst_lost += size
        self._last_burst_end = last

    def conclude(self, packets: int, packet_interval: float) -> LossFindings:
        """The findings, after the last loss; call once.

        Args:
            packets: length of the stream, at least one, received and lost.
            packet_interval: seconds between two packets.
        """
        self._close(self._group_first, self._last, self._group_size)
        return LossFindings(
            packets=packets,
            lost=self._lost,
            bursts=self._classes(packets, packet_interval),
            estimate=estimate_from(TransitionCounts(**self._transitions), packet_interval=packet_interval),
            burst_ratio=self._burst_ratio(packets),
        )

    def _classes(self, packets: int, packet_interval: float) -> BurstsAndGaps:
        """Bursts and the gaps around them, by the definition."""
        gaps = self._bursts + 1
        gaps -= self._first_burst_start == 0
        gaps -= self._last_burst_end == packets - 1
        in_gaps, lost_in_gaps = packets - self._burst_packets, self._lost - self._burst_lost
        return BurstsAndGaps(
            burst=loss_class(self._bursts, self._burst_packets, self._burst_lost, packet_interval),
            gap=loss_class(gaps, in_gaps, lost_in_gaps, packet_interval),
        )

    def _burst_ratio(self, packets: int) -> BurstRatio:
        """Both forms of BurstR."""
        return burst_ratio_from(
            packets=packets,
            lost=self._lost,
            loss_runs=self._runs,
            begins_lost=self._first == 0,
            ends_lost=bool(self._lost) and self._last == packets - 1,
        )
