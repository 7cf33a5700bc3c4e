"""Telling of what was written and said in sessions that have ended, and having it summarised where wished.

Chat and transcripts come from applications, some of them after the end and in many requests. So a session's
words are told of when nothing was added for a while, and once more if something comes later.
"""

from datetime import timedelta
from typing import Final

from sonde.directory import Directory
from sonde.directory.directory import Transaction
from sonde.model.sessions import Session
from sonde.model.webhooks import EventKind, UntoldTalk
from sonde.services.clock import Clock, utc_now
from sonde.services.downloads import Content, Downloads
from sonde.services.session_checks import find_session, hold_session
from sonde.services.summaries import Summaries, order
from sonde.services.webhook_events import event_of_file

TOLD_EVERY: Final = 1.0
"""Seconds between two looks."""

SETTLED: Final = timedelta(seconds=5)
"""After this long without an addition, a chat or a transcript is held for complete."""

AT_ONCE: Final = 100
"""Most sessions' words that are looked up at once."""

_FILES: Final = {EventKind.CHAT: Content.CHAT_CSV, EventKind.TRANSCRIPT: Content.TRANSCRIPT_CSV}


class TalkTeller:
    """Tells of chats and transcripts. Several processes may do it side by side; each is told of once.

    Args:
        directory: keeps what is to be told.
        downloads: signs the addresses.
        summaries: is told when one was ordered.
        now: the present moment.
    """

    def __init__(
        self, directory: Directory, downloads: Downloads, summaries: Summaries, now: Clock = utc_now
    ) -> None:
        self._directory = directory
        self._downloads = downloads
        self._summaries = summaries
        self._now = now

    def tell(self) -> None:
        """Look once, and tell of all that has settled.

        Raises:
            Unavailable: the directory cannot be reached.
        """
        with self._directory.read() as tx:
            settled = tx.untold_talk.settled(until=self._now() - SETTLED, limit=AT_ONCE)
        for talk in settled:
            self._tell(talk)

    def _tell(self, talk: UntoldTalk) -> None:
        with self._directory.read() as tx:
            session = find_session(tx, talk.workspace_id, talk.session_id)
        # Before the transaction: the first address ever makes the secret in one of its own.
        link = self._downloads.sign_whole(session, _FILES[talk.kind])
        with self._directory.write() as tx:
            session = hold_session(tx, talk.workspace_id, talk.session_id)
            if not tx.untold_talk.take(talk) or session.ended_at is None:
                # Somebody else tells of it; or its next end will, because late reports opened it again.
                return
            if talk.kind not in tx.untold_talk.kinds(session.session_id):
                return
            tx.session_events.add(event_of_file(talk.kind, session, link, at=self._now()))
            is_ordered = talk.kind is EventKind.TRANSCRIPT and self._order_summary(tx, session)
        if is_ordered:
            self._summaries.asked.set()

    def _order_summary(self, tx: Transaction, session: Session) -> bool:
        """Have a transcript summarised whose meeting wishes that; as somebody wished it, if somebody did."""
        meeting = tx.meetings.get(session.workspace_id, session.meeting_id)
        if meeting is None or not meeting.options.summarize_on_end:
            return False
        kept = tx.summaries.get(session.session_id)
        order(tx, session, kept.wishes if kept else meeting.options.summary, now=self._now())
        return True
