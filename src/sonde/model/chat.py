"""What people wrote to each other in a session."""

from datetime import datetime
from enum import StrEnum
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

_MESSAGES = uuid5(NAMESPACE_URL, "urn:sonde:chat-message")


class MessageKind(StrEnum):
    """What a message is."""

    TEXT = "text"
    IMAGE = "image"
    FILE = "file"


class ChatMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message as it reads now; a deleted one is not shown.

    Attributes:
        message_id: UUID in lower case, unique in its session; see `message_id_of`.
        session_id: the session it was written in.
        peer_id, participant_id: who wrote it: their connection and the person; None where nobody said.
        name: of the writer, as shown to people; may be empty.
        text: what it says; of an image or a file, what was written beside it.
        link: where the image or file is; empty for a text.
        file_name: of a file; empty for others.
        file_size: bytes; None for others, and where nobody said.
        edited_at: when its text was last changed; None when it never was.
    """

    message_id: str
    session_id: str
    peer_id: str | None = None
    participant_id: str | None = None
    name: str = ""
    kind: MessageKind = MessageKind.TEXT
    text: str = ""
    link: str = ""
    file_name: str = ""
    file_size: int | None = None
    is_pinned: bool = False
    sent_at: datetime
    edited_at: datetime | None = None


def message_id_of(key: str) -> str:
    """The id of the message that an application names so: its UUID, or one made from any other name."""
    try:
        return str(UUID(key))
    except ValueError:
        return str(uuid5(_MESSAGES, key))
