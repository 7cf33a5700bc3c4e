"""What it means to be bad: values over time, the rules that look at them, and the episodes they give."""

from typing import TypeAlias

import msgspec

from sonde.webrtc.interval import NANOSECONDS


class Point(msgspec.Struct, frozen=True):
    """A value over some time, nanoseconds since the epoch; its weight is what it is a share of."""

    start: int
    end: int
    value: float
    weight: float = 1.0

    @property
    def duration(self) -> float:
        """Seconds."""
        return (self.end - self.start) / NANOSECONDS


class Sustained(msgspec.Struct, frozen=True, kw_only=True):
    """Bad for some seconds out of the last ones: what k of n samples are for those that come each second.

    Attributes:
        on: a point above this is bad.
        off: a point above this keeps an episode open.
        critical: above this for as long, the episode is critical.
        need, of: seconds.
        least: points that must be bad, however long they are: one of a client that samples rarely says little
            where a moment can spoil all of it.
        by_chance: the points are shares of their weights, which are small counts: all together must be above
            `on` as well, and by more than the standard deviation of so many.
    """

    on: float
    off: float
    critical: float | None = None
    need: float = 3.0
    of: float = 5.0
    least: int = 1
    by_chance: bool = False


class Pooled(msgspec.Struct, frozen=True, kw_only=True):
    """Bad on the whole over the last seconds, each point by its weight, however it was spread.

    The points must cover a third of the seconds, so that a bad moment at the start is no bad quarter minute.

    Attributes:
        on, off, critical: limits of the weighted mean.
        of: seconds.
        need: seconds of them in points that are above `on` by themselves.
        least: of these points, as of the other rule.
        weight: weight that the points must have in all.
        by_chance: as of the other rule.
        edge: mean that what lies at the ends of an episode must exceed to belong to it; `off` unless given.
    """

    on: float
    off: float
    critical: float | None = None
    of: float = 15.0
    need: float = 0.0
    least: int = 0
    weight: float = 0.0
    by_chance: bool = False
    edge: float | None = None


Rule: TypeAlias = Sustained | Pooled


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """Some time in which a rule was broken.

    Attributes:
        start, end: nanoseconds since the epoch.
        limit: what was exceeded.
        mean: of the values from start to end, weighted.
        worst: the highest of these.
        critical: the critical limit was broken as the other was.
    """

    start: int
    end: int
    limit: float
    mean: float
    worst: float
    critical: bool = False
