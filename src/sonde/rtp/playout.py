"""De-jitter buffers packet by packet: which packets are played, when, and why the others are not.

A buffer decides for each packet of a stream when it must be played. One that has not come by then is
discarded when it comes, once, however many copies follow; one that comes at that very moment is played.

Three kinds are emulated: the fixed buffer here, for which an anchor says when the first packet counts as
on time; Ramjee's, which adapts between talk spurts, here too; and one that stretches time while it plays,
in `sonde.rtp.adaptive_buffer`. For the fixed buffer with the stream's smallest delay as its anchor, counting
alone is enough: see `sonde.rtp.buffer`.
"""

import math
from enum import IntEnum
from typing import Final

import msgspec
import numpy as np

from sonde.rtp.bursts import Outcomes
from sonde.rtp.sequence import first_copies
from sonde.rtp.units import Integers, to_nanoseconds

NEVER: Final = np.iinfo(np.int64).max
"""Arrival of a packet that was lost."""

MEMORY: Final = 0.998
"""Share of the old estimate that each packet leaves in Ramjee's."""

DEVIATIONS: Final = 4
"""How many estimated deviations above the estimated delay Ramjee's buffer plays."""


class Fate(IntEnum):
    """What became of a packet at the de-jitter buffer."""

    PLAYED = 0
    LATE = 1
    EARLY = 2
    LOST = 3


class Transit(msgspec.Struct, frozen=True, kw_only=True):
    """Every packet of a stream in its order, on both sides of the network; nanoseconds.

    Attributes:
        sent_at: rising; media time (RTP timestamps) will do, as a buffer has nothing else.
        received_at: of the first copy, by any clock; `NEVER` for a packet that was lost.
    """

    sent_at: Integers
    received_at: Integers

    @property
    def arrived(self) -> Integers:
        """The places of the packets that arrived, in arrival order."""
        order = np.argsort(self.received_at, kind="stable")
        return order[: np.count_nonzero(self.received_at != NEVER)]


class Playout(msgspec.Struct, frozen=True, kw_only=True):
    """What a de-jitter buffer did with each packet of a stream.

    Attributes:
        fates: a `Fate` for each packet.
        delays: from the sending of each packet to the moment it was due, in nanoseconds; it contains the
            clock offset when the stamps do.
    """

    fates: Integers
    delays: Integers

    @property
    def outcomes(self) -> Outcomes:
        """Which packets were played."""
        played: Outcomes = self.fates == Fate.PLAYED
        return played

    def count(self, fate: Fate) -> int:
        """Packets that met this fate."""
        return int(np.count_nonzero(self.fates == fate))


def make_transit(sent_at: Integers, *, indexes: Integers, received_at: Integers) -> Transit:
    """Match the first copies of packets with their sending; later copies are left out.

    Args:
        sent_at: of every packet of the stream in its order.
        indexes: place in the stream of each arrival, in arrival order, all below the number of packets.
        received_at: of each arrival.
    """
    first = first_copies(indexes)
    received = np.full(len(sent_at), NEVER, dtype=np.int64)
    received[indexes[first]] = received_at[first]
    return Transit(sent_at=sent_at, received_at=received)


def judge(transit: Transit, delays: Integers) -> Playout:
    """Compare each arrival with the moment at which the packet was due.

    Args:
        transit: the stream.
        delays: from the sending of each packet to the moment it was due.
    """
    late = transit.received_at > transit.sent_at + delays
    fates = np.where(late, Fate.LATE, Fate.PLAYED)
    return Playout(fates=np.where(transit.received_at == NEVER, Fate.LOST, fates), delays=delays)


def first_delay(transit: Transit) -> int:
    """Anchor at the first packet that arrives: what simple buffers do. 0 when none arrives.

    An unlucky first packet shifts the whole stream.
    """
    return next((_delay(transit, place) for place in transit.arrived[:1].tolist()), 0)


def smallest_delay(transit: Transit, *, window: float | None = None) -> int:
    """Anchor at the smallest delay, which does not hang on the luck of one packet. 0 when none arrives.

    Args:
        transit: the stream.
        window: seconds from the first arrival in which to look for it; None looks at the whole stream.
    """
    arrived = transit.arrived
    if window is not None and len(arrived):
        until = transit.received_at[arrived[0]] + to_nanoseconds(window)
        arrived = arrived[transit.received_at[arrived] <= until]
    delays = transit.received_at[arrived] - transit.sent_at[arrived]
    return int(delays.min()) if len(arrived) else 0


def _delay(transit: Transit, place: int) -> int:
    return int(transit.received_at[place]) - int(transit.sent_at[place])


def play_fixed(transit: Transit, *, depth: float, anchor: int) -> Playout:
    """Play every packet at the same time after its sending.

    Args:
        transit: the stream.
        depth: of the buffer in seconds, not negative.
        anchor: delay in nanoseconds that counts as on time; see `first_delay` and `smallest_delay`.
    """
    return judge(transit, np.full(len(transit.sent_at), anchor + to_nanoseconds(depth), dtype=np.int64))


def find_spurts(sent_at: Integers, *, packet_interval: float) -> Outcomes:
    """Which packets begin a talk spurt: the first one, and each after a pause of half a packet or more.

    Args:
        sent_at: media time of every packet in nanoseconds, rising.
        packet_interval: seconds between two packets of one spurt.
    """
    begins = np.ones(len(sent_at), dtype=bool)
    begins[1:] = sent_at[1:] - sent_at[:-1] >= to_nanoseconds(1.5 * packet_interval)
    return begins


def play_spurts(transit: Transit, *, begins: Outcomes, memory: float = MEMORY) -> Playout:
    """Play every packet of a talk spurt at the same time after its sending, and adapt between spurts.

    The first algorithm of Ramjee, Kurose, Towsley and Schulzrinne, "Adaptive playout mechanisms for
    packetized audio applications in wide-area networks" (1994): moving estimates of the delay and of its
    mean deviation, read when the first packet of a spurt arrives.

    Args:
        transit: the stream.
        begins: which packets begin a talk spurt, by the RTP marker or `find_spurts`.
        memory: share of the old estimate that each packet leaves, 0 to 1.
    """
    spurts = np.maximum(np.cumsum(begins) - 1, 0)
    base = first_delay(transit)
    chosen: dict[int, int] = {}
    estimate = deviation = 0.0
    for place in transit.arrived.tolist():
        delay = _delay(transit, place) - base
        estimate += (1 - memory) * (delay - estimate)
        deviation += (1 - memory) * (abs(delay - estimate) - deviation)
        chosen.setdefault(int(spurts[place]), base + math.ceil(estimate + DEVIATIONS * deviation))
    return judge(transit, np.array([chosen.get(spurt, base) for spurt in spurts.tolist()], dtype=np.int64))
