"""Lists of sessions on both databases, compared with what Python finds among all of them."""

import random
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from alembic import command
from sqlalchemy import select

from sonde.directory import Directory, session_lists
from sonde.directory.call_tables import SessionRow
from sonde.directory.connection import WRITES, open_engine
from sonde.directory.migrate import configuration
from sonde.model.listing import PageNumber, SessionFilter, SessionListing
from sonde.model.people import Workspace
from sonde.model.sessions import EndReason, Meeting, MeetingSettings, Session, Totals

MINUTE = timedelta(minutes=1)
SESSIONS = 60
LISTINGS = 150
TITLES = ("Standup", "Stand_up", "50% Review", "ÄRGER")


@pytest.fixture
def chance() -> random.Random:
    return random.Random("lists of sessions")


@pytest.fixture
def fill(home: Workspace, now: datetime, chance: random.Random) -> Callable[[Directory], dict[Any, Any]]:
    """Writes sessions that go on and that ended, and gives each with its totals and title, by its id.

    Many lasted as long and began at the same time as others; of some the clock says that they ended first.
    """

    def write(directory: Directory) -> dict[Any, Any]:
        with directory.write() as tx:
            meetings = [
                tx.meetings.add(home.workspace_id, MeetingSettings(title=title), now=now) for title in TITLES
            ]
            made = [_session(chance, chance.choice(meetings), now) for _ in range(SESSIONS)]
            for session, totals, _ in made:
                tx.sessions.add(msgspec.structs.replace(session, ended_at=None, end_reason=None))
                if session.ended_at is not None:
                    tx.sessions.update(session, totals=totals)
        return {each[0].session_id: each for each in made}

    return write


def _session(chance: random.Random, meeting: Meeting, now: datetime) -> tuple[Session, Totals, str]:
    began = now + chance.randrange(-30, 0) * MINUTE
    is_live = chance.random() < 0.2
    ended = None if is_live else began + chance.choice((-2, 0, 0.001, 1, 2, 2, 20)) * MINUTE
    people = 0 if is_live else chance.randrange(5)
    totals = Totals(
        participants=people,
        peers=people,
        live_peers=0,
        max_concurrent_peers=people,
        participant_minutes=people * 1.5,
        minutes_by_view_type={},
    )
    session = Session(
        session_id=f"{chance.getrandbits(32):08x}-0000-4000-8000-000000000000",
        workspace_id=meeting.workspace_id,
        meeting_id=meeting.meeting_id,
        parent_session_id=None,
        started_at=began,
        ended_at=ended,
        end_reason=None if is_live else EndReason.EMPTY,
        created_at=began,
        updated_at=now,
    )
    return session, totals, meeting.settings.title


def _listing(chance: random.Random, now: datetime, session: Session) -> SessionListing:
    def some(*values: Any, often: float = 0.4) -> Any:
        return chance.choice(values) if chance.random() < often else None

    def moment() -> Any:
        at = now + chance.randrange(-32, 2) * MINUTE
        return some(at, at, at, at + timedelta(microseconds=1), datetime.min.replace(tzinfo=UTC))

    return SessionListing(
        wanted=SessionFilter(
            since=chance.choice((moment(), session.ended_at, datetime.max.replace(tzinfo=UTC))),
            until=moment(),
            started_from=moment(),
            started_until=moment(),
            is_live=some(True, False),
            meeting_id=some(session.meeting_id, often=0.1),
        ),
        words=some("stand", "D_U", "%", "review", "nothing", session.session_id, often=0.5) or "",
        participants_from=some(0, 1, 2, 3),
        participants_to=some(0, 2, 4),
        by_minutes=chance.random() < 0.5,
        descending=chance.random() < 0.5,
    )


def _fits(each: tuple[Session, Totals, str], listing: SessionListing) -> bool:
    (session, totals, title), wanted = each, listing.wanted
    asked = (
        (wanted.since, session.ended_at is None or session.ended_at > (wanted.since or session.ended_at)),
        (wanted.until, session.started_at < (wanted.until or session.started_at)),
        (wanted.started_from, session.started_at >= (wanted.started_from or session.started_at)),
        (wanted.started_until, session.started_at <= (wanted.started_until or session.started_at)),
        (wanted.is_live, wanted.is_live == (session.ended_at is None)),
        (wanted.meeting_id, wanted.meeting_id == session.meeting_id),
        (listing.participants_from, totals.participants >= (listing.participants_from or 0)),
        (listing.participants_to, totals.participants <= (listing.participants_to or 0)),
    )
    is_called = listing.words.lower() in title.lower() or listing.words == session.session_id
    return is_called and all(is_met for value, is_met in asked if value is not None)


def test_pages_have_what_fits_in_order(
    directory: Directory,
    home: Workspace,
    now: datetime,
    chance: random.Random,
    fill,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By any conditions together, from either end, in either order, and counted; few sessions and many."""
    made = fill(directory)
    asked = [_listing(chance, now, chance.choice([*made.values()])[0]) for _ in range(LISTINGS)]
    sizes = set()
    for listing in [SessionListing(), SessionListing(by_minutes=True, descending=False), *asked]:
        found = [each for each in made.values() if _fits(each, listing)]
        found.sort(
            key=lambda each: (
                each[1].participant_minutes if listing.by_minutes else each[0].started_at,
                each[0].session_id,
            ),
            reverse=listing.descending,
        )
        page = PageNumber(number=chance.choice((1, 1, 2, 3, 7, 2**40)), size=chance.choice((1, 7, 9, 100)))
        monkeypatch.setattr(session_lists, "FEW", chance.choice((0, 10, 100)))
        monkeypatch.setattr(session_lists, "MANY", chance.choice((1, 10, 100)))
        with directory.read() as tx:
            shown, total = tx.sessions.numbered(home.workspace_id, listing, page, now=now)
        expected = [each[0] for each in found[page.offset : page.offset + page.size]]
        assert (shown, total) == (expected, len(found)), (listing, page)
        sizes.add(len(expected))
    assert {0, 1, 7, 9} <= sizes


def test_sessions_of_before_are_found(
    url: str, directory: Directory, home: Workspace, now: datetime, fill
) -> None:
    """A release that did not keep how long sessions lasted leaves them to be found by when they ended."""
    made = fill(directory)
    directory.close()
    engine = open_engine(url).execution_options(**{WRITES: True})
    with engine.begin() as connection:
        command.downgrade(configuration(connection), "0012")
    with closing(Directory(url)) as again, engine.begin() as connection:
        kept = dict(connection.execute(select(SessionRow.id, SessionRow.seconds)).all())
        with again.read() as tx:
            listing = SessionListing(wanted=SessionFilter(since=now - 5 * MINUTE))
            _, total = tx.sessions.numbered(home.workspace_id, listing, PageNumber(number=1, size=1), now=now)
    engine.dispose()
    assert total == sum(_fits(each, listing) for each in made.values())
    for session, _, _ in made.values():
        seconds = kept[session.session_id]
        if session.ended_at is None:
            assert seconds is None
        else:
            lasted = (session.ended_at - session.started_at).total_seconds()
            assert lasted <= seconds <= lasted + 3
