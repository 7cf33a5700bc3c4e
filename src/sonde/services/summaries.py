"""Summaries of sessions: asked for, made in the background, and fetched.

What is pending is kept in the directory and nowhere else, so that a restart forgets nothing.
"""

import threading
from datetime import datetime

from sonde.directory import Directory
from sonde.directory.directory import Transaction
from sonde.model.errors import Invalid, NotFound
from sonde.model.people import Access
from sonde.model.sessions import Session
from sonde.model.summaries import WORD_LIMIT_RANGE, Summary, SummaryStatus, SummaryWishes
from sonde.model.webhooks import EventKind
from sonde.services.accounts import require_admin
from sonde.services.clock import Clock, utc_now
from sonde.services.downloads import Content, Downloads, Grant, Link
from sonde.services.session_checks import find_session, hold_session
from sonde.services.transcripts import no_transcript
from sonde.services.webhook_events import event_of_file


class Summaries:
    """The summaries of each workspace's sessions.

    Args:
        directory: where they are kept.
        downloads: signs their addresses.
        now: the present moment.

    Attributes:
        asked: set when somebody asked for one, for whoever makes them.
    """

    def __init__(self, directory: Directory, downloads: Downloads, now: Clock = utc_now) -> None:
        self._directory = directory
        self._downloads = downloads
        self._now = now
        self.asked = threading.Event()

    def request(self, access: Access, session_id: str, wishes: SummaryWishes | None = None) -> Summary:
        """Ask for a summary, in place of the one there may be; of one that is pending nothing changes.

        Args:
            access: who asks.
            session_id: of what.
            wishes: what it shall be like; what the meeting's options say if they are left out.

        Raises:
            Denied: not an administrator.
            Invalid: the limit of words is out of range.
            NotFound: the workspace has no such session, or nothing was understood for good in it.
        """
        require_admin(access)
        fewest, most = WORD_LIMIT_RANGE
        if wishes is not None and not fewest <= wishes.word_limit <= most:
            raise Invalid(f"word_limit must be {fewest} to {most}.", field="word_limit")
        with self._directory.write() as tx:
            session = hold_session(tx, access.workspace.workspace_id, session_id)
            if not tx.transcripts.has_final(session_id):
                raise no_transcript(session_id)
            wishes = wishes or _usual(tx, session)
            kept = tx.summaries.get(session_id)
            if kept and kept.status is SummaryStatus.PENDING and kept.wishes == wishes:
                return kept
            summary = order(tx, session, wishes, now=self._now())
        self.asked.set()
        return summary

    def keep(self, made: Summary) -> None:
        """Keep what was made, unless somebody asked for another one meanwhile, and tell that it is there.

        Raises:
            Unavailable: the directory cannot be reached.
        """
        with self._directory.read() as tx:
            session = find_session(tx, made.workspace_id, made.session_id)
        # Before the transaction: the first address ever makes the secret in one of its own.
        link = self._downloads.sign_whole(session, Content.SUMMARY)
        with self._directory.write() as tx:
            kept = tx.summaries.get(made.session_id)
            if kept and kept.status is SummaryStatus.PENDING and kept.requested_at == made.requested_at:
                tx.summaries.put(made)
                if made.status is SummaryStatus.COMPLETED:
                    tx.session_events.add(event_of_file(EventKind.SUMMARY, session, link, at=self._now()))

    def get(self, access: Access, session_id: str) -> Summary:
        """The summary of a session, whatever became of it.

        Raises:
            NotFound: the workspace has no such session, or nobody asked for a summary of it.
        """
        with self._directory.read() as tx:
            find_session(tx, access.workspace.workspace_id, session_id)
            summary = tx.summaries.get(session_id)
        if summary is None:
            raise no_summary(session_id)
        return summary

    def link(self, access: Access, session_id: str) -> Link:
        """Where the summary of a session can be fetched.

        Raises:
            NotFound: the workspace has no such session, or there is no summary of it that is completed.
        """
        with self._directory.read() as tx:
            session = find_session(tx, access.workspace.workspace_id, session_id)
            _completed(tx.summaries.get(session_id), session_id)
        return self._downloads.sign(session, Content.SUMMARY)

    def fetch(self, grant: Grant) -> Summary:
        """The summary of a session, for whoever has an address that was checked.

        Raises:
            NotFound: the session is gone, or another summary is being made.
        """
        with self._directory.read() as tx:
            find_session(tx, grant.workspace_id, grant.session_id)
            return _completed(tx.summaries.get(grant.session_id), grant.session_id)


def order(tx: Transaction, session: Session, wishes: SummaryWishes, *, now: datetime) -> Summary:
    """Put a summary that is to be made in place of the one there may be."""
    summary = Summary(
        session_id=session.session_id,
        workspace_id=session.workspace_id,
        status=SummaryStatus.PENDING,
        wishes=wishes,
        requested_at=now,
    )
    tx.summaries.put(summary)
    return summary


def no_summary(session_id: str) -> NotFound:
    """What is said of a session of which nobody asked for a summary."""
    return NotFound(
        f"There is no summary of session {session_id}.", hint="Ask for one first.", code="no_summary"
    )


def _usual(tx: Transaction, session: Session) -> SummaryWishes:
    """What is wished of the meeting that a session was of."""
    meeting = tx.meetings.get(session.workspace_id, session.meeting_id)
    return meeting.options.summary if meeting else SummaryWishes()


def _completed(summary: Summary | None, session_id: str) -> Summary:
    if summary is None:
        raise no_summary(session_id)
    if summary.status is SummaryStatus.FAILED:
        raise NotFound(f"The summary of session {session_id} failed: {summary.problem}", code="no_summary")
    if summary.status is SummaryStatus.PENDING:
        raise NotFound(
            f"The summary of session {session_id} is being made.", hint="Ask again.", code="no_summary"
        )
    return summary
