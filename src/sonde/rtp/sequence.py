"""Order of packets: 16-bit sequence numbers made endless, first copies, reordering."""

import numpy as np

from sonde.rtp.units import Integers

SEQUENCE_MODULUS = 1 << 16

MAX_DROPOUT = 3000
"""A forward step below this is believed at once (RFC 3550 section A.1)."""

MAX_MISORDER = 100
"""A backward step below this is reordering (RFC 3550 section A.1)."""


class SequenceUnwrapper:
    """Turns the 16-bit sequence numbers of one stream into numbers that do not wrap.

    Follows RFC 3550 section A.1, except that the first packet is believed without probation: whoever
    reads a capture already knows that it is a stream.
    """

    def __init__(self) -> None:
        self._highest: int | None = None
        self._expected_after_jump: int | None = None
        self._restarts = 0

    @property
    def restarts(self) -> int:
        """How often the sender began anew far from where it was."""
        return self._restarts

    def unwrap(self, sequence_number: int) -> int | None:
        """The extended number, equal to `sequence_number` modulo 65536.

        Below zero when a packet from before the first one arrives late. After a restart numbers go
        on in an unused cycle, so they never repeat.

        Args:
            sequence_number: 0 to 65535, in arrival order.

        Returns:
            None for a jump that is believed only when the next packet confirms it.
        """
        if self._highest is None:
            self._highest = sequence_number
            return sequence_number
        step = (sequence_number - self._highest) % SEQUENCE_MODULUS
        if step < MAX_DROPOUT:
            self._highest += step
            return self._highest
        if step <= SEQUENCE_MODULUS - MAX_MISORDER:
            return self._jump(self._highest, sequence_number)
        return self._highest + step - SEQUENCE_MODULUS

    def _jump(self, highest: int, sequence_number: int) -> int | None:
        """Restart when the packet after the last jump comes; take note of any other jump."""
        if sequence_number != self._expected_after_jump:
            self._expected_after_jump = (sequence_number + 1) % SEQUENCE_MODULUS
            return None
        self._restarts += 1
        self._expected_after_jump = None
        self._highest = (highest // SEQUENCE_MODULUS + 1) * SEQUENCE_MODULUS + sequence_number
        return self._highest


def first_copies(indexes: Integers) -> Integers:
    """Which arrivals were the first of their packet: their positions, in the order of the stream.

    Args:
        indexes: place in the stream of each arrival, not negative, in arrival order.
    """
    if (indexes[1:] > indexes[:-1]).all():
        return np.arange(len(indexes))
    first = np.full(int(indexes.max()) + 1, len(indexes), dtype=np.int64)
    # The last write to a repeated index wins, so writing backwards leaves the first arrival.
    first[indexes[::-1]] = np.arange(len(indexes))[::-1]
    return first[first < len(indexes)]


def count_reordered(indexes: Integers) -> int:
    """Packets that came after one sent later (RFC 4737 section 3.3).

    Args:
        indexes: place in the stream of each first copy, in arrival order.
    """
    return int(np.count_nonzero(indexes < np.maximum.accumulate(indexes)))
