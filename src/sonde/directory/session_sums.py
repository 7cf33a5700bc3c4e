"""What sessions add up to, in SQL: kept for those that ended, counted for the others."""

from typing import Final

from sqlalchemy import ColumnElement, ScalarSelect, bindparam, case, distinct, extract, func, select

from sonde.directory.call_tables import PeerRow, SessionRow
from sonde.directory.tables import UtcDateTime


def participants() -> ColumnElement[int]:
    """How many different people were in a session."""
    return func.coalesce(SessionRow.participants, participants_so_far())


def participants_so_far() -> ScalarSelect[int]:
    """The same, counted, of one that goes on."""
    people = select(func.count(distinct(PeerRow.participant_id)))
    return people.where(PeerRow.session_id == SessionRow.id).scalar_subquery()


def _minutes_so_far() -> ScalarSelect[float]:
    until = func.coalesce(
        PeerRow.left_at,
        case((PeerRow.has_reported, PeerRow.last_seen_at), else_=bindparam("now", type_=UtcDateTime())),
    )
    since = func.coalesce(PeerRow.connected_at, PeerRow.created_at)
    seconds = extract("epoch", until) - extract("epoch", since)
    return (
        select(func.coalesce(func.sum(case((seconds > 0, seconds), else_=0)), 0) / 60.0)
        .where(PeerRow.session_id == SessionRow.id)
        .scalar_subquery()
    )


MINUTES_SO_FAR: Final = _minutes_so_far()
"""The minutes of all connections of a session that goes on, by whole seconds, until a parameter `now`."""
