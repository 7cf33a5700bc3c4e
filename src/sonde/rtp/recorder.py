"""What became of a stream we sent ourselves: the real send and arrival stamps in, one summary out.

Both ends know every packet by its index, so nothing is inferred from RTP headers: a packet is lost when
none of its copies arrived, and its delay runs from its real send stamp, not from nominal media time,
which would turn every stall of a busy sender into network delay.
"""

from typing import Annotated, Final, TypeAlias

import msgspec
import numpy as np

from sonde.rtp.buffer import count_discards
from sonde.rtp.delay import PdvHistogram, delay_variation, histogram, spread
from sonde.rtp.jitter import interarrival_jitter, mean_delay_change
from sonde.rtp.sequence import count_reordered, first_copies
from sonde.rtp.units import Integers, to_seconds

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=0xFFFF_FFFF)]
Ratio: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=1)]
Duration: TypeAlias = Annotated[float, msgspec.Meta(ge=0)]
CodePoint: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=63)]
HopLimit: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=255)]

_NEVER_SENT: Final = np.iinfo(np.int64).min


class StreamSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to one stream. Durations in seconds; None where nothing could be measured.

    Delays, delay variation, discards, code points and TTLs are those of first copies.

    Attributes:
        packets_sent: packets the sender's kernel accepted.
        packets_received: packets of which at least one copy arrived.
        packets_lost: packets of which no copy arrived; duplicates do not hide losses.
        packets_duplicated: further copies of packets that had already arrived.
        packets_reordered: packets that came after one sent later (RFC 4737 section 3.3).
        packets_discarded: packets that arrived too late for the de-jitter buffer.
        loss_ratio, discard_ratio: of the packets sent; None when none was.
        one_way_delay_min, one_way_delay_mean, one_way_delay_p50, one_way_delay_p95, one_way_delay_p99,
        one_way_delay_max: arrival minus send stamp minus clock offset (RFC 7679), below zero when the
            offset is that wrong; None when nothing arrived or the offset is unknown.
        pdv_mean, pdv_p50, pdv_p95, pdv_p99, pdv_p999, pdv_max: delay above the stream's smallest
            (RFC 5481 section 4.2); percentiles by nearest rank. None when nothing arrived.
        ipdv_abs_mean: mean absolute change of delay between neighbours in the stream (RFC 5481
            section 4.1); None when no two neighbours arrived.
        jitter: RFC 3550 section 6.4.1, after the last arrival; None for fewer than two arrivals.
        dscp_received: the most frequent code point, the lower one of equals; None when not known.
        dscp_counts: packets by code point received.
        ttl_min, ttl_max: IPv4 TTL or IPv6 hop limit on arrival; None when not known.
        pdv_histogram: None when nothing arrived.
        burst_ratio: mean length of the runs of packets lost or discarded over the mean length that chance
            would make (G.107 section 7.5), raw; None when nothing was lost or discarded, or when unknown.
        loss_runs: runs of consecutive packets lost or discarded.
    """

    packets_sent: Count
    packets_received: Count
    packets_lost: Count
    packets_duplicated: Count
    packets_reordered: Count
    packets_discarded: Count
    loss_ratio: Ratio | None = None
    discard_ratio: Ratio | None = None
    one_way_delay_min: float | None = None
    one_way_delay_mean: float | None = None
    one_way_delay_p50: float | None = None
    one_way_delay_p95: float | None = None
    one_way_delay_p99: float | None = None
    one_way_delay_max: float | None = None
    pdv_mean: Duration | None = None
    pdv_p50: Duration | None = None
    pdv_p95: Duration | None = None
    pdv_p99: Duration | None = None
    pdv_p999: Duration | None = None
    pdv_max: Duration | None = None
    ipdv_abs_mean: Duration | None = None
    jitter: Duration | None = None
    dscp_received: CodePoint | None = None
    dscp_counts: dict[CodePoint, Count] = {}
    ttl_min: HopLimit | None = None
    ttl_max: HopLimit | None = None
    pdv_histogram: PdvHistogram | None = None
    burst_ratio: float | None = None
    loss_runs: Count = 0


class Departures(msgspec.Struct, frozen=True, kw_only=True):
    """The packets a sender really sent, one entry each.

    Attributes:
        index: place of the packet in the stream, 0 for the first.
        sent_at: nanoseconds since the epoch by the sender's clock, right before it was sent.
    """

    index: Integers
    sent_at: Integers


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
    departures: Departures, arrivals: Arrivals, *, jitter_buffer: float, clock_offset: int | None
) -> StreamSummary:
    """Fold a whole stream into its summary.

    An arrival whose index was never sent is not of this stream and is left out.

    Args:
        departures: what was sent, in any order.
        arrivals: what was received, in arrival order.
        jitter_buffer: depth of the fixed de-jitter buffer in seconds.
        clock_offset: receiver's clock minus sender's in nanoseconds; None when unknown, which costs the
            one-way delays and nothing else.

    Raises:
        ValueError: an index was sent twice or is negative.
    """
    sent_at = _stamps_by_index(departures)
    arrivals = _of_stream(arrivals, sent_at)
    packets_sent = len(departures.index)
    if not len(arrivals.index):
        return _nothing_arrived(packets_sent)
    delays = arrivals.received_at - sent_at[arrivals.index]
    return _describe(packets_sent, arrivals, delays, jitter_buffer=jitter_buffer, clock_offset=clock_offset)


def _stamps_by_index(departures: Departures) -> Integers:
    """The send stamp of each index of the stream, `_NEVER_SENT` where there is none."""
    if not len(departures.index):
        return departures.sent_at
    if departures.index.min() < 0:
        raise ValueError("a packet was sent with a negative index")
    stamps = np.full(int(departures.index.max()) + 1, _NEVER_SENT, dtype=np.int64)
    stamps[departures.index] = departures.sent_at
    if np.count_nonzero(stamps != _NEVER_SENT) != len(departures.index):
        raise ValueError("an index was sent more than once")
    return stamps


def _of_stream(arrivals: Arrivals, sent_at: Integers) -> Arrivals:
    """The arrivals whose packet was sent."""
    ours = (arrivals.index >= 0) & (arrivals.index < len(sent_at))
    ours[ours] = sent_at[arrivals.index[ours]] != _NEVER_SENT
    if ours.all():
        return arrivals
    return Arrivals(
        index=arrivals.index[ours],
        received_at=arrivals.received_at[ours],
        tos=arrivals.tos[ours],
        ttl=arrivals.ttl[ours],
    )


def _nothing_arrived(packets_sent: int) -> StreamSummary:
    """A stream that never reached the receiver, or was never sent."""
    return StreamSummary(
        packets_sent=packets_sent,
        packets_received=0,
        packets_lost=packets_sent,
        packets_duplicated=0,
        packets_reordered=0,
        packets_discarded=0,
        loss_ratio=1.0 if packets_sent else None,
        discard_ratio=0.0 if packets_sent else None,
    )


def _describe(
    packets_sent: int,
    arrivals: Arrivals,
    delays: Integers,
    *,
    jitter_buffer: float,
    clock_offset: int | None,
) -> StreamSummary:
    """Fold at least one arrival, with the delay of each still containing the clock offset."""
    first = first_copies(arrivals.index)
    pdv = delay_variation(delays[first])
    variation = spread(pdv)
    least = None if clock_offset is None else int(delays[first].min()) - clock_offset
    lost, discarded = packets_sent - len(first), count_discards(pdv, jitter_buffer)
    dscp_counts = _count_code_points(arrivals.tos[first])
    ttl_min, ttl_max = _extremes(arrivals.ttl[first])
    return StreamSummary(
        packets_sent=packets_sent,
        packets_received=len(first),
        packets_lost=lost,
        packets_duplicated=len(delays) - len(first),
        packets_reordered=count_reordered(arrivals.index[np.sort(first)]),
        packets_discarded=discarded,
        loss_ratio=lost / packets_sent,
        discard_ratio=discarded / packets_sent,
        one_way_delay_min=_delay_above(least, 0),
        one_way_delay_mean=_delay_above(least, variation.mean),
        one_way_delay_p50=_delay_above(least, variation.p50),
        one_way_delay_p95=_delay_above(least, variation.p95),
        one_way_delay_p99=_delay_above(least, variation.p99),
        one_way_delay_max=_delay_above(least, variation.maximum),
        pdv_mean=to_seconds(variation.mean),
        pdv_p50=to_seconds(variation.p50),
        pdv_p95=to_seconds(variation.p95),
        pdv_p99=to_seconds(variation.p99),
        pdv_p999=to_seconds(variation.p999),
        pdv_max=to_seconds(variation.maximum),
        ipdv_abs_mean=mean_delay_change(arrivals.index[first], pdv),
        jitter=interarrival_jitter(delays),
        dscp_received=max(dscp_counts, key=dscp_counts.__getitem__, default=None),
        dscp_counts=dscp_counts,
        ttl_min=ttl_min,
        ttl_max=ttl_max,
        pdv_histogram=histogram(pdv),
    )


def _delay_above(least: int | None, variation: float) -> float | None:
    """A one-way delay from the stream's least delay, when that is known, and the PDV above it."""
    return None if least is None else to_seconds(least + variation)


def _count_code_points(tos: Integers) -> dict[int, int]:
    """Packets by DiffServ code point, the upper six bits of the byte (RFC 2474), lowest first."""
    packets = np.bincount(tos[tos >= 0] >> 2)
    seen = np.flatnonzero(packets)
    return dict(zip(seen.tolist(), packets[seen].tolist(), strict=True))


def _extremes(ttl: Integers) -> tuple[int | None, int | None]:
    """Smallest and largest TTL that is known."""
    known = ttl[ttl >= 0]
    return (int(known.min()), int(known.max())) if len(known) else (None, None)
