"""What sessions add up to, in SQL: kept for those that ended, counted for the others."""

from datetime import datetime

from sqlalchemy import ColumnElement, ScalarSelect, case, distinct, extract, func, literal, select

from sonde.directory.call_tables import PeerRow, SessionRow


def participants() -> ColumnElement[int]:
    """How many different people were in a session."""
    return func.coalesce(SessionRow.participants, participants_so_far())


def participants_so_far() -> ScalarSelect[int]:
    """The same, counted, of one that goes on."""
    people = select(func.count(distinct(PeerRow.participant_id)))
    return people.where(PeerRow.session_id == SessionRow.id).scalar_subquery()


def minutes_so_far(now: datetime) -> ColumnElement[float]:
    """The minutes of all connections of a session that goes on, by whole seconds."""
    until = func.coalesce(
        PeerRow.left_at, case((PeerRow.has_reported, PeerRow.last_seen_at), else_=literal(now))
    )
    since = func.coalesce(PeerRow.connected_at, PeerRow.created_at)
    seconds = extract("epoch", until) - extract("epoch", since)
    return (
        select(func.coalesce(func.sum(case((seconds > 0, seconds), else_=0)), 0) / 60.0)
        .where(PeerRow.session_id == SessionRow.id)
        .scalar_subquery()
    )
