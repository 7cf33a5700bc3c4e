"""What a list asks of sessions, in SQL: of all of them, of those that ended, and of those that go on."""

from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Any, Final

from msgspec.structs import replace
from sqlalchemy import ColumnElement, bindparam, or_, select
from sqlalchemy.orm import aliased

from sonde.directory.call_tables import MeetingRow, ParticipantRow, PeerRow, SessionRow, possible_id
from sonde.directory.containing import Containing
from sonde.directory.peers import of_program
from sonde.directory.session_sums import participants, participants_so_far
from sonde.model.listing import SessionFilter, SessionListing

Condition = ColumnElement[bool]

_FIRST: Final = datetime.min.replace(tzinfo=UTC)
_LAST: Final = datetime.max.replace(tzinfo=UTC) - timedelta.resolution

_row: Final = aliased(SessionRow)
_GOES_ON: Final = SessionRow.id.in_(
    select(_row.id).where(_row.workspace_id == bindparam("workspace_id"), _row.ended_at.is_(None))
)


class Titles(Enum):
    """How the sessions are found of which the title of the meeting has certain words in it."""

    MEETINGS = auto()
    """By the meetings of such a title: the sessions of each are in an index."""

    LIST = auto()
    """Going through sessions, by a list of those meetings: where many fit, or a time narrows them."""

    OWN = auto()
    """Going through few sessions, by the title of each one's meeting."""


def is_bounded(wanted: SessionFilter) -> bool:
    """Whether sessions began between two moments."""
    return bool((wanted.since or wanted.started_from) and (wanted.until or wanted.started_until))


def split(listing: SessionListing, shortest: timedelta) -> tuple[SessionListing, SessionListing]:
    """What is asked for since a moment, as two lists: what may have ended before it, and what began too late.

    Of the second it does not matter when it ended, which it takes databases twice the time to look at.

    Args:
        listing: asks for sessions since a moment.
        shortest: no ended session was shorter; below 0 where clocks differed.
    """
    wanted = listing.wanted
    if wanted.since is None:
        raise ValueError("all sessions are asked for")
    moment = _before(wanted.since, shortest)
    until = min(filter(None, (moment, wanted.started_until)))
    since = max(filter(None, (moment + timedelta.resolution, wanted.started_from)))
    return (
        replace(listing, wanted=replace(wanted, started_until=until)),
        replace(listing, wanted=replace(wanted, since=None, started_from=since)),
    )


def of_all(workspace_id: int, listing: SessionListing, titles: Titles = Titles.MEETINGS) -> list[Condition]:
    """All that a listing asks for."""
    wanted = listing.wanted
    conditions = [*_plain(workspace_id, listing, titles), *_of_people(participants(), listing)]
    if wanted.since is not None:
        conditions.append(or_(SessionRow.ended_at.is_(None), SessionRow.ended_at > wanted.since))
    if wanted.is_live is not None:
        conditions.append(
            SessionRow.ended_at.is_(None) if wanted.is_live else SessionRow.ended_at.is_not(None)
        )
    return conditions


def of_ended(
    workspace_id: int, listing: SessionListing, titles: Titles, *, longest: timedelta
) -> list[Condition]:
    """What is asked of sessions that ended, which those that go on meet too unless they are left out.

    Args:
        workspace_id: whose.
        listing: what is asked for.
        titles: how words are looked for.
        longest: none of them was longer.
    """
    people = SessionRow.participants.expression
    conditions = [*_plain(workspace_id, listing, titles), *_of_people(people, listing)]
    since = listing.wanted.since
    if since is not None:
        # Indexes are in the order of the beginning, which mostly tells when a session cannot have ended yet.
        conditions.append(SessionRow.started_at >= _before(since, longest))
        conditions.append(SessionRow.ended_at > since)
    return conditions


def leaves_out_live(listing: SessionListing) -> bool:
    """Whether sessions that go on do not meet what is asked of those that ended: nothing is kept of them."""
    asked = (listing.wanted.since, listing.participants_from, listing.participants_to)
    return any(each is not None for each in asked)


def of_live(workspace_id: int, listing: SessionListing) -> list[Condition]:
    """What is asked of sessions that go on, begun with these. Takes a parameter `workspace_id`."""
    return [
        _GOES_ON,
        *_plain(workspace_id, listing, Titles.OWN, is_narrow=True),
        *_of_people(participants_so_far(), listing),
    ]


def begun(workspace_id: int, listing: SessionListing, longest: timedelta) -> list[Condition]:
    """What is asked of when sessions began, which a part of an index tells."""
    wanted = listing.wanted
    conditions = [_belongs(workspace_id, is_narrow=False), *_of_start(wanted)]
    if wanted.until is not None:
        conditions.append(SessionRow.started_at < wanted.until)
    if wanted.since is not None:
        conditions.append(SessionRow.started_at >= _before(wanted.since, longest))
    return conditions


def _plain(
    workspace_id: int, listing: SessionListing, titles: Titles, *, is_narrow: bool = False
) -> list[Condition]:
    """What is asked alike of sessions that ended and that go on; others in it narrow more than the owner."""
    wanted = listing.wanted
    names = (wanted.meeting_id, wanted.parent_session_id)
    words = listing.words if titles is Titles.MEETINGS else ""
    narrows = bool(words or wanted.rooms) or any(name is not None for name in names)
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
        conditions.append(_is_called(workspace_id, listing.words, titles))
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


def _before(moment: datetime, span: timedelta) -> datetime:
    try:
        return moment - span
    except OverflowError:
        return _FIRST if span > timedelta() else _LAST


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
            Containing(ParticipantRow.name, words),
        ),
    ).exists()


def _is_called(workspace_id: int, words: str, titles: Titles) -> Condition:
    titled = select(MeetingRow.id).where(
        MeetingRow.workspace_id == workspace_id, Containing(MeetingRow.title, words)
    )
    meeting_id = SessionRow.meeting_id
    match titles:
        case Titles.MEETINGS:
            is_titled: Condition = meeting_id.in_(titled)
        case Titles.LIST:
            # Compared in a way that no index helps with.
            is_titled = (meeting_id + "").in_(titled)
        case Titles.OWN:
            is_titled = titled.where(MeetingRow.id == meeting_id).exists()
    named = possible_id(words.lower())
    return or_(is_titled, SessionRow.id == named, meeting_id == named) if named else is_titled
