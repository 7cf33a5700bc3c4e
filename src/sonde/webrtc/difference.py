"""What counters did between two moments of a stream, or why that is not known."""

from collections.abc import Sequence
from math import isfinite
from typing import TypeAlias

from sonde.webrtc.interval import NANOSECONDS, Absence
from sonde.webrtc.remote_reports import RemoteReport
from sonde.webrtc.sample import StreamSample, TransportSample

Number: TypeAlias = int | float
Pair: TypeAlias = tuple[StreamSample, StreamSample] | tuple[TransportSample, TransportSample]


class NotMeasured(Exception):
    """A number cannot be had."""

    def __init__(self, reason: Absence) -> None:
        super().__init__(reason)
        self.reason = reason


class Difference:
    """Two moments of one stream or transport; of simulcast, all layers that both moments have.

    Attributes:
        start, end: nanoseconds since the epoch.
        last: the sample at the end; of simulcast, that of the largest active layer.
        reports: of the other side, new in this interval, one for each layer at most.
    """

    def __init__(
        self,
        start: int,
        end: int,
        *,
        pairs: Sequence[Pair],
        last: StreamSample | TransportSample,
        reports: tuple[RemoteReport, ...] = (),
    ) -> None:
        """Take samples whose counters go on from the earlier one to the later one; no pair means a reset."""
        self.start = start
        self.end = end
        self.last = last
        self.reports = reports
        self._pairs = pairs

    @property
    def duration(self) -> float:
        """Seconds."""
        return (self.end - self.start) / NANOSECONDS

    def rise(self, name: str) -> Number:
        """By how much a counter rose, all layers together.

        Raises:
            NotMeasured: it was not reported, or it fell.
        """
        rise = self.change(name)
        if rise < 0:
            raise NotMeasured(Absence.COUNTER_FELL)
        return rise

    def change(self, name: str) -> Number:
        """The same for a number that may fall; raises the same."""
        if not self._pairs:
            raise NotMeasured(Absence.RESET)
        total: Number = 0
        reported = False
        for earlier, later in self._pairs:
            before, after = getattr(earlier, name), getattr(later, name)
            if before is not None and after is not None:
                reported = True
                total += after - before
        if not reported:
            raise NotMeasured(Absence.NOT_REPORTED)
        return total

    def rise_or_zero(self, name: str) -> Number:
        """The same as `rise`, 0 where the client does not report it because there is no such thing."""
        try:
            return self.rise(name)
        except NotMeasured:
            return 0

    def recent(self, name: str) -> Number | None:
        """What the client says at the end of the time since its look before, all layers together."""
        told = [value for _, later in self._pairs if (value := getattr(later, name)) is not None]
        return sum(told) if told else None

    def gauge(self, name: str) -> Number:
        """What was reported at the end.

        Raises:
            NotMeasured: nothing was.
        """
        value: Number | None = getattr(self.last, name)
        if value is None:
            raise NotMeasured(Absence.NOT_REPORTED)
        return value


def divide(part: Number, whole: Number) -> float:
    """A quotient.

    Raises:
        NotMeasured: the divisor is 0 or below, or the numbers are beyond reason.
    """
    if whole <= 0:
        raise NotMeasured(Absence.NOTHING_TO_DIVIDE)
    return finite(part / whole)


def finite(value: float) -> float:
    """The value itself.

    Raises:
        NotMeasured: it is infinite or not a number.
    """
    if not isfinite(value):
        raise NotMeasured(Absence.OUT_OF_RANGE)
    return value
