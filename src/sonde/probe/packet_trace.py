"""From the stamps of both ends to what happened to each packet, for whoever wants to look closer."""

from typing import Final

import msgspec
import numpy as np

from sonde.model.packets import PacketFlag, PacketTable, PacketTrace, pack_packets
from sonde.model.rounds import RoundReport
from sonde.rtp.recorder import Arrivals, Departures, delays_without_skew
from sonde.rtp.sequence import first_copies
from sonde.rtp.units import Integers, to_nanoseconds

_NOWHERE: Final = -1
_decode_report = msgspec.msgpack.Decoder(RoundReport).decode


def trace_packets(
    departures: Departures,
    arrivals: Arrivals,
    *,
    jitter_buffer: float,
    clock_offset: int | None,
    clock_skew: float = 0.0,
    offset_at: int | None = None,
) -> PacketTrace | None:
    """What happened to each packet, by the same rules as in the summary of the stream.

    Args:
        departures: what was sent, by index.
        arrivals: what was received, in arrival order; of packets that were not sent nothing is said.
        jitter_buffer: depth of the fixed de-jitter buffer in seconds.
        clock_offset: target's clock minus source's in nanoseconds; None when unknown.
        clock_skew: seconds that the target's clock gains in a second.
        offset_at: when the offset held, in nanoseconds since the epoch by the source's clock; None takes no
            skew out.

    Returns:
        None when nothing was sent.
    """
    if not len(departures.index):
        return None
    place = np.full(int(departures.index.max()) + 1, _NOWHERE)
    place[departures.index] = np.arange(len(departures.index))
    arrived = _of_stream(arrivals, place)
    sent_at = departures.sent_at[place[arrived.index]]
    delay = delays_without_skew(sent_at, arrived.received_at, clock_skew=clock_skew, offset_at=offset_at)
    flags = _flags(arrived.index, delay, jitter_buffer)
    lost = np.setdiff1d(departures.index, arrived.index)
    index = np.concatenate((arrived.index, lost))
    order = np.argsort(index, kind="stable")

    def ordered(values: Integers, *, if_lost: int) -> Integers:
        return np.concatenate((values, np.full(len(lost), if_lost)))[order]

    table = PacketTable(
        is_one_way=clock_offset is not None,
        index=index[order],
        sent=departures.sent_at[place[index[order]]] - departures.sent_at[0],
        delay=ordered(delay - _zero(delay, clock_offset), if_lost=0),
        tos=ordered(arrived.tos, if_lost=-1),
        ttl=ordered(arrived.ttl, if_lost=-1),
        flags=ordered(flags, if_lost=PacketFlag.LOST),
    )
    return pack_packets(table)


def without_packets(body: bytes) -> bytes:
    """A report as it lies in the outbox, without its packets; what is no report stays as it is."""
    try:
        report = _decode_report(body)
    except (msgspec.MsgspecError, ValueError):
        return body
    return msgspec.msgpack.encode(msgspec.structs.replace(report, packets=None))


def _of_stream(arrivals: Arrivals, place: Integers) -> Arrivals:
    ours = (arrivals.index >= 0) & (arrivals.index < len(place))
    ours[ours] = place[arrivals.index[ours]] != _NOWHERE
    return Arrivals(
        index=arrivals.index[ours],
        received_at=arrivals.received_at[ours],
        tos=arrivals.tos[ours],
        ttl=arrivals.ttl[ours],
    )


def _zero(delay: Integers, clock_offset: int | None) -> int:
    """What a difference of stamps must be lessened by."""
    if clock_offset is not None:
        return clock_offset
    return int(delay.min()) if len(delay) else 0


def _flags(index: Integers, delay: Integers, jitter_buffer: float) -> Integers:
    """The flags of each arrival."""
    flags = np.full(len(index), int(PacketFlag.DUPLICATE))
    if not len(index):
        return flags
    first = np.sort(first_copies(index))
    pdv = delay[first] - delay[first].min()
    is_reordered = index[first] < np.maximum.accumulate(index[first])
    is_discarded = pdv > to_nanoseconds(jitter_buffer)
    flags[first] = PacketFlag.REORDERED * is_reordered + PacketFlag.DISCARDED * is_discarded
    return flags
