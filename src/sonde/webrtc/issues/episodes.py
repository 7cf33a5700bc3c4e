"""When something was wrong: from values over time to episodes with a start and an end.

A rule looks at the seconds that end with each point, or at as many points as it needs. It opens an episode
when they break its upper limit and closes it when they all keep the lower one; an episode lasts from the
first to the last point that is bad by itself, so that a slow rule still gives the right seconds. What lies
before or after it and keeps the lower limit on the whole is cut off, because a packet lost by chance belongs
to no trouble long over. Points without a value are passed over: they neither open nor close.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from math import sqrt
from typing import Final

import msgspec

from sonde.webrtc.interval import NANOSECONDS
from sonde.webrtc.issues.rules import Episode, Point, Pooled, Rule, Sustained

NEARLY: Final = 0.9
"""Share of the seconds asked for that is enough: clients that sample every second are a little early."""

SILENCE: Final = 15 * NANOSECONDS
"""Without any value for this long, an episode has ended."""

LONG: Final = 2.0
"""Seconds of a point above which its share tells better than its ends when something began."""


def find_episodes(points: Iterable[Point], rules: Sequence[Rule], *, shares: bool = False) -> list[Episode]:
    """The episodes of all rules; those of several rules that touch become one.

    Args:
        points: in order of time.
        rules: any of them broken is an episode.
        shares: the values are shares of their time, so that a long point at the edge of an episode that is
            half as bad as the inner ones was bad for half of its time.
    """
    ordered = list(points)
    found = [
        cut for rule in rules for episode in _episodes(ordered, rule) for cut in _cut(episode, ordered, rule)
    ]
    merged = _merged(sorted(found, key=lambda episode: (episode.start, episode.end)), ordered)
    return [_sharpened(episode, ordered) for episode in merged] if shares else merged


def _episodes(points: Sequence[Point], rule: Rule) -> list[Episode]:
    found: list[Episode] = []
    window: deque[Point] = deque()
    opened: _Open | None = None
    for number, point in enumerate(points):
        if window and point.start - window[-1].end > SILENCE:
            window.clear()
            _close(opened, found)
            opened = None
        window.append(point)
        while len(window) > rule.least and window[0].end <= point.end - rule.of * NANOSECONDS:
            window.popleft()
        if opened is None and _breaks(window, rule, rule.on):
            opened = _Open(_first_bad(points, number + 1 - len(window), rule), rule)
        if opened is not None:
            opened.follow(point, window)
            if opened.has_ended(window):
                _close(opened, found)
                opened = None
    _close(opened, found)
    return found


def _first_bad(points: Sequence[Point], oldest: int, rule: Rule) -> Point:
    """The first bad one of the window, or of those before it that are bad without a break."""
    first = next(number for number in range(oldest, len(points)) if points[number].value > rule.on)
    while first and points[first - 1].value > rule.on and points[first].start <= points[first - 1].end:
        first -= 1
    return points[first]


def _cut(episode: Episode, points: Sequence[Point], rule: Rule) -> Iterator[Episode]:
    """The part that exceeds the lower limit by most in all, and what of the rest is an episode by itself."""
    waiting = [(episode, points)]
    while waiting:
        each, known = waiting.pop()
        inside = [point for point in known if each.start <= point.start and point.end <= each.end]
        first, last = _core(inside, rule)
        yield msgspec.structs.replace(each, start=inside[first].start, end=inside[last].end)
        for rest in (inside[:first], inside[last + 1 :]):
            waiting.extend((other, rest) for other in _episodes(rest, rule))


def _core(inside: Sequence[Point], rule: Rule) -> tuple[int, int]:
    """First and last of the points without edges that the lower limit outweighs; all if none of it is bad."""
    edge = rule.edge if isinstance(rule, Pooled) and rule.edge is not None else rule.off
    excess = [(each.value - edge) * each.weight for each in inside]
    last = _longest_climb(excess)
    since = last - _longest_climb(excess[last::-1])
    bad = [number for number in range(since, last + 1) if inside[number].value > rule.on]
    return (bad[0], last) if bad else (0, len(inside) - 1)


def _longest_climb(excess: Sequence[float]) -> int:
    """Where the running sum is highest; of equal ones the last."""
    sums = list(accumulate(excess))
    return max(range(len(sums)), key=lambda number: (sums[number], number))


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
    whole = sum(each.weight for each in window)
    beyond = limit + (sqrt(limit * (1 - limit) / whole) if rule.by_chance and whole else 0.0)
    if isinstance(rule, Sustained):
        return (not rule.by_chance or _mean(window) > beyond) and _is_bad(window, rule, limit)
    enough = whole >= rule.weight
    enough &= sum(each.duration for each in window) >= NEARLY * rule.of / 3
    return enough and _is_bad(window, rule, rule.on) and _mean(window) > beyond


def _is_bad(window: Iterable[Point], rule: Rule, limit: float) -> bool:
    """Whether enough points are bad, for long enough."""
    bad = [each.duration for each in window if each.value > limit]
    return len(bad) >= rule.least and sum(bad) >= NEARLY * rule.need


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


def _sharpened(episode: Episode, points: Sequence[Point]) -> Episode:
    """The same, with the edges where the shares of its outermost points say they are."""
    inside = [each for each in points if each.end > episode.start and each.start < episode.end]
    inner = [each for each in inside if each.start > episode.start and each.end < episode.end]
    usual = _mean(inner)
    if not usual:
        return episode
    return msgspec.structs.replace(
        episode,
        start=max(episode.start, inside[0].end - _part(inside[0], usual)),
        end=min(episode.end, inside[-1].start + _part(inside[-1], usual)),
    )


def _part(point: Point, usual: float) -> int:
    """How many nanoseconds of a point were as bad as usual; all of a short one."""
    share = min(point.value / usual, 1.0) if point.duration > LONG else 1.0
    return round(share * (point.end - point.start))
