"""What a machine says of its own clock before and after a stream, and what that proves."""

from collections.abc import Callable
from typing import Annotated, Final, TypeAlias

import msgspec

from sonde.rtp.clock_fit import MAX_SKEW, MAX_SKEW_SLEWING
from sonde.rtp.units import NANOSECONDS_PER_SECOND

STEP: Final = 100_000
"""Nanoseconds of change that no rate explains; more of it is a step."""

RATE_CHANGE: Final = 1_000_000
"""Change of rate that bends a line, in 10^-12: 1 ppm."""

FREE_RATE: Final = 100_000_000
"""Correction of rate, in 10^-12, above which a clock is not kept in step but brought there: 100 ppm."""

NOISE: Final = 10_000
"""Nanoseconds that reading two clocks one after the other may be wrong."""

_WHOLE: Final = 10**12


class ClockReading(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One look at a machine's clocks.

    Attributes:
        at: CLOCK_REALTIME, nanoseconds since the epoch.
        beyond_raw: CLOCK_REALTIME minus CLOCK_MONOTONIC_RAW, nanoseconds. It changes at the rate below and
            otherwise only when the clock is set or slewed; after a restart it is another.
        rate: by how much the kernel makes the clock faster than its oscillator, in 10^-12.
        error_max: nanoseconds by which the clock may be wrong, as whoever synchronises it declares; None
            when nobody does.
    """

    at: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    beyond_raw: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
    rate: Annotated[int, msgspec.Meta(ge=-_WHOLE, le=_WHOLE)]
    error_max: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] | None = None


class ClockWatch(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """The readings around one stream, of the same machine."""

    before: ClockReading
    after: ClockReading

    @property
    def error_max(self) -> int | None:
        """Nanoseconds by which the clock may have been wrong; None unless it was always synchronised."""
        if self.before.error_max is None or self.after.error_max is None:
            return None
        return max(self.before.error_max, self.after.error_max)

    @property
    def change(self) -> int:
        """Nanoseconds that the clock was set or slewed meanwhile; 0 for what reading it may be wrong."""
        change = unexplained(self.before, self.after)
        return change if abs(change) > NOISE else 0

    @property
    def rate_change(self) -> int:
        """How much faster the clock was made meanwhile, in 10^-12."""
        return self.after.rate - self.before.rate

    @property
    def is_slewing(self) -> bool:
        """Whether the clock may have run differently from a free one by more than free clocks do."""
        fastest = max(abs(self.before.rate), abs(self.after.rate))
        return self.change != 0 or abs(self.rate_change) > RATE_CHANGE or fastest > FREE_RATE


ClockReader: TypeAlias = Callable[[], ClockReading | None]
"""Looks at the clocks of a machine; None where its system does not tell."""


def watch(before: ClockReading | None, after: ClockReading | None) -> ClockWatch | None:
    """Both readings, or None unless there are both."""
    return None if before is None or after is None else ClockWatch(before=before, after=after)


def unexplained(earlier: ClockReading, later: ClockReading) -> int:
    """Nanoseconds that a clock moved against its oscillator beyond the mean of both rates."""
    raw = (later.at - later.beyond_raw) - (earlier.at - earlier.beyond_raw)
    return later.beyond_raw - earlier.beyond_raw - raw * (earlier.rate + later.rate) // (2 * _WHOLE)


def ran_evenly(earlier: ClockReading, later: ClockReading) -> bool:
    """Whether a clock was neither set nor made faster or slower between two readings, nor restarted."""
    passed = abs(later.at - earlier.at) / NANOSECONDS_PER_SECOND
    allowed = STEP + passed * RATE_CHANGE * NANOSECONDS_PER_SECOND / _WHOLE
    is_even = abs(later.rate - earlier.rate) <= RATE_CHANGE
    return is_even and abs(unexplained(earlier, later)) <= allowed


class Watches(msgspec.Struct, frozen=True, kw_only=True):
    """What both machines say of their clocks during a stream; None for one that does not tell."""

    source: ClockWatch | None
    target: ClockWatch | None

    @property
    def change(self) -> int:
        """Nanoseconds that the target's clock was set or slewed against the source's."""
        return (self.target.change if self.target else 0) - (self.source.change if self.source else 0)

    @property
    def rate_change(self) -> int:
        """How much faster the target's clock was made against the source's, in 10^-12."""
        target = self.target.rate_change if self.target else 0
        return target - (self.source.rate_change if self.source else 0)

    @property
    def is_rate_changed(self) -> bool:
        """Whether either clock was made faster or slower by more than `RATE_CHANGE`."""
        return any(abs(each.rate_change) > RATE_CHANGE for each in self._known)

    @property
    def ran_evenly(self) -> bool:
        """Whether neither clock is known to have been set, or made faster or slower."""
        return all(ran_evenly(each.before, each.after) for each in self._known)

    @property
    def max_skew(self) -> float:
        """The most that the clocks can differ in speed, seconds per second."""
        return MAX_SKEW_SLEWING if any(each.is_slewing for each in self._known) else MAX_SKEW

    @property
    def error_max(self) -> int | None:
        """How far the clocks can be apart if they are as well synchronised as declared; None if not both."""
        errors = [each.error_max for each in self._known if each.error_max is not None]
        return sum(errors) if len(errors) == 2 else None

    @property
    def _known(self) -> list[ClockWatch]:
        return [each for each in (self.source, self.target) if each is not None]
