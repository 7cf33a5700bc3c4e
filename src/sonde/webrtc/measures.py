"""Words to say how a number of an interval is made from counters and gauges of samples."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from sonde.webrtc.difference import Difference, NotMeasured, Number, divide, finite
from sonde.webrtc.interval import Absence

Measure: TypeAlias = Callable[[Difference], Number]
"""Makes a number of a difference; raises NotMeasured with the reason when it cannot be had."""


def rise(name: str) -> Measure:
    """What a counter rose by."""
    return lambda difference: difference.rise(name)


def rate(name: str) -> Measure:
    """The same per second."""
    return lambda difference: finite(difference.rise(name) / difference.duration)


def gauge(name: str) -> Measure:
    """What was reported at the end."""
    return lambda difference: difference.gauge(name)


def mean(total: str, count: str) -> Measure:
    """A running total over a running count."""
    return lambda difference: divide(difference.rise(total), difference.rise(count))


def share(part: str, whole: str) -> Measure:
    """The same for counters of which one is a part of the other; not above 1."""
    return lambda difference: min(divide(difference.rise(part), difference.rise(whole)), 1.0)


def share_of_time(name: str) -> Measure:
    """What a total of seconds rose by, of the interval; not above 1."""
    return lambda difference: min(divide(difference.rise(name), difference.duration), 1.0)


def bits_per_second(name: str) -> Measure:
    """A counter of bytes as bit/s."""
    return lambda difference: finite(8 * difference.rise(name) / difference.duration)


def measure_all(
    *tables: tuple[Difference, Mapping[str, Measure]],
) -> tuple[dict[str, Number], dict[str, Absence]]:
    """The numbers of all tables that can be had, and why the others cannot, by name."""
    numbers: dict[str, Number] = {}
    missing: dict[str, Absence] = {}
    for difference, table in tables:
        for name, measure in table.items():
            try:
                numbers[name] = measure(difference)
            except NotMeasured as error:
                missing[name] = error.reason
            except OverflowError:
                missing[name] = Absence.OUT_OF_RANGE
    return numbers, missing
