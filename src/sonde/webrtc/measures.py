"""Words to say how a number of an interval is made from counters and gauges of samples."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from sonde.webrtc.difference import Difference, NotMeasured, Number, divide, finite
from sonde.webrtc.interval import Absence

Measure: TypeAlias = Callable[[Difference], Number]
"""Makes a number of a difference; raises NotMeasured with the reason when it cannot be had."""

LONGEST_DELAY: Final = 3600.0
"""Seconds that no packet, frame or sample waits anywhere; what is above comes from a broken counter."""

DELAYS: Final = frozenset(
    {
        *("jitter", "remote_jitter", "round_trip_time", "send_delay", "processing_delay", "playout_delay"),
        *("jitter_buffer_delay", "jitter_buffer_target", "jitter_buffer_minimum"),
        *("frame_interval", "frame_interval_deviation", "decode_time", "encode_time", "assembly_time"),
    }
)
"""Numbers that are the delay of one packet, frame or sample."""


def rise(name: str) -> Measure:
    """What a counter rose by."""
    return lambda difference: difference.rise(name)


def rate(name: str) -> Measure:
    """The same per second."""
    return lambda difference: finite(difference.rise(name) / difference.duration)


def gauge(name: str) -> Measure:
    """What was reported at the end."""
    return lambda difference: difference.gauge(name)


def recent_or(name: str, measure: Measure) -> Measure:
    """What the client says of the time since its look before; the measure where it counts from the start."""

    def either(difference: Difference) -> Number:
        told = difference.recent(name)
        return measure(difference) if told is None else told

    return either


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
                numbers[name] = _plausible(name, measure(difference))
            except NotMeasured as error:
                missing[name] = error.reason
            except OverflowError:
                missing[name] = Absence.OUT_OF_RANGE
    return numbers, missing


def _plausible(name: str, value: Number) -> Number:
    if name in DELAYS and value > LONGEST_DELAY:
        raise NotMeasured(Absence.OUT_OF_RANGE)
    return value
