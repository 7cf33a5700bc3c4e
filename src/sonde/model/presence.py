"""How long people were there, and how many at once: arithmetic on intervals, and nothing kept."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from sonde.model.sessions import Totals, ViewType

_MINUTE = timedelta(minutes=1)


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """One connection's time in a session, closed at the start and open at the end.

    Attributes:
        until: when it left, or until when it is known to have been there; no later than `joined_at`: no time.
        is_there: it has not left.
    """

    participant_id: str
    view_type: ViewType
    joined_at: datetime
    until: datetime
    is_there: bool


def sum_up(presences: Iterable[Presence]) -> Totals:
    """What a session adds up to, in whatever order its connections are given."""
    presences = list(presences)
    minutes = minutes_by_view_type(presences)
    return Totals(
        participants=len({each.participant_id for each in presences}),
        peers=len(presences),
        live_peers=sum(each.is_there for each in presences),
        max_concurrent_peers=highest_concurrency(presences),
        participant_minutes=sum(minutes.values()),
        minutes_by_view_type=minutes,
    )


def minutes_by_view_type(presences: Iterable[Presence]) -> dict[ViewType, float]:
    """Minutes that were used, by view type; those without a minute are left out."""
    spent: dict[ViewType, timedelta] = {}
    for each in presences:
        time = max(each.until - each.joined_at, timedelta())
        spent[each.view_type] = spent.get(each.view_type, timedelta()) + time
    return {view_type: time / _MINUTE for view_type, time in sorted(spent.items()) if time}


def highest_concurrency(presences: Iterable[Presence]) -> int:
    """The highest number that were there at once.

    Whoever comes in the moment in which another leaves does not meet them. Somebody who stayed for no time
    counts only where nobody else ever was.
    """
    presences = list(presences)
    # A leaving (-1) sorts before a coming (+1) of the same moment.
    changes = sorted(change for each in presences for change in _changes(each))
    present = highest = 0
    for _, step in changes:
        present += step
        highest = max(highest, present)
    return highest or min(len(presences), 1)


def _changes(presence: Presence) -> list[tuple[datetime, int]]:
    """By how much the number of those present changes, and when."""
    came, left = (presence.joined_at, +1), (presence.until, -1)
    if presence.is_there:
        return [came]
    return [came, left] if presence.until > presence.joined_at else []
