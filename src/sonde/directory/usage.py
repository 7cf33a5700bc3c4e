"""How much the sessions of a workspace came to, by day."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

from sqlalchemy import ColumnElement, Integer, case, cast, extract, func, select
from sqlalchemy.orm import Session

from sonde.directory.call_tables import SessionRow
from sonde.model.usage import DayUsage

DAY = 86400


class UsageRepository:
    """Adds sessions up where they are kept."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of_ended(self, workspace_id: int, *, since: datetime, until: datetime) -> Iterator[DayUsage]:
        """What ended sessions came to, by the day in UTC on which they began; days without one are left out.

        Args:
            workspace_id: whose sessions.
            since: they began then or later.
            until: they began earlier.
        """
        # The seconds of an epoch are the same in every zone that a database may be set to.
        day = (cast(extract("epoch", SessionRow.started_at), Integer) // DAY).label("day")
        query = (
            select(
                day,
                func.sum(case((SessionRow.parent_session_id.is_(None), 1), else_=0)),
                func.sum(SessionRow.participant_minutes),
            )
            .where(
                *_begun(workspace_id, since=since, until=until),
                SessionRow.ended_at.is_not(None),
            )
            .group_by(day)
        )
        for number, sessions, minutes in self._session.execute(query):
            began = datetime.fromtimestamp(number * DAY, tz=UTC).date()
            yield DayUsage(day=began, sessions=sessions, participant_minutes=minutes)

    def live(self, workspace_id: int, *, since: datetime, until: datetime) -> dict[str, tuple[date, bool]]:
        """Sessions that go on, by id: the day on which each began, and whether it is no breakout room."""
        query = select(SessionRow.id, SessionRow.started_at, SessionRow.parent_session_id).where(
            *_begun(workspace_id, since=since, until=until), SessionRow.ended_at.is_(None)
        )
        return {
            session_id: (started_at.date(), parent is None)
            for session_id, started_at, parent in self._session.execute(query)
        }


def _begun(workspace_id: int, *, since: datetime, until: datetime) -> list[ColumnElement[bool]]:
    return [
        SessionRow.workspace_id == workspace_id,
        SessionRow.started_at >= since,
        SessionRow.started_at < until,
    ]
