"""How many packets of a stream came, told from sequence numbers alone, one packet at a time.

For streams that somebody else sent: nothing is known of them but what arrived. Memory does not grow with
the stream: a packet more than `MAX_MISORDER` behind is a jump, so no more than that many need remembering.
"""

from typing import Final, NamedTuple

import msgspec

from sonde.rtp.sequence import MAX_MISORDER, SequenceUnwrapper

_REMEMBERED: Final = (1 << MAX_MISORDER) - 1


class Sighting(NamedTuple):
    """What one arrival turned out to be.

    Attributes:
        extended: its sequence number without wraps; None for a jump that waits for the next packet.
        is_first: whether it is the first copy of its packet.
        is_reordered: whether it is a first copy that came after one sent later (RFC 4737 section 3.3).
        restarted: whether it confirms that the sender began anew; then the arrival that waited was the
            packet before it, `extended - 1`, and counts from now on.
    """

    extended: int | None
    is_first: bool = False
    is_reordered: bool = False
    restarted: bool = False


class ReceptionCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Packets of a stream since it was first seen, over all restarts of its sender.

    Attributes:
        expected: from the lowest to the highest sequence number of each start, added up.
        received: arrivals, further copies included.
        unique: packets of which at least one copy arrived.
        duplicated: further copies, `received - unique`.
        reordered: first copies that came after a packet sent later (RFC 4737 section 3.3).
        restarts: how often the sender began anew far from where it was.
        strays: arrivals far from the others that nothing confirmed; they count nowhere else.
    """

    expected: int = 0
    received: int = 0
    unique: int = 0
    duplicated: int = 0
    reordered: int = 0
    restarts: int = 0
    strays: int = 0

    @property
    def lost(self) -> int:
        """Packets of which no copy arrived; never below zero."""
        return self.expected - self.unique

    @property
    def lost_rfc3550(self) -> int:
        """Expected less received, as receiver reports have it (RFC 3550 section A.3).

        Duplicates hide losses in it and can make it negative.
        """
        return self.expected - self.received


class ReceptionCounter:
    """Counts the arrivals of one stream in arrival order."""

    def __init__(self) -> None:
        self._unwrapper = SequenceUnwrapper()
        self._lowest = 0
        self._highest = -1
        # Bit n says whether the packet n before the highest has arrived.
        self._seen = 0
        self._expected_before = 0
        self._received = 0
        self._unique = 0
        self._reordered = 0
        self._jumps = 0

    def take(self, sequence_number: int) -> Sighting:
        """Count one arrival.

        Args:
            sequence_number: 0 to 65535.
        """
        restarts = self._unwrapper.restarts
        extended = self._unwrapper.unwrap(sequence_number)
        if extended is None:
            self._jumps += 1
            return Sighting(extended=None)
        restarted = self._unwrapper.restarts > restarts
        if restarted or not self._received:
            self._begin(extended - restarted)
        behind = self._highest - extended
        is_first = self._note(extended)
        self._received += 1
        return Sighting(extended, is_first, is_first and behind > 0, restarted)

    def _begin(self, lowest: int) -> None:
        """Start a span of numbers; after a restart with the packet that waited for its confirmation."""
        if self._received:
            self._expected_before += self._span
            self._jumps -= 1
            self._received += 1
            self._unique += 1
            self._seen = 1
            self._highest = lowest
        else:
            self._highest = lowest - 1
        self._lowest = lowest

    def _note(self, extended: int) -> bool:
        """Remember a packet; whether it is new."""
        ahead = extended - self._highest
        if ahead > 0:
            self._seen = (self._seen << ahead | 1) & _REMEMBERED
            self._highest = extended
            self._unique += 1
            return True
        bit = 1 << -ahead
        if self._seen & bit:
            return False
        self._seen |= bit
        self._lowest = min(self._lowest, extended)
        self._unique += 1
        self._reordered += 1
        return True

    @property
    def _span(self) -> int:
        """Packets from the lowest to the highest number since the last start."""
        return self._highest - self._lowest + 1

    def counts(self) -> ReceptionCounts:
        """What has been counted so far."""
        return ReceptionCounts(
            expected=self._expected_before + self._span,
            received=self._received,
            unique=self._unique,
            duplicated=self._received - self._unique,
            reordered=self._reordered,
            restarts=self._unwrapper.restarts,
            strays=self._jumps,
        )
