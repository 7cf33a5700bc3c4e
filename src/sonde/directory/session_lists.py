"""Which sessions a list is about, how many they are and in which order, in SQL.

What ended sessions add up to is kept with them, so that they are found in indexes. The few that go on are
asked for on their own where that would not do: their people and minutes are counted, and databases would
rather walk through all sessions than begin with those that go on.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, asc, desc, func, or_, select, union_all
from sqlalchemy.orm import Session as Database
from sqlalchemy.orm import aliased

from sonde.directory.call_tables import MeetingRow, ParticipantRow, PeerRow, SessionRow, possible_id
from sonde.directory.peers import of_program
from sonde.directory.session_sums import minutes_so_far, participants, participants_so_far
from sonde.model.listing import SessionFilter, SessionListing

Condition = ColumnElement[bool]


def conditions_of(workspace_id: int, listing: SessionListing) -> list[Condition]:
    """All that a listing asks for."""
    wanted = listing.wanted
    conditions = [*_plain(workspace_id, listing), *_of_people(participants(), listing)]
    if wanted.since is not None:
        conditions.append(or_(SessionRow.ended_at.is_(None), SessionRow.ended_at > wanted.since))
    if wanted.is_live is not None:
        conditions.append(
            SessionRow.ended_at.is_(None) if wanted.is_live else SessionRow.ended_at.is_not(None)
        )
    return conditions


def count_sessions(database: Database, workspace_id: int, listing: SessionListing) -> int:
    """How many sessions there are of what is asked for."""

    def count(conditions: list[Condition]) -> int:
        return database.scalar(select(func.count()).select_from(SessionRow).where(*conditions)) or 0

    if listing.wanted.is_live:
        return count(_live(workspace_id, listing))
    kept = count(_kept(workspace_id, listing))
    if _leaves_out_live(listing):
        return kept if listing.wanted.is_live is False else kept + count(_live(workspace_id, listing))
    return kept - count(_live(workspace_id, listing)) if listing.wanted.is_live is False else kept


def ordered_ids(
    workspace_id: int, listing: SessionListing, *, now: datetime
) -> Select[str] | Select[str, float] | Select[str, float | None] | CompoundSelect[Any]:
    """The ids of the sessions that are asked for, in the order of a listing.

    Args:
        workspace_id: whose.
        listing: which, and in which order.
        now: until when those count who are there and do not report.
    """
    order = desc if listing.descending else asc
    if not listing.by_minutes:
        conditions = (_live if listing.wanted.is_live else conditions_of)(workspace_id, listing)
        query = select(SessionRow.id).where(*conditions)
        return query.order_by(order(SessionRow.started_at), order(SessionRow.id))
    live = select(SessionRow.id, minutes_so_far(now).label("minutes")).where(*_live(workspace_id, listing))
    if listing.wanted.is_live:
        return live.order_by(order(live.selected_columns.minutes), order(live.selected_columns.id))
    # Apart, those that ended come in the order of an index.
    ended = select(SessionRow.id, SessionRow.participant_minutes.label("minutes")).where(
        *_kept(workspace_id, listing), SessionRow.participant_minutes.is_not(None)
    )
    if listing.wanted.is_live is False:
        return ended.order_by(order(ended.selected_columns.minutes), order(ended.selected_columns.id))
    both: CompoundSelect[Any] = union_all(ended, live)
    return both.order_by(order(both.selected_columns.minutes), order(both.selected_columns.id))


def _kept(workspace_id: int, listing: SessionListing) -> list[Condition]:
    """What is asked for of sessions that ended, which those that go on meet too unless they are left out."""
    conditions = [*_plain(workspace_id, listing), *_of_people(SessionRow.participants.expression, listing)]
    if listing.wanted.since is not None:
        conditions.append(SessionRow.ended_at > listing.wanted.since)
    return conditions


def _leaves_out_live(listing: SessionListing) -> bool:
    """Whether sessions that go on do not meet what is asked of those that ended: nothing is kept of them."""
    asked = (listing.wanted.since, listing.participants_from, listing.participants_to)
    return any(each is not None for each in asked)


def _live(workspace_id: int, listing: SessionListing) -> list[Condition]:
    """What is asked for of sessions that go on, begun with these."""
    row = aliased(SessionRow)
    going_on = select(row.id).where(row.workspace_id == workspace_id, row.ended_at.is_(None))
    return [
        SessionRow.id.in_(going_on),
        *_plain(workspace_id, listing, is_narrow=True),
        *_of_people(participants_so_far(), listing),
    ]


def _plain(workspace_id: int, listing: SessionListing, *, is_narrow: bool = False) -> list[Condition]:
    """What is asked alike of sessions that ended and that go on; others in it narrow more than the owner."""
    wanted = listing.wanted
    names = (wanted.meeting_id, wanted.parent_session_id)
    narrows = bool(listing.words or wanted.rooms) or any(name is not None for name in names)
    conditions = [_belongs(workspace_id, is_narrow=is_narrow or narrows)]
    if wanted.until is not None:
        conditions.append(SessionRow.started_at < wanted.until)
    if wanted.meeting_id is not None:
        conditions.append(SessionRow.meeting_id == possible_id(wanted.meeting_id))
    if wanted.parent_session_id is not None:
        conditions.append(SessionRow.parent_session_id == possible_id(wanted.parent_session_id))
    if wanted.participant:
        conditions.append(_was_in_it(wanted.participant))
    if wanted.peer.asks_for_program:
        reporting = select(PeerRow.id).where(PeerRow.session_id == SessionRow.id, *of_program(wanted.peer))
        conditions.append(reporting.exists())
    if listing.words:
        conditions.append(_is_called(workspace_id, listing.words))
    return [*conditions, *_of_start(wanted), *(_is_of_room(workspace_id, name) for name in wanted.rooms)]


def _of_people(count: ColumnElement[Any], listing: SessionListing) -> list[Condition]:
    conditions: list[Condition] = []
    if listing.participants_from is not None:
        conditions.append(count >= listing.participants_from)
    if listing.participants_to is not None:
        conditions.append(count <= listing.participants_to)
    return conditions


def _belongs(workspace_id: int, *, is_narrow: bool) -> Condition:
    """That a session is one of the workspace.

    Databases take any condition of equality for a narrow one. Where meetings or a session are named it is
    they that narrow, so the workspace is compared in a way that no index helps with.
    """
    owner: ColumnElement[int] = (
        SessionRow.workspace_id + 0 if is_narrow else SessionRow.workspace_id.expression
    )
    return owner == workspace_id


def _of_start(wanted: SessionFilter) -> list[Condition]:
    conditions: list[Condition] = []
    if wanted.started_from is not None:
        conditions.append(SessionRow.started_at >= wanted.started_from)
    if wanted.started_until is not None:
        conditions.append(SessionRow.started_at <= wanted.started_until)
    return conditions


def _is_of_room(workspace_id: int, name: str) -> Condition:
    query = select(MeetingRow.id).where(
        MeetingRow.workspace_id == workspace_id,
        or_(MeetingRow.id == name, MeetingRow.custom_id == name),
    )
    return SessionRow.meeting_id.in_(query)


def _was_in_it(words: str) -> Condition:
    query = select(PeerRow.id).join(ParticipantRow, ParticipantRow.id == PeerRow.participant_id)
    return query.where(
        PeerRow.session_id == SessionRow.id,
        or_(
            ParticipantRow.id == words,
            ParticipantRow.custom_id == words,
            ParticipantRow.name.icontains(words, autoescape=True),
        ),
    ).exists()


def _is_called(workspace_id: int, words: str) -> Condition:
    titled = select(MeetingRow.id).where(
        MeetingRow.workspace_id == workspace_id, MeetingRow.title.icontains(words, autoescape=True)
    )
    is_titled = SessionRow.meeting_id.in_(titled)
    named = possible_id(words.lower())
    return or_(is_titled, SessionRow.id == named, SessionRow.meeting_id == named) if named else is_titled
