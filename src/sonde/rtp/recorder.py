"""What became of a stream we sent ourselves: the real send and arrival stamps in, one summary out.

Both ends know every packet by its index, so nothing is inferred from RTP headers: a packet is lost when
none of its copies arrived, and its delay runs from its real send stamp, not from nominal media time,
which would turn every stall of a busy sender into network delay.
"""

from typing import Final

import msgspec
import numpy as np

from sonde.rtp.buffer import are_late
from sonde.rtp.bursts import Outcomes
from sonde.rtp.delay import delay_variation
from sonde.rtp.digest import Fields, digest_delays, digest_level, digest_losses, digest_marks
from sonde.rtp.jitter import interarrival_jitter
from sonde.rtp.sequence import count_reordered, first_copies
from sonde.rtp.summary import StreamSummary
from sonde.rtp.units import Integers, to_seconds

SEND_TOLERANCE: Final = 50_000
"""Nanoseconds that a send call may take. It takes about 10 us; a longer one was interrupted, and whether
before or after the packet left nobody knows. So a send stamp makes no delay wrong by more than this."""

_NEVER_SENT: Final = np.iinfo(np.int64).min


class Departures(msgspec.Struct, frozen=True, kw_only=True):
    """The packets a sender really sent, one entry each.

    Attributes:
        index: place of the packet in the stream, 0 for the first.
        sent_at: nanoseconds since the epoch by the sender's clock, right before it was sent.
        took: nanoseconds from that stamp to the return of the send call; None when not known.
    """

    index: Integers
    sent_at: Integers
    took: Integers | None = None


class Arrivals(msgspec.Struct, frozen=True, kw_only=True):
    """What a receiver saw of the stream, one entry for each copy, in arrival order.

    Attributes:
        index: place of the packet in the stream.
        received_at: nanoseconds since the epoch by the receiver's clock.
        tos: byte with the code point (IPv4 TOS, IPv6 traffic class), below zero when not known.
        ttl: IPv4 TTL or IPv6 hop limit, below zero when not known.
    """

    index: Integers
    received_at: Integers
    tos: Integers
    ttl: Integers


class StreamRecorder:
    """Takes the packets of one stream one at a time, in any mixture of sending and receiving.

    Args:
        jitter_buffer: depth of the fixed de-jitter buffer in seconds.
        clock_offset: receiver's clock minus sender's in nanoseconds; None when unknown.
    """

    def __init__(self, *, jitter_buffer: float, clock_offset: int | None = 0) -> None:
        self._jitter_buffer = jitter_buffer
        self._clock_offset = clock_offset
        self._departures: list[tuple[int, int]] = []
        self._arrivals: list[tuple[int, int, int, int]] = []

    def sent(self, index: int, sent_at: int) -> None:
        """Note a packet that was really sent; once for each index."""
        self._departures.append((index, sent_at))

    def received(self, index: int, received_at: int, *, tos: int = -1, ttl: int = -1) -> None:
        """Note a copy of a packet; call in arrival order."""
        self._arrivals.append((index, received_at, tos, ttl))

    def summary(self) -> StreamSummary:
        """The stream so far; see `summarise`."""
        index, sent_at = np.array(self._departures, dtype=np.int64).reshape(-1, 2).T
        arrived, received_at, tos, ttl = np.array(self._arrivals, dtype=np.int64).reshape(-1, 4).T
        return summarise(
            Departures(index=index, sent_at=sent_at),
            Arrivals(index=arrived, received_at=received_at, tos=tos, ttl=ttl),
            jitter_buffer=self._jitter_buffer,
            clock_offset=self._clock_offset,
        )


def summarise(
    departures: Departures,
    arrivals: Arrivals,
    *,
    jitter_buffer: float,
    clock_offset: int | None,
    clock_skew: float = 0.0,
    offset_at: int | None = None,
) -> StreamSummary:
    """Fold a whole stream into its summary.

    An arrival whose index was never sent is not of this stream and is left out.

    Args:
        departures: what was sent, in any order.
        arrivals: what was received, in arrival order.
        jitter_buffer: depth of the fixed de-jitter buffer in seconds.
        clock_offset: receiver's clock minus sender's in nanoseconds; None when unknown, which costs the
            one-way delays and nothing else.
        clock_skew: seconds that the receiver's clock gains in a second; taken out of every delay.
        offset_at: when `clock_offset` holds, in nanoseconds since the epoch by the sender's clock; None
            takes no skew out.

    Raises:
        ValueError: an index was sent twice or is negative.
    """
    stamps, sent = _by_index(departures)
    arrivals = _of_stream(arrivals, stamps, has_holes=len(sent) < len(stamps))
    first = first_copies(arrivals.index)
    sent_at = stamps[arrivals.index]
    delays = delays_without_skew(sent_at, arrivals.received_at, clock_skew=clock_skew, offset_at=offset_at)
    is_timed = _are_timed(departures, len(stamps))[arrivals.index]
    if not is_timed.any():
        is_timed = ~is_timed
    timed = first[is_timed[first]]
    sure = delays[timed]
    pdv = delay_variation(sure)
    late = timed[are_late(pdv, jitter_buffer)]
    fields: Fields = {}
    if len(timed):
        fields |= digest_delays(sure, pdv, clock_offset=clock_offset)
        fields |= digest_level(sure, sent_at[timed], began_at=int(stamps[sent[0]]))
        fields |= digest_marks(arrivals.tos[first], arrivals.ttl[first])
    outcomes = _outcomes(len(stamps), received=arrivals.index[first], late=arrivals.index[late])[sent]
    return StreamSummary(
        **_count(len(sent), len(first), len(late)),
        packets_duplicated=len(delays) - len(first),
        packets_reordered=count_reordered(arrivals.index[np.sort(first)]),
        packets_untimed=len(first) - len(timed),
        jitter=interarrival_jitter(delays[is_timed]),
        **digest_losses(outcomes, packet_interval=_packet_interval(sent, stamps[sent])),
        **fields,
    )


def delays_without_skew(
    sent_at: Integers, received_at: Integers, *, clock_skew: float, offset_at: int | None
) -> Integers:
    """Arrival minus send stamp in nanoseconds, as clocks of equal speed show it; see `summarise`."""
    delays: Integers = received_at - sent_at
    if offset_at is not None and clock_skew:
        delays -= np.rint(clock_skew * (sent_at - offset_at)).astype(np.int64)
    return delays


def _by_index(departures: Departures) -> tuple[Integers, Integers]:
    """The send stamp of each index, `_NEVER_SENT` where there is none, and the indexes that were sent."""
    index = departures.index
    if not len(index) or (index[0] == 0 and index[-1] == len(index) - 1 and (index[1:] > index[:-1]).all()):
        return departures.sent_at, index
    if index.min() < 0:
        raise ValueError("a packet was sent with a negative index")
    stamps = np.full(int(index.max()) + 1, _NEVER_SENT, dtype=np.int64)
    stamps[index] = departures.sent_at
    sent = np.flatnonzero(stamps != _NEVER_SENT)
    if len(sent) != len(index):
        raise ValueError("an index was sent more than once")
    return stamps, sent


def _of_stream(arrivals: Arrivals, stamps: Integers, *, has_holes: bool) -> Arrivals:
    """The arrivals whose packet was sent; without holes all indexes up to the last were."""
    ours = (arrivals.index >= 0) & (arrivals.index < len(stamps))
    if has_holes:
        ours[ours] = stamps[arrivals.index[ours]] != _NEVER_SENT
    if ours.all():
        return arrivals
    return Arrivals(
        index=arrivals.index[ours],
        received_at=arrivals.received_at[ours],
        tos=arrivals.tos[ours],
        ttl=arrivals.ttl[ours],
    )


def _are_timed(departures: Departures, indexes: int) -> Outcomes:
    """Which of the stream's indexes have a send stamp to rely on."""
    timed = np.ones(indexes, dtype=bool)
    if departures.took is not None:
        timed[departures.index[departures.took > SEND_TOLERANCE]] = False
    return timed


def _packet_interval(sent: Integers, stamps: Integers) -> float | None:
    """The mean time from one packet to the next in seconds, given their indexes and stamps."""
    # A clock that was set back while sending tells no interval.
    if len(sent) < 2 or stamps[-1] <= stamps[0]:
        return None
    return to_seconds(int(stamps[-1] - stamps[0]) / int(sent[-1] - sent[0]))


def _outcomes(indexes: int, *, received: Integers, late: Integers) -> Outcomes:
    """Which of the stream's indexes could be played."""
    playable = np.zeros(indexes, dtype=bool)
    playable[received] = True
    playable[late] = False
    return playable


def _count(sent: int, received: int, discarded: int) -> Fields:
    """What became of the packets; the ratios are of those sent."""
    return {
        "packets_sent": sent,
        "packets_received": received,
        "packets_lost": sent - received,
        "packets_discarded": discarded,
        "loss_ratio": (sent - received) / sent if sent else None,
        "discard_ratio": discarded / sent if sent else None,
    }
