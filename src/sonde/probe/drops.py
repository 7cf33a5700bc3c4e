"""Which packets of a stream the target's own socket dropped, so that they are not taken for lost on the way.

The kernel tells how many datagrams a socket's queue refused before each one that it took. The neighbours of
such a window are known, and with them what was sent between the two and never arrived, packets and clock
questions: when as many are missing as were dropped, the answer is exact. When more are missing, the network
lost some as
well: then the packets get their share of the drops, and of them the last ones, because a queue that has
overflowed stays full until it is read.
"""

import numpy as np

from sonde.probe.record import ArrivalRecord, DropWindow
from sonde.rtp.units import Integers

_NEVER = np.iinfo(np.int64).max


def find_dropped(record: ArrivalRecord, sent: Integers, asked: Integers) -> Integers:
    """Indexes of the packets that reached the target and were dropped by its queue, in order.

    Args:
        record: what the target saw.
        sent: send stamps by index, 0 for a packet that was not sent.
        asked: send stamps of the clock questions by number.
    """
    if not record.drop_windows:
        return np.empty(0, dtype=np.int64)
    arrived = np.frombuffer(record.indexes, dtype="<u2").astype(np.int64)
    arrived = arrived[arrived < len(sent)]
    is_missing = sent != 0
    is_missing[arrived] = False
    dropped: list[int] = []
    for window in record.drop_windows:
        begin, end = _bounds(window, sent[arrived], asked)
        packets = np.flatnonzero(is_missing & (sent > begin) & (sent < end))
        questions = int(np.count_nonzero((asked > begin) & (asked < end)))
        here = packets[len(packets) - _share(window.dropped, len(packets), questions) :]
        is_missing[here] = False
        dropped.extend(here.tolist())
    return np.array(sorted(dropped), dtype=np.int64)


def _bounds(window: DropWindow, arrived: Integers, asked: Integers) -> tuple[int, int]:
    """When the last datagram that got in before the window was sent, and the first that got in after it.

    Args:
        window: which.
        arrived: send stamps of the packets of the record, in arrival order.
        asked: send stamps of the clock questions.
    """
    before = np.append(arrived[: window.after], _stamp(asked, window.last_sync))
    begin = int(before.max(initial=0))
    after = np.append(arrived[window.after :], _stamp(asked, window.next_sync))
    return begin, int(after[after > begin].min(initial=_NEVER))


def _stamp(asked: Integers, number: int) -> Integers:
    return asked[number : number + 1] if number >= 0 else asked[:0]


def _share(dropped: int, packets: int, questions: int) -> int:
    """How many of the missing packets were dropped."""
    if dropped >= packets + questions:
        return packets
    return round(dropped * packets / (packets + questions))
