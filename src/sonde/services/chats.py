"""Chat: messages as they come from applications, their changes, and where the whole of it can be fetched."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

import msgspec

from sonde.directory import Directory
from sonde.model.chat import ChatMessage
from sonde.model.errors import Invalid, NotFound
from sonde.model.listing import Position
from sonde.model.people import Access
from sonde.model.sessions import Session
from sonde.model.webhooks import EventKind
from sonde.services.accounts import require_admin
from sonde.services.chat_checks import NewMessage, checked_message, checked_words, signed_message
from sonde.services.clock import Clock, utc_now
from sonde.services.downloads import Content, Downloads, Grant, Link
from sonde.services.session_checks import find_session, hold_session, note_talk

AT_ONCE: Final = 1000
"""Most messages in one request."""

MESSAGES_MAX: Final = 100_000
"""Most messages of a session."""

PERSISTS: Final = timedelta(days=7)
"""How long a message stays in a room whose chat persists."""

READ_AT_ONCE: Final = 1000
"""Messages that are in memory while all of them are read."""


class Chats:
    """The messages of each workspace's sessions.

    Args:
        directory: where they are kept.
        downloads: signs the addresses of whole chats.
        now: the present moment.
    """

    def __init__(self, directory: Directory, downloads: Downloads, now: Clock = utc_now) -> None:
        self._directory = directory
        self._downloads = downloads
        self._now = now

    def add(self, access: Access, session_id: str, messages: Sequence[NewMessage]) -> list[str]:
        """Take messages; what is known already stays as it is, deleted ones too.

        Returns:
            The id of each, in the order given.

        Raises:
            Denied: not an administrator.
            Invalid: a part of a message cannot be used, or they are too many.
            NotFound: the workspace has no such session.
        """
        require_admin(access)
        if len(messages) > AT_ONCE:
            raise Invalid(f"At most {AT_ONCE} messages can come at once.", field="messages")
        now = self._now()
        checked = [checked_message(each, session_id, now=now) for each in messages]
        with self._directory.write() as tx:
            session = hold_session(tx, access.workspace.workspace_id, session_id)
            known = tx.chat.known(session_id, {each.message_id for each in checked})
            new = {each.message_id: each for each in reversed(checked) if each.message_id not in known}
            if tx.chat.count(session_id) + len(new) > MESSAGES_MAX:
                raise Invalid(f"A session has at most {MESSAGES_MAX} messages.", field="messages")
            peers = {each.peer_id: each for each in tx.peers.of_session(session.workspace_id, session_id)}
            for message in new.values():
                tx.chat.add(signed_message(message, peers.get(message.peer_id or "")))
            if new:
                note_talk(tx, session, EventKind.CHAT, now=now)
        return [each.message_id for each in checked]

    def change(
        self,
        access: Access,
        session_id: str,
        message_id: str,
        *,
        text: str | None = None,
        is_pinned: bool | None = None,
    ) -> ChatMessage:
        """Edit a message, pin it or unpin it; what is None stays.

        Raises:
            Denied: not an administrator.
            Invalid: the text cannot be used.
            NotFound: the workspace has no such session, or the session no such message.
        """
        require_admin(access)
        with self._directory.write() as tx:
            hold_session(tx, access.workspace.workspace_id, session_id)
            message = _found(tx.chat.get(session_id, message_id), message_id)
            if text is not None and text != message.text:
                text = checked_words(text, message.kind)
                message = msgspec.structs.replace(message, text=text, edited_at=self._now())
            if is_pinned is not None:
                message = msgspec.structs.replace(message, is_pinned=is_pinned)
            tx.chat.update(message)
        return message

    def delete(self, access: Access, session_id: str, message_id: str) -> None:
        """Forget what a message said; it does not come back when it is told of again.

        Raises:
            Denied: not an administrator.
            NotFound: the workspace has no such session, or the session no such message.
        """
        require_admin(access)
        with self._directory.write() as tx:
            hold_session(tx, access.workspace.workspace_id, session_id)
            if not tx.chat.delete(session_id, message_id, now=self._now()):
                raise _no_message(message_id)

    def page(
        self, access: Access, session_id: str, *, limit: int, after: Position | None = None
    ) -> list[ChatMessage]:
        """The messages of a session behind a position, oldest first.

        Raises:
            NotFound: the workspace has no such session.
        """
        with self._directory.read() as tx:
            find_session(tx, access.workspace.workspace_id, session_id)
            return tx.chat.page(session_id, limit=limit, after=after)

    def room(
        self, access: Access, meeting_id: str, *, limit: int, after: Position | None = None
    ) -> list[ChatMessage]:
        """What somebody who comes to a meeting now finds written there, behind a position, oldest first.

        That is the chat of the session that goes on; where the meeting's chat shall persist, also what was
        written in earlier sessions during the last `PERSISTS`.

        Raises:
            NotFound: the workspace has no such meeting.
        """
        workspace_id = access.workspace.workspace_id
        with self._directory.read() as tx:
            meeting = tx.meetings.get(workspace_id, meeting_id)
            if meeting is None:
                raise NotFound(f"There is no meeting {meeting_id} in this workspace.")
            since = self._now() - PERSISTS if meeting.options.persist_chat else None
            return tx.chat.page_of_room(workspace_id, meeting_id, since=since, limit=limit, after=after)

    def link(self, access: Access, session_id: str) -> Link:
        """Where all messages of a session can be fetched.

        Raises:
            NotFound: the workspace has no such session, or nobody wrote anything in it.
        """
        with self._directory.read() as tx:
            session = find_session(tx, access.workspace.workspace_id, session_id)
            if not tx.chat.has_any(session_id):
                raise NotFound(f"There is no chat of session {session_id}.", code="no_chat")
        return self._downloads.sign(session, Content.CHAT_CSV)

    def fetch(self, grant: Grant) -> tuple[Session, Iterator[ChatMessage]]:
        """A session and all its messages, oldest first, for whoever has an address that was checked.

        Raises:
            NotFound: the session is gone.
        """
        with self._directory.read() as tx:
            session = find_session(tx, grant.workspace_id, grant.session_id)
        return session, self._read(grant.session_id)

    def _read(self, session_id: str) -> Iterator[ChatMessage]:
        after: Position | None = None
        while True:
            with self._directory.read() as tx:
                found = tx.chat.page(session_id, limit=READ_AT_ONCE, after=after)
            yield from found
            if len(found) < READ_AT_ONCE:
                return
            after = Position(at=found[-1].sent_at, record_id=found[-1].message_id)


def _found(message: ChatMessage | None, message_id: str) -> ChatMessage:
    if message is None:
        raise _no_message(message_id)
    return message


def _no_message(message_id: str) -> NotFound:
    return NotFound(f"There is no message {message_id} in this session.")
