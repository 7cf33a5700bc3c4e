"""What a message may be: it comes from applications, and shows what anybody wrote."""

from datetime import datetime
from typing import Final
from uuid import uuid4

import msgspec

from sonde.model.chat import ChatMessage, MessageKind, message_id_of
from sonde.model.errors import Invalid
from sonde.model.peers import Peer
from sonde.services.sighting_checks import FUTURE_MAX, checked_uuid
from sonde.services.text import NAME_LENGTH, checked_name, checked_text

MESSAGE_LENGTH: Final = 10_000
"""Most characters of a message."""

LINK_LENGTH: Final = 2048
KEY_LENGTH: Final = 255


class NewMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message as an application tells of it. The meanings are those of `ChatMessage`.

    Attributes:
        key: its id, or any other name of it; None for one that the application will not tell of again.
        sent_at: None when it is told of as it is sent.
    """

    key: str | None = None
    peer_id: str | None = None
    participant_id: str | None = None
    name: str = ""
    kind: MessageKind = MessageKind.TEXT
    text: str = ""
    link: str = ""
    file_name: str = ""
    file_size: int | None = None
    is_pinned: bool = False
    sent_at: datetime | None = None


def checked_message(message: NewMessage, session_id: str, *, now: datetime) -> ChatMessage:
    """A message of a session.

    Raises:
        Invalid: a part of it cannot be used; `field` is its name for callers.
    """
    key = None if message.key is None else checked_name(message.key, field="message_id")
    sent_at = message.sent_at or now
    if sent_at > now + FUTURE_MAX:
        raise Invalid("sent_at must not be more than a day ahead of the server's clock.", field="sent_at")
    is_file = message.kind is MessageKind.FILE
    if not is_file and (message.file_name or message.file_size is not None):
        raise Invalid("Only a file has file_name and file_size.", field="file_name")
    return ChatMessage(
        message_id=str(uuid4()) if key is None else message_id_of(key),
        session_id=session_id,
        peer_id=_uuid_or_none(message.peer_id, "peer_id"),
        participant_id=_uuid_or_none(message.participant_id, "participant_id"),
        name=checked_text(message.name, field="name", longest=NAME_LENGTH).strip(),
        kind=message.kind,
        text=checked_words(message.text, message.kind),
        link=_checked_link(message.link, message.kind),
        file_name=checked_name(message.file_name, field="file_name") if is_file else "",
        file_size=message.file_size,
        is_pinned=message.is_pinned,
        sent_at=sent_at,
    )


def _uuid_or_none(value: str | None, field: str) -> str | None:
    return None if value is None else checked_uuid(value, field=field)


def checked_words(text: str, kind: MessageKind) -> str:
    """What a message of a kind says.

    Raises:
        Invalid: it is too long or no plain text, or a text without any.
    """
    if kind is MessageKind.TEXT and not text.strip():
        raise Invalid("A text message must have a text.", field="text")
    return checked_text(text, field="text", longest=MESSAGE_LENGTH)


def _checked_link(link: str, kind: MessageKind) -> str:
    """Only what a browser may safely be led to."""
    if kind is MessageKind.TEXT:
        if link:
            raise Invalid("A text message has no link.", field="link")
        return ""
    if not link.startswith(("https://", "http://")):
        raise Invalid("link must begin with https:// or http://.", field="link")
    return checked_text(link, field="link", longest=LINK_LENGTH)


def signed_message(message: ChatMessage, writer: Peer | None) -> ChatMessage:
    """A message with what is known of its writer, where nobody said so."""
    if writer is None:
        return message
    return msgspec.structs.replace(
        message,
        participant_id=message.participant_id or writer.participant.participant_id,
        name=message.name or writer.participant.name,
    )
