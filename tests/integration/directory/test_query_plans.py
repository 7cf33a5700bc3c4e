"""What the server asks again and again is found in an index, however many sessions there were."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from sonde.directory import Directory
from sonde.model.listing import PageNumber, SessionFilter, SessionListing
from sonde.services.session_sweeper import CATCH_UP, PEER_TIME_OUT, SessionSweeper

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SOME_DAY = SessionFilter(since=NOW - timedelta(days=9), until=NOW - timedelta(days=8))

BY_START = "ix_sessions_by_start (workspace_id=?"
BY_MINUTES = "ix_sessions_by_minutes (workspace_id=?"
BY_PEOPLE = "ix_sessions_by_people (workspace_id=?"
BY_MEETING = "ix_sessions_by_meeting (meeting_id=?"
AFTER, UNTIL = " AND started_at>?", " AND started_at<?"
PEOPLE = " AND participants>? AND participants<?"
OF_A_DAY = BY_START + AFTER + UNTIL

SMALL_INDEXES = ("ix_peers_present", "ix_sessions_live")
"""Those that only hold what goes on, which may be read from end to end."""


@contextmanager
def plans() -> Iterator[list[str]]:
    """Each step of SQLite's plans for the questions that are asked meanwhile."""
    found: list[str] = []

    def explain(_: Any, cursor: Any, statement: str, parameters: Any, *__: Any) -> None:
        if statement.startswith("SELECT"):
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            found.extend(detail for *_, detail in cursor.fetchall())

    event.listen(Engine, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", explain)


def test_the_sweeper_reads_only_what_goes_on(tmp_path: Path) -> None:
    """It looks every few seconds, and reads neither all peers nor all sessions for it."""
    moment = [NOW]
    directory = Directory(f"sqlite:///{tmp_path}/directory.db")
    try:
        sweeper = SessionSweeper(directory, lambda: moment[0])
        with plans() as steps:
            # For the first minutes it only waits for those who report.
            for _ in range(CATCH_UP // PEER_TIME_OUT + 1):
                moment[0] += PEER_TIME_OUT
                sweeper.sweep()
    finally:
        directory.close()
    assert any("ix_peers_present" in step for step in steps)
    assert any("ix_sessions_live" in step for step in steps)
    walks = [step for step in steps if re.match("SCAN (peers|sessions)", step)]
    assert all(step.endswith(SMALL_INDEXES) for step in walks), walks


def test_what_belongs_to_a_session_is_found_by_it(tmp_path: Path) -> None:
    """And what has an id by that, not among all that the workspace has."""
    directory = Directory(f"sqlite:///{tmp_path}/directory.db")
    try:
        with plans() as steps, directory.read() as tx:
            tx.peers.ids_of_session(1, "session")
            tx.peers.of_session(1, "session")
            tx.meetings.some(1, ["one", "two", "three"])
            tx.sessions.page(1, SessionFilter(parent_session_id="session"), limit=20)
    finally:
        directory.close()
    assert steps
    assert not [step for step in steps if step.endswith("(workspace_id=?)")], steps


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Directory]:
    """A directory with nothing in it; SQLite makes the same plans for a full one."""
    opened = Directory(f"sqlite:///{tmp_path_factory.mktemp('plans')}/directory.db")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("asked", "counted", "shown"),
    [
        ({}, BY_PEOPLE, {BY_START, BY_MINUTES}),
        ({"wanted": SessionFilter(is_live=False)}, BY_PEOPLE, {BY_START, BY_MINUTES}),
        ({"participants_from": 4, "participants_to": 6}, BY_PEOPLE + PEOPLE, {BY_START, BY_MINUTES}),
        ({"wanted": SessionFilter(until=NOW)}, BY_START + UNTIL, {BY_START + UNTIL, BY_MINUTES}),
        ({"wanted": SessionFilter(since=NOW)}, BY_START + AFTER, {BY_START + AFTER, BY_MINUTES}),
        ({"wanted": SOME_DAY}, OF_A_DAY, {OF_A_DAY, BY_MINUTES}),
        ({"wanted": SOME_DAY, "participants_from": 9}, OF_A_DAY, {OF_A_DAY, BY_MINUTES}),
        ({"wanted": SOME_DAY, "words": "a"}, OF_A_DAY, {OF_A_DAY}),
        ({"words": "a"}, BY_MEETING, {BY_MEETING}),
        ({"wanted": SessionFilter(meeting_id="some")}, BY_MEETING, {BY_MEETING}),
    ],
)
def test_lists_are_found_in_indexes(
    empty: Directory, asked: dict[str, Any], counted: str, shown: set[str]
) -> None:
    """Sessions that ended are counted in the narrowest one, and come in the order of another one."""

    def index(page: int, *, by_minutes: bool) -> str:
        listing = SessionListing(**asked, by_minutes=by_minutes)
        with plans() as steps, empty.read() as tx:
            tx.sessions.numbered(1, listing, PageNumber(number=page, size=9), now=NOW)
        # Those that go on are few, and searched by their ids.
        *_, last = (step for step in steps if step.startswith("SEARCH sessions USING COVERING INDEX "))
        return last.removeprefix("SEARCH sessions USING COVERING INDEX ").removesuffix(")")

    # A first page is counted when it is full or there are words, and behind the last one nothing is shown.
    found = {index(1, by_minutes=by_minutes) for by_minutes in (False, True)}
    assert {each.removesuffix(" AND participant_minutes>?") for each in found} == shown
    assert index(2, by_minutes=False) == counted
