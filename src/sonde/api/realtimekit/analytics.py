"""Routes of what was used."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Final

import msgspec
from litestar import get
from litestar.di import NamedDependency

from sonde.api.realtimekit.call import Call, read_query
from sonde.api.realtimekit.openapi import APP
from sonde.api.realtimekit.operation import describe
from sonde.api.realtimekit.schema import Answer, Query, about
from sonde.api.realtimekit.units import show_minutes
from sonde.api.use_cases import UseCases
from sonde.model.people import Access
from sonde.model.usage import DayUsage


class DaywiseQuery(Query, frozen=True, kw_only=True):
    """What the days take."""

    start_date: (
        Annotated[date, about("The first day in UTC; 29 days before the last one without it.")] | None
    ) = None
    end_date: Annotated[date, about("The last day in UTC, itself included; today without it.")] | None = None


class SessionDay(msgspec.Struct, frozen=True, kw_only=True):
    """What the sessions that began on one day came to."""

    day: str
    total_sessions: int
    total_session_minutes: float


class SessionStats(msgspec.Struct, frozen=True, kw_only=True):
    """What sessions came to."""

    day_stats: list[SessionDay]
    sessions_count: int
    sessions_minutes_consumed: float


class RecordingDay(msgspec.Struct, frozen=True, kw_only=True):
    """What the recordings of one day came to."""

    day: str
    total_recordings: int
    total_recording_minutes: int


class RecordingStats(msgspec.Struct, frozen=True, kw_only=True):
    """What recordings came to: this server makes none."""

    day_stats: list[RecordingDay] = []
    recording_count: int = 0
    recording_minutes_consumed: float = 0.0


class Daywise(msgspec.Struct, frozen=True, kw_only=True):
    """What was used, by day."""

    session_stats: SessionStats
    recording_stats: RecordingStats = RecordingStats()


@get(
    f"{APP}/analytics/daywise", opt=describe(answer=Answer[Daywise], query=DaywiseQuery), sync_to_thread=True
)
def get_daywise_analytics(
    request: Call, use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Answer[Daywise]:
    """Add up the sessions of each day on which they began; those that go on count up to now."""
    query = read_query(request, DaywiseQuery)
    usage = use_cases.usage.by_day(access, query.start_date, query.end_date)
    return Answer(data=Daywise(session_stats=_shown(usage)))


HANDLERS: Final = (get_daywise_analytics,)


def _shown(usage: Iterable[DayUsage]) -> SessionStats:
    days = list(usage)
    return SessionStats(
        day_stats=[
            SessionDay(
                day=each.day.isoformat(),
                total_sessions=each.sessions,
                total_session_minutes=show_minutes(each.participant_minutes),
            )
            for each in days
        ],
        sessions_count=sum(each.sessions for each in days),
        sessions_minutes_consumed=show_minutes(sum(each.participant_minutes for each in days)),
    )
