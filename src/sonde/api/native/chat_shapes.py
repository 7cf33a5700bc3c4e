"""Messages as callers send and see them."""

from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from sonde.api.native.units import Bytes
from sonde.model.chat import ChatMessage, MessageKind
from sonde.services.chat_checks import KEY_LENGTH, LINK_LENGTH, MESSAGE_LENGTH, NewMessage
from sonde.services.chats import AT_ONCE

_NAME_LENGTH: Final = 255


class ChatMessageBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A message that somebody wrote.

    Attributes:
        message_id: its UUID, or any other name of it, from which one is made; the same one again changes
            nothing. Without it the message is a new one each time.
        peer_id, participant_id: who wrote it: the connection and the person, by their UUIDs.
        name: the writer's, as shown to people; of somebody in the session it need not be told.
        kind: what it is.
        text: what it says; of an image or a file, what was written beside it.
        link: where the image or file is, `https` or `http`.
        file_name, file_size: of a file.
        is_pinned: it is kept in sight.
        sent_at: when it was written; now, when it is left out.
    """

    message_id: Annotated[str, Meta(min_length=1, max_length=KEY_LENGTH)] | None = None
    peer_id: str | None = None
    participant_id: str | None = None
    name: Annotated[str, Meta(max_length=_NAME_LENGTH)] = ""
    kind: MessageKind = MessageKind.TEXT
    text: Annotated[str, Meta(max_length=MESSAGE_LENGTH)] = ""
    link: Annotated[str, Meta(max_length=LINK_LENGTH)] = ""
    file_name: Annotated[str, Meta(max_length=_NAME_LENGTH)] = ""
    file_size: Bytes | None = None
    is_pinned: bool = False
    sent_at: Annotated[datetime, Meta(tz=True)] | None = None


class ChatBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Messages, one as it comes or many.

    Attributes:
        messages: in any order.
    """

    messages: Annotated[list[ChatMessageBody], Meta(min_length=1, max_length=AT_ONCE)]


class ChatReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """What became of messages.

    Attributes:
        message_ids: the id of each, in the order in which they came.
    """

    message_ids: list[str]


class ChatChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall be different about a message; what is left out stays.

    Attributes:
        text: what it says now.
        is_pinned: whether it is kept in sight.
    """

    text: Annotated[str, Meta(max_length=MESSAGE_LENGTH)] | None = None
    is_pinned: bool | None = None


class ChatMessageItem(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it reads now.

    Attributes:
        message_id: its UUID.
        peer_id, participant_id: who wrote it; null where nobody said.
        name: of the writer; may be empty.
        kind: what it is.
        text: what it says; of an image or a file, what was written beside it.
        link: where the image or file is; empty for a text.
        file_name: of a file; empty for others.
        file_size: of a file; null where nobody said.
        is_pinned: it is kept in sight.
        sent_at: when it was written.
        edited_at: when its text was last changed; null when it never was.
    """

    message_id: str
    peer_id: str | None
    participant_id: str | None
    name: str
    kind: MessageKind
    text: str
    link: str
    file_name: str
    file_size: Bytes | None
    is_pinned: bool
    sent_at: datetime
    edited_at: datetime | None


ITEM: Final = msgspec.to_builtins(
    ChatMessageItem(
        message_id="0b9f4a0e-3f8e-4a55-9d3b-7f1c6a1e2d10",
        peer_id="6f9619ff-8b86-4011-b42d-00c04fc964ff",
        participant_id="2f0c1f0a-1d5e-4c57-8b8b-0d8a6f4a5b6c",
        name="Ada",
        kind=MessageKind.TEXT,
        text="Slides are in the folder.",
        link="",
        file_name="",
        file_size=None,
        is_pinned=True,
        sent_at=datetime(2026, 7, 29, 8, 3, tzinfo=UTC),
        edited_at=None,
    )
)


def read_message(body: ChatMessageBody) -> NewMessage:
    """A message as callers send it."""
    fields = msgspec.structs.asdict(body)
    return NewMessage(key=fields.pop("message_id"), **fields)


def show_message(message: ChatMessage) -> ChatMessageItem:
    """A message as callers see it."""
    fields = msgspec.structs.asdict(message)
    del fields["session_id"]
    return ChatMessageItem(**fields)
