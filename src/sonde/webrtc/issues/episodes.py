"""When something was wrong: from values over time to episodes with a start and an end.

A rule looks at the seconds that end with each point. It opens an episode when they break its upper limit and
closes it when they all keep the lower one; an episode lasts from the first to the last point that is bad by
itself, so that a slow rule still gives the right seconds. Points without a value are passed over: they
neither open nor close.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

import msgspec

from sonde.webrtc.interval import NANOSECONDS

NEARLY: Final = 0.9
"""Share of the seconds asked for that is enough: clients that sample every second are a little early."""

SILENCE: Final = 15 * NANOSECONDS
"""Without any value for this long, an episode has ended."""


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
        need, of: seconds. A client that samples rarely needs one bad interval at least.
    """

    on: float
    off: float
    critical: float | None = None
    need: float = 3.0
    of: float = 5.0


class Pooled(msgspec.Struct, frozen=True, kw_only=True):
    """Bad on the whole over the last seconds, each point by its weight, however it was spread.

    Attributes:
        on, off, critical: limits of the weighted mean.
        of: seconds.
        need: seconds of them in points that are above `on` by themselves.
        weight: weight that the points must have in all.
    """

    on: float
    off: float
    critical: float | None = None
    of: float = 15.0
    need: float = 0.0
    weight: float = 0.0


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


def find_episodes(points: Iterable[Point], rules: Sequence[Rule]) -> list[Episode]:
    """The episodes of all rules; those of several rules that touch become one."""
    ordered = list(points)
    found = [episode for rule in rules for episode in _episodes(ordered, rule)]
    return _merged(sorted(found, key=lambda episode: (episode.start, episode.end)), ordered)


def _episodes(points: Sequence[Point], rule: Rule) -> list[Episode]:
    found: list[Episode] = []
    window: deque[Point] = deque()
    opened: _Open | None = None
    for point in points:
        if window and point.start - window[-1].end > SILENCE:
            window.clear()
            _close(opened, found)
            opened = None
        window.append(point)
        while window[0].end <= point.end - rule.of * NANOSECONDS:
            window.popleft()
        if opened is None and _breaks(window, rule, rule.on):
            opened = _Open(next(each for each in window if each.value > rule.on), rule)
        if opened is not None:
            opened.follow(point, window)
            if opened.has_ended(window):
                _close(opened, found)
                opened = None
    _close(opened, found)
    return found


class _Open:
    """An episode that has begun."""

    def __init__(self, first: Point, rule: Rule) -> None:
        self.rule = rule
        self.start = first.start
        self.end = first.end
        self.critical = False

    def follow(self, point: Point, window: deque[Point]) -> None:
        bad = [each.end for each in window if each.value > self.rule.on]
        self.end = max([self.end, *bad])
        if isinstance(self.rule, Sustained) and point.value > self.rule.off:
            self.end = max(self.end, point.end)
        if self.rule.critical is not None:
            self.critical |= _breaks(window, self.rule, self.rule.critical)

    def has_ended(self, window: deque[Point]) -> bool:
        if isinstance(self.rule, Pooled):
            return _mean(window) <= self.rule.off
        enough = sum(each.duration for each in window) >= NEARLY * self.rule.of
        return enough and all(each.value <= self.rule.off for each in window)


def _close(opened: _Open | None, found: list[Episode]) -> None:
    if opened is not None:
        found.append(
            Episode(
                start=opened.start, end=opened.end, limit=opened.rule.on, mean=0.0, worst=0.0,
                critical=opened.critical,
            )
        )  # fmt: skip


def _breaks(window: deque[Point], rule: Rule, limit: float) -> bool:
    if isinstance(rule, Sustained):
        return _bad_seconds(window, limit) >= NEARLY * rule.need
    enough = sum(each.weight for each in window) >= rule.weight
    return enough and _bad_seconds(window, rule.on) >= NEARLY * rule.need and _mean(window) > limit


def _bad_seconds(window: Iterable[Point], limit: float) -> float:
    return sum(each.duration for each in window if each.value > limit)


def _mean(points: Iterable[Point]) -> float:
    known = list(points)
    whole = sum(each.weight for each in known)
    return sum(each.value * each.weight for each in known) / whole if whole else 0.0


def _merged(episodes: Sequence[Episode], points: Sequence[Point]) -> list[Episode]:
    merged: list[Episode] = []
    for episode in episodes:
        last = merged[-1] if merged else None
        if last is None or episode.start > last.end:
            merged.append(episode)
            continue
        end, critical = max(last.end, episode.end), last.critical or episode.critical
        merged[-1] = msgspec.structs.replace(last, end=end, critical=critical)
    return [_measured(episode, points) for episode in merged]


def _measured(episode: Episode, points: Sequence[Point]) -> Episode:
    inside = [each for each in points if each.end > episode.start and each.start < episode.end]
    worst = max(each.value for each in inside)
    return msgspec.structs.replace(episode, mean=_mean(inside), worst=worst)
