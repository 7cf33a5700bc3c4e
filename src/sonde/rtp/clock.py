"""How far two clocks are apart, from messages that went both ways."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from sonde.rtp.units import to_seconds


class Exchange(NamedTuple):
    """One question and its answer; all stamps in nanoseconds since the epoch.

    Attributes:
        asked_at: t1, the source sent the question, by the source's clock.
        heard_at: t2, the target received it, by the target's clock.
        answered_at: t3, the target sent the answer, by the target's clock.
        returned_at: t4, the source received it, by the source's clock.
    """

    asked_at: int
    heard_at: int
    answered_at: int
    returned_at: int

    @property
    def round_trip_time(self) -> int:
        """Nanoseconds on the way, both directions together, without the target's time to answer."""
        return (self.returned_at - self.asked_at) - (self.answered_at - self.heard_at)

    @property
    def offset(self) -> int:
        """Target's clock minus source's in nanoseconds, were both directions equally long.

        Whatever the truth, the forward and the backward delay corrected by this offset add up to the
        round trip time: an error in it moves time from one direction to the other and makes none.
        """
        return ((self.heard_at - self.asked_at) + (self.answered_at - self.returned_at)) // 2


class ClockOffset(msgspec.Struct, frozen=True, kw_only=True):
    """The difference of two clocks and how wrong it can be.

    Attributes:
        offset_ns: target's clock minus source's, in nanoseconds, because a float of seconds would round
            it when the clocks are years apart.
        error_bound: seconds; the true offset is at most this far away, for no delay is below zero. Half of
            the smallest round trip time, the case of all of it spent in one direction.
        round_trip_time_min: seconds.
    """

    offset_ns: int
    error_bound: float
    round_trip_time_min: float


def estimate_offset(exchanges: Iterable[Exchange]) -> ClockOffset | None:
    """Take the exchange that waited least in queues, as NTP does (RFC 5905 section 10).

    Exchanges with a round trip time below zero are left out: a clock was set while they were under way.

    Returns:
        None when there is no exchange to go by.
    """
    sound = [exchange for exchange in exchanges if exchange.round_trip_time >= 0]
    if not sound:
        return None
    best = min(sound, key=lambda exchange: exchange.round_trip_time)
    return ClockOffset(
        offset_ns=best.offset,
        # The offset is rounded down by up to half a nanosecond exactly when the round trip time is odd.
        error_bound=to_seconds((best.round_trip_time + 1) // 2),
        round_trip_time_min=to_seconds(best.round_trip_time),
    )
