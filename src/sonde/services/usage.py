"""How much the sessions of a workspace came to."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from sonde.directory import Directory
from sonde.model.errors import Invalid
from sonde.model.people import Access
from sonde.model.presence import sum_up
from sonde.model.usage import DayUsage
from sonde.services.clock import Clock, utc_now

DAYS_USUAL: Final = 30
"""Days that are shown when no first one is named."""

DAYS_MAX: Final = 366
"""Most days of one question."""

_DAY: Final = timedelta(days=1)


class Usage:
    """What each workspace used."""

    def __init__(self, directory: Directory, now: Clock = utc_now) -> None:
        self._directory = directory
        self._now = now

    def by_day(self, access: Access, first: date | None = None, last: date | None = None) -> list[DayUsage]:
        """What sessions came to, for each day in UTC on which they began; those that go on, up to now.

        Args:
            access: who asks.
            first: of the days; a month's worth up to the last one if it is left out.
            last: of the days, itself included; today if it is left out.

        Raises:
            Invalid: the first day is behind the last one, or they are too far apart.
        """
        last = last or self._now().date()
        if not date(1971, 1, 1) <= last <= date(9998, 12, 31):
            raise Invalid("The last day must be from 1971 on and before 9999.", field="last")
        first = first or last - (DAYS_USUAL - 1) * _DAY
        if not timedelta() <= last - first < DAYS_MAX * _DAY:
            raise Invalid(f"The first day must be at most {DAYS_MAX - 1} before the last.", field="first")
        since, until = _midnight(first), _midnight(last) + _DAY
        workspace_id = access.workspace.workspace_id
        with self._directory.read() as tx:
            found = list(tx.usage.of_ended(workspace_id, since=since, until=until))
            live = tx.usage.live(workspace_id, since=since, until=until)
            presences = tx.peers.presences(live, now=self._now())
        found += [
            DayUsage(
                day=day,
                sessions=int(counts),
                participant_minutes=sum_up(presences[session_id]).participant_minutes,
            )
            for session_id, (day, counts) in live.items()
        ]
        return _for_each_day(found, first, last)


def _for_each_day(found: Iterable[DayUsage], first: date, last: date) -> list[DayUsage]:
    """What was found for each of the days, added up."""
    days = {first + step * _DAY: (0, 0.0) for step in range((last - first).days + 1)}
    for each in found:
        sessions, minutes = days[each.day]
        days[each.day] = (sessions + each.sessions, minutes + each.participant_minutes)
    return [
        DayUsage(day=day, sessions=sessions, participant_minutes=minutes)
        for day, (sessions, minutes) in days.items()
    ]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
