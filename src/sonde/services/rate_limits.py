"""How many requests an organization, or the holders of a key, may make in a minute."""

import threading

import msgspec

from sonde.services.clock import Clock, utc_now

MINUTE = 60


class Allowance(msgspec.Struct, frozen=True, kw_only=True):
    """What one caller has left after one request.

    Attributes:
        limit: requests a minute may have.
        remaining: of these, how many are left; 0 also when this request was too many.
        reset: epoch seconds of the next whole minute, when all are there again.
        wait: seconds until then.
        is_exceeded: this request was too many.
    """

    limit: int
    remaining: int
    reset: int
    wait: float
    is_exceeded: bool


class RateLimit:
    """Counts requests by caller and by minute of the clock. Safe to share by threads.

    A caller is an organization, by its id, or a key, by its name.
    All counts of a minute are forgotten together when the next one begins, so memory is bounded by the
    callers within one minute. Each process counts for itself: behind several servers a caller has the limit
    once for each.

    Args:
        limit: requests that each caller may make in a minute.
        now: the clock.
    """

    def __init__(self, limit: int, now: Clock = utc_now) -> None:
        self._limit = limit
        self._now = now
        self._lock = threading.Lock()
        self._minute = 0
        self._spent: dict[int | str, int] = {}

    def spend(self, caller: int | str) -> Allowance:
        """Count one request; one that is too many is not counted."""
        now = self._now().timestamp()
        minute = int(now) // MINUTE
        with self._lock:
            if minute != self._minute:
                self._minute, self._spent = minute, {}
            spent = self._spent.get(caller, 0)
            is_exceeded = spent >= self._limit
            self._spent[caller] = spent = spent if is_exceeded else spent + 1
        return Allowance(
            limit=self._limit,
            remaining=self._limit - spent,
            reset=(minute + 1) * MINUTE,
            wait=(minute + 1) * MINUTE - now,
            is_exceeded=is_exceeded,
        )
