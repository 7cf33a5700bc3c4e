"""How one number was spread over a call: all values are kept until here, so every percentile is exact."""

from collections.abc import Callable, Iterable, Sequence
from math import ceil, fsum
from typing import Final, NamedTuple

import msgspec

from sonde.webrtc.interval import NANOSECONDS

WORST_WINDOW: Final = 10 * NANOSECONDS
"""People remember the worst moments; this many nanoseconds of them are averaged."""


class Observation(NamedTuple):
    """A value that held from start to end, nanoseconds since the epoch."""

    start: int
    end: int
    value: float


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """The values of one number.

    Attributes:
        count: how many values there are, at least one.
        mean: of the values alike.
        mean_over_time: each counted as long as it held.
        low, p10, p25, p50, p75, p90, p95, p99, high: percentiles by nearest rank: values that occurred.
        worst_10s: the worst mean over time of 10 s in a row within one stream, or of all when it is shorter.
        at_least: how many values are at or above each limit, by the limit.
    """

    count: int
    mean: float
    mean_over_time: float
    low: float
    p10: float
    p25: float
    p50: float
    p75: float
    p90: float
    p95: float
    p99: float
    high: float
    worst_10s: float
    at_least: dict[float, int] = {}


def spread(
    streams: Iterable[Sequence[Observation]], *, worst: Callable[..., float], limits: Sequence[float] = ()
) -> Spread | None:
    """The spread of what was observed of some streams; None when nothing was.

    Args:
        streams: of each stream, its observations in order of time.
        worst: `max` when more is worse, `min` when less is.
        limits: to count values at or above.
    """
    observed = [line for line in streams if line]
    if not observed:
        return None
    values = sorted(observation.value for line in observed for observation in line)
    percentiles = {f"p{share}": nearest_rank(values, share) for share in (10, 25, 50, 75, 90, 95, 99)}
    return Spread(
        count=len(values),
        mean=fsum(values) / len(values),
        mean_over_time=_mean_over_time([observation for line in observed for observation in line]),
        low=values[0],
        high=values[-1],
        worst_10s=worst(worst_window(line, worst) for line in observed),
        at_least={limit: sum(value >= limit for value in values) for limit in limits},
        **percentiles,
    )


def nearest_rank(rising: Sequence[float], percent: int) -> float:
    """The smallest value that `percent` of the values, of which there is one at least, do not exceed."""
    return rising[max(ceil(percent * len(rising) / 100), 1) - 1]


def worst_window(line: Sequence[Observation], worst: Callable[..., float]) -> float:
    """The worst mean over time of observations in a row that hold for 10 s together, or of all."""
    means = []
    first, held = 0, 0
    for last, observation in enumerate(line):
        held += observation.end - observation.start
        while held - (line[first].end - line[first].start) >= WORST_WINDOW:
            held -= line[first].end - line[first].start
            first += 1
        if held >= WORST_WINDOW:
            means.append(_mean_over_time(line[first : last + 1]))
    return worst(means) if means else _mean_over_time(line)


def _mean_over_time(line: Sequence[Observation]) -> float:
    held = sum(observation.end - observation.start for observation in line)
    return fsum(observation.value * (observation.end - observation.start) for observation in line) / held
