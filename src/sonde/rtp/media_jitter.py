"""RFC 3550 jitter of a stream that somebody else sent, by its RTP timestamps, one packet at a time.

What the sender's media clock says stands in the place of real send stamps, so a sender that does not keep
its own rhythm shows as jitter here. Streams of our own have real stamps: see `sonde.rtp.jitter`.
"""

from typing import Final

from sonde.rtp.jitter import JITTER_GAIN
from sonde.rtp.units import NANOSECONDS_PER_SECOND

TIMESTAMP_MODULUS: Final = 1 << 32


def timestamp_difference(later: int, earlier: int) -> int:
    """Ticks from one 32-bit RTP timestamp to another, the shorter way round the wrap; negative backwards."""
    half = TIMESTAMP_MODULUS // 2
    return (later - earlier + half) % TIMESTAMP_MODULUS - half


class MediaJitter:
    """Interarrival jitter of one stream (RFC 3550 sections 6.4.1 and A.8).

    Args:
        clock_rate: ticks of the RTP timestamp in a second, above 0.
    """

    def __init__(self, clock_rate: int) -> None:
        self._clock_rate = clock_rate
        self._previous: tuple[int, int] | None = None
        self._arrivals = 0
        self._estimate = 0.0
        self._scaled = 0
        self._maximum = 0.0
        self._sum = 0.0

    def take(self, *, timestamp: int, received_at: int) -> None:
        """Count one arrival; call for every copy, in arrival order.

        Args:
            timestamp: RTP timestamp, 0 to 2^32 - 1.
            received_at: nanoseconds since any epoch.
        """
        if self._previous is not None:
            self._follow(received_at, timestamp, *self._previous)
        self._previous = received_at, timestamp
        self._arrivals += 1
        self._maximum = max(self._maximum, self._estimate)
        self._sum += self._estimate

    def restart(self) -> None:
        """Compare the next arrival with none before it: the sender began anew with another timestamp."""
        self._previous = None

    def _follow(self, received_at: int, timestamp: int, received_before: int, timestamp_before: int) -> None:
        """Move both forms of the estimate by one difference."""
        passed = timestamp_difference(timestamp, timestamp_before)
        elapsed = (received_at - received_before) * self._clock_rate / NANOSECONDS_PER_SECOND
        self._estimate += (abs(elapsed - passed) - self._estimate) / JITTER_GAIN
        whole = self._in_ticks(received_at) - self._in_ticks(received_before)
        self._scaled += abs(whole - passed) - (self._scaled + JITTER_GAIN // 2) // JITTER_GAIN

    def _in_ticks(self, received_at: int) -> int:
        return received_at * self._clock_rate // NANOSECONDS_PER_SECOND

    @property
    def jitter(self) -> float | None:
        """Seconds after the last arrival, not rounded; None for fewer than two arrivals."""
        return self._to_seconds(self._estimate)

    @property
    def ticks(self) -> int | None:
        """What a receiver report would carry: the integer form of section A.8; None as for `jitter`."""
        return self._scaled // JITTER_GAIN if self._arrivals > 1 else None

    @property
    def jitter_max(self) -> float | None:
        """The largest that `jitter` has been, in seconds; None as for `jitter`."""
        return self._to_seconds(self._maximum)

    @property
    def jitter_mean(self) -> float | None:
        """Mean of `jitter` over all arrivals in seconds, the first one's 0 included; None as for `jitter`."""
        return self._to_seconds(self._sum / self._arrivals) if self._arrivals else None

    def _to_seconds(self, ticks: float) -> float | None:
        return ticks / self._clock_rate if self._arrivals > 1 else None
