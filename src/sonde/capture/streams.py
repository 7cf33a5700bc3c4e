"""The streams of a capture: datagrams sorted by flow and SSRC, belief in those that behave like RTP.

However many packets, flows and streams a file has, what is kept is bounded: candidates that never become a
stream are forgotten, streams beyond the limit are counted and left out, and so are packets that wait.
"""

from typing import Final, NamedTuple

import numpy as np

from sonde.capture.captured_stream import (
    PACKET,
    CapturedStream,
    Circumstances,
    Rows,
    StreamKey,
    join,
    looks_like_rtp,
)
from sonde.capture.datagrams import Lookalikes
from sonde.rtp.units import Integers

MOST_STREAMS: Final = 4096
MOST_CANDIDATES: Final = 16384
"""Flows that are not streams yet; when there are more, all but the newest half of as many are forgotten."""

_TRIAL: Final = 16
"""Packets after which a candidate is believed or not."""

_MOST_WAITING: Final = 1 << 20
"""Packets of all streams together that may wait for being folded."""

_MOST_VALUES: Final = 1 << 22
"""Distinct delays of all streams together that are kept, 16 bytes each."""


class _Candidate:
    """A flow with packets that may be RTP."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.packets = 0
        self.refused = False

    def add(self, rows: Rows) -> None:
        self.packets += len(rows)
        if not self.refused:
            self.chunks.append(rows.tobytes())


class LeftOut(NamedTuple):
    """What was met and not analysed.

    Attributes:
        streams: streams beyond the limit.
        candidates: flows that were forgotten before they could become streams.
    """

    streams: int
    candidates: int


class StreamTable:
    """All streams of one capture.

    Args:
        circumstances: what every stream is judged with.
    """

    def __init__(self, circumstances: Circumstances) -> None:
        self._circumstances = circumstances
        self._streams: dict[StreamKey, CapturedStream] = {}
        self._candidates: dict[StreamKey, _Candidate] = {}
        self._left_out: dict[StreamKey, None] = {}
        self._forgotten = 0

    def add(self, packets: Lookalikes) -> None:
        """Sort the packets of a chunk to their streams."""
        if not len(packets.ssrc):
            return
        order, starts = _sort(packets)
        rows = _pack(packets, order)
        ends = [*starts[1:], len(order)]
        wait = self._patience()
        for start, end in zip(starts, ends, strict=True):
            first = int(order[start])
            ends_and_ssrc = *packets.addresses[first], packets.ports[first], packets.ssrc[first]
            key = StreamKey._make(map(int, ends_and_ssrc))
            self._route(key, rows[start:end], wait)
        self._stay_bounded()

    def _patience(self) -> int:
        """Packets that a stream may let wait before they are folded together."""
        return max(64, _MOST_WAITING // max(1, len(self._streams)))

    def _route(self, key: StreamKey, rows: Rows, wait: int) -> None:
        stream = self._streams.get(key)
        if stream is None:
            self._try(key, rows)
            return
        stream.add(rows)
        if stream.waiting >= min(wait, stream.wanted):
            stream.fold()

    def _try(self, key: StreamKey, rows: Rows) -> None:
        """Make a candidate of it, and a stream of the candidate once it has proved to be one."""
        candidate = self._candidates.setdefault(key, _Candidate())
        candidate.add(rows)
        if candidate.packets >= _TRIAL and not candidate.refused:
            self._judge(key, candidate)

    def _judge(self, key: StreamKey, candidate: _Candidate) -> None:
        rows = join(candidate.chunks)
        candidate.chunks = []
        if not looks_like_rtp(rows):
            candidate.refused = True
            return
        del self._candidates[key]
        if len(self._streams) >= MOST_STREAMS:
            if len(self._left_out) < MOST_CANDIDATES:
                self._left_out[key] = None
            return
        stream = CapturedStream(key, self._circumstances)
        stream.add(rows)
        self._streams[key] = stream

    def _stay_bounded(self) -> None:
        """Forget the oldest candidates, and round delays where there are too many different ones."""
        if len(self._candidates) > MOST_CANDIDATES:
            for key in list(self._candidates)[: -(MOST_CANDIDATES // 2)]:
                self._forgotten += not self._candidates.pop(key).refused
        tallies = [tally for stream in self._streams.values() for tally in stream.tallies]
        excess = sum(len(tally) for tally in tallies) - _MOST_VALUES
        for tally in sorted(tallies, key=len, reverse=True) if excess > 0 else []:
            before = len(tally)
            tally.coarsen()
            excess -= before - len(tally)
            if excess <= 0:
                break

    def conclude(self) -> tuple[list[CapturedStream], LeftOut]:
        """The streams in the order they began, and what was left out."""
        for key, candidate in list(self._candidates.items()):
            if candidate.chunks:
                self._judge(key, candidate)
        streams = sorted(self._streams.values(), key=lambda stream: stream.first_arrival)
        return streams, LeftOut(len(self._left_out), self._forgotten)


def _sort(packets: Lookalikes) -> tuple[Integers, list[int]]:
    """An order in which the packets of each stream stand together as they came, and where streams begin."""
    columns = [packets.ssrc, packets.ports, *packets.addresses.T]
    columns = [column for column in columns if column.min() != column.max()]
    if not columns:
        return np.arange(len(packets.ssrc)), [0]
    order = np.lexsort(columns)
    changes = np.zeros(len(order) - 1, dtype=bool)
    for column in columns:
        changes |= np.diff(column[order]) != 0
    return order, [0, *(np.flatnonzero(changes) + 1).tolist()]


def _pack(packets: Lookalikes, order: Integers) -> Rows:
    """What is kept of each packet, in that order."""
    rows: Rows = np.empty(len(order), dtype=PACKET)
    for name in PACKET.names or ():
        rows[name] = getattr(packets, name)[order]
    return rows
