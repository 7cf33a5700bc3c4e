"""What sessions add up to, in SQL: kept for those that ended, counted for the others."""

from datetime import datetime

from sqlalchemy import ColumnElement, case, distinct, extract, func, literal, or_, select

from sonde.directory.call_tables import MeetingRow, PeerRow, SessionRow, possible_id
from sonde.model.listing import SessionListing


def conditions_of(workspace_id: int, listing: SessionListing) -> list[ColumnElement[bool]]:
    """What a listing asks for beyond its filter, of the sessions of a workspace."""
    conditions: list[ColumnElement[bool]] = []
    if listing.words:
        conditions.append(_is_called(workspace_id, listing.words))
    if listing.participants_from is not None:
        conditions.append(participants() >= listing.participants_from)
    if listing.participants_to is not None:
        conditions.append(participants() <= listing.participants_to)
    return conditions


def participants() -> ColumnElement[int]:
    """How many different people were in a session."""
    counted = (
        select(func.count(distinct(PeerRow.participant_id)))
        .where(PeerRow.session_id == SessionRow.id)
        .scalar_subquery()
    )
    return func.coalesce(SessionRow.participants, counted)


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


def _is_called(workspace_id: int, words: str) -> ColumnElement[bool]:
    titled = select(MeetingRow.id).where(
        MeetingRow.workspace_id == workspace_id, MeetingRow.title.icontains(words, autoescape=True)
    )
    is_titled = SessionRow.meeting_id.in_(titled)
    named = possible_id(words.lower())
    return or_(is_titled, SessionRow.id == named, SessionRow.meeting_id == named) if named else is_titled
