"""Finding the session that something is about, and noting what is added to one that has ended."""

from datetime import datetime

from sonde.directory.directory import Transaction
from sonde.model.errors import NotFound
from sonde.model.sessions import Session
from sonde.model.webhooks import EventKind
from sonde.services.attendance import hold_meeting


def find_session(tx: Transaction, workspace_id: int, session_id: str) -> Session:
    """One of the workspace's sessions.

    Raises:
        NotFound: the workspace has no such session.
    """
    session = tx.sessions.get(workspace_id, session_id)
    if session is None:
        raise NotFound(f"There is no session {session_id} in this workspace.")
    return session


def hold_session(tx: Transaction, workspace_id: int, session_id: str) -> Session:
    """One of the workspace's sessions, with its meeting held: whoever else writes to it waits.

    Raises:
        NotFound: the workspace has no such session.
    """
    session = find_session(tx, workspace_id, session_id)
    hold_meeting(tx, workspace_id, session.meeting_id)
    # It may have ended while the meeting was somebody else's.
    return find_session(tx, workspace_id, session_id)


def note_talk(tx: Transaction, session: Session, kind: EventKind, *, now: datetime) -> None:
    """Keep in mind that something was added to what is told of a session; of a live one its end does."""
    if session.ended_at is not None:
        tx.untold_talk.add(session, kind, now=now)
