"""What two ends say to each other: packets that have no name of their own get one here."""

from sonde.impair.plan import Direction

_STREAMS_MAX = 64
"""Streams of one flow whose beginning is remembered; one that says more says them anew."""


class Conversation:
    """One flow.

    Attributes:
        number: counts flows from 0, never used again.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self._control_packets = dict.fromkeys(Direction, 0)
        self._streams: dict[tuple[Direction, int], tuple[int, int]] = {}

    def count_control(self, direction: Direction) -> int:
        """How many packets without a name of their own went this way before this one."""
        count = self._control_packets[direction]
        self._control_packets[direction] = count + 1
        return count

    def place(self, direction: Direction, ssrc: int, sequence: int) -> int:
        """Where in its stream an RTP packet belongs, see `plan.PacketName`."""
        stream = (direction, ssrc)
        if stream not in self._streams and len(self._streams) >= _STREAMS_MAX:
            del self._streams[next(iter(self._streams))]
        first, highest = self._streams.get(stream, (sequence, sequence))
        # The nearest number to the highest one that ends in these 16 bits.
        extended = highest + (sequence - highest + 0x8000) % 0x10000 - 0x8000
        self._streams[stream] = first, max(highest, extended)
        return extended - first
