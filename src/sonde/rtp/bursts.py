"""Bursts and gaps: whether losses come together or alone (RFC 3611 section 4.7.2 and appendix A.2).

A burst starts and ends with a loss, has at least two, and never Gmin or more received packets in a row.
Everything else is gap; the stream counts as surrounded by received packets. `find_bursts` applies this
definition; `estimate_bursts` is the RFC's own shortcut, a Markov chain of four states. They differ visibly
on short streams, for the chain leaves out what follows the last loss.

An outcome is True for a packet that could be played, False for one lost (or, when the caller says so,
discarded); outcomes stand in the order of the stream.
"""

from typing import Final, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

Outcomes: TypeAlias = npt.NDArray[np.bool_]
"""One entry for each packet of the stream in its order: True when received."""

GMIN: Final = 16
"""Received packets in a row that end a burst, the value RFC 3611 section 4.7.2 recommends."""


class LossClass(msgspec.Struct, frozen=True, kw_only=True):
    """All bursts of a stream together, or all its gaps.

    Attributes:
        periods: how many there are.
        packets: packets in them.
        lost: of those packets.
        density: lost of packets, 0 to 1; 0 when there is no period.
        duration: mean of a period in seconds; 0 when there is none, as the RFC wants it.
    """

    periods: int
    packets: int
    lost: int
    density: float
    duration: float


class BurstsAndGaps(msgspec.Struct, frozen=True, kw_only=True):
    """A stream divided into bursts and gaps; their packets and losses add up to those of the stream."""

    burst: LossClass
    gap: LossClass


class TransitionCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Steps between the states of the RFC's chain, named as there.

    State 1 is received in a gap, 2 received in a burst, 3 lost in a burst, 4 lost in a gap.
    """

    c11: int
    c13: int
    c14: int
    c22: int
    c23: int
    c33: int

    @property
    def total(self) -> int:
        """All steps; those back from a loss are as many as those to it (c31 = c13, c32 = c23)."""
        return self.c11 + self.c14 + 2 * self.c13 + self.c22 + 2 * self.c23 + self.c33


class BurstEstimate(msgspec.Struct, frozen=True, kw_only=True):
    """Bursts and gaps as the chain sees them; None where its steps do not suffice.

    Attributes:
        counts: the steps everything else comes from.
        burst_density: losses in bursts, 0 to 1; None without a loss.
        gap_density: losses in gaps, 0 to 1; None when no loss had Gmin received packets before it.
        burst_duration: mean in seconds; None without a step from a gap into a burst (c13).
        gap_duration: mean in seconds; None without a step from a gap into a burst (c13).
    """

    counts: TransitionCounts
    burst_density: float | None
    gap_density: float | None
    burst_duration: float | None
    gap_duration: float | None


def find_bursts(outcomes: Outcomes, *, packet_interval: float, gmin: int = GMIN) -> BurstsAndGaps:
    """Divide a stream by the definition of RFC 3611 section 4.7.2.

    Args:
        outcomes: of every packet of the stream.
        packet_interval: seconds between two packets.
        gmin: at least 1; with fewer received packets than this between them, two losses are of one burst.
    """
    bursts = [cluster for cluster in _clusters(outcomes, gmin) if len(cluster) > 1]
    packets = sum(burst[-1] - burst[0] + 1 for burst in bursts)
    lost = sum(map(len, bursts))
    return BurstsAndGaps(
        burst=loss_class(len(bursts), packets, lost, packet_interval),
        gap=loss_class(
            _count_gaps(bursts, len(outcomes)),
            len(outcomes) - packets,
            int(np.count_nonzero(~outcomes)) - lost,
            packet_interval,
        ),
    )


def _clusters(outcomes: Outcomes, gmin: int) -> list[list[int]]:
    """The places of the losses, those together that have fewer than `gmin` received packets between them."""
    clusters: list[list[int]] = []
    previous = None
    # Losses are few, so going through them one by one is faster than arrays are.
    for place in np.flatnonzero(~outcomes).tolist():
        if previous is None or place - previous > gmin:
            clusters.append([])
        clusters[-1].append(place)
        previous = place
    return clusters


def _count_gaps(bursts: list[list[int]], packets: int) -> int:
    """Stretches outside the bursts, between which there is always a received packet."""
    if not bursts:
        return int(packets > 0)
    return len(bursts) - 1 + (bursts[0][0] > 0) + (bursts[-1][-1] < packets - 1)


def loss_class(periods: int, packets: int, lost: int, packet_interval: float) -> LossClass:
    """A class of so many periods with so many packets, `packet_interval` seconds apart."""
    return LossClass(
        periods=periods,
        packets=packets,
        lost=lost,
        density=lost / packets if packets else 0.0,
        duration=packets * packet_interval / periods if periods else 0.0,
    )


def estimate_bursts(outcomes: Outcomes, *, packet_interval: float, gmin: int = GMIN) -> BurstEstimate:
    """Estimate bursts and gaps from transition counts, as RFC 3611 appendix A.2 does.

    Args:
        outcomes: of every packet of the stream.
        packet_interval: seconds between two packets.
        gmin: at least 1; received packets in a row that end a burst.
    """
    return estimate_from(count_transitions(outcomes, gmin=gmin), packet_interval=packet_interval)


def estimate_from(counts: TransitionCounts, *, packet_interval: float) -> BurstEstimate:
    """The estimate of RFC 3611 appendix A.2 from its counters."""
    in_gaps = counts.c11 + counts.c14
    gap_duration = burst_duration = None
    if counts.c13:
        gap_duration = (in_gaps + counts.c13) * packet_interval / counts.c13
        burst_duration = counts.total * packet_interval / counts.c13 - gap_duration
    return BurstEstimate(
        counts=counts,
        burst_density=_burst_density(counts),
        gap_density=counts.c14 / in_gaps if in_gaps else None,
        burst_duration=burst_duration,
        gap_duration=gap_duration,
    )


def count_transitions(outcomes: Outcomes, *, gmin: int = GMIN) -> TransitionCounts:
    """Count the steps of the chain of RFC 3611 appendix A.2; `gmin` as for `estimate_bursts`."""
    c11 = c13 = c14 = c22 = c23 = c33 = 0
    after, alone = 0, False
    for place in np.flatnonzero(~outcomes).tolist():
        received = place - after
        if received >= gmin:
            c11 += received
            c14 += alone
            c13 += not alone
        elif received:
            c23 += 1
            c22 += received - 1
        else:
            c33 += 1
        # The RFC's counter of losses is one after a loss far from those before it, and after the very first.
        alone = received >= gmin or after == 0
        after = place + 1
    return TransitionCounts(c11=c11, c13=c13, c14=c14, c22=c22, c23=c23, c33=c33)


def _burst_density(counts: TransitionCounts) -> float | None:
    """Share of time in the lost state of a burst, from the odds of entering (p23) and leaving it (p32)."""
    from_lost = counts.c13 + counts.c23 + counts.c33
    if not from_lost:
        return None
    from_received = counts.c22 + counts.c23
    p23 = counts.c23 / from_received if from_received else 1.0
    p32 = counts.c23 / from_lost
    return p23 / (p23 + p32)
