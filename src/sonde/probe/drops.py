"""Which packets of a stream the target's own socket dropped, so that they are not taken for lost on the way.

The kernel tells how many datagrams a socket's queue refused before each one that it took. What is missing
between the two neighbours of such a window, packets and clock questions, is known by number: when as many are
missing as were dropped, the answer is exact. When more are missing, the network lost some as well: then the
packets get their share of the drops, and of them the last ones, because a queue that has overflowed
stays full until it is read.
"""

import numpy as np
import numpy.typing as npt

from sonde.probe.record import ArrivalRecord, DropWindow
from sonde.rtp.units import Integers


def find_dropped(record: ArrivalRecord, sent: Integers, syncs: int) -> Integers:
    """Indexes of the packets that reached the target and were dropped by its queue, in order.

    Args:
        record: what the target saw.
        sent: send stamps by index, 0 for a packet that was not sent.
        syncs: clock questions sent.
    """
    if not record.drop_windows:
        return np.empty(0, dtype=np.int64)
    arrived = np.frombuffer(record.indexes, dtype="<u2").astype(np.int64)
    is_missing = sent != 0
    is_missing[arrived[arrived < len(sent)]] = False
    dropped: list[int] = []
    for window in record.drop_windows:
        packets = _missing_in(window, arrived, is_missing)
        last = window.next_sync if window.next_sync >= 0 else syncs
        questions = max(0, last - window.last_sync - 1)
        here = packets[len(packets) - _share(window.dropped, len(packets), questions) :]
        is_missing[here] = False
        dropped.extend(here.tolist())
    return np.array(sorted(dropped), dtype=np.int64)


def _missing_in(window: DropWindow, arrived: Integers, is_missing: npt.NDArray[np.bool_]) -> Integers:
    """Packets sent after the last that arrived before the window and before the first that arrived after it."""
    before, after = arrived[: window.after], arrived[window.after :]
    first = int(before.max()) + 1 if len(before) else 0
    later = after[after >= first]
    end = int(later[0]) if len(later) else len(is_missing)
    return first + np.flatnonzero(is_missing[first:end])


def _share(dropped: int, packets: int, questions: int) -> int:
    """How many of the missing packets were dropped."""
    if dropped >= packets + questions:
        return packets
    return round(dropped * packets / (packets + questions))
