"""What the server asks again and again is found in an index, however many sessions there were."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from sonde.directory import Directory
from sonde.model.listing import SessionFilter
from sonde.services.session_sweeper import CATCH_UP, PEER_TIME_OUT, SessionSweeper

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
    moment = [datetime(2026, 1, 1, tzinfo=UTC)]
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
