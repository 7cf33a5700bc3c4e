"""Chat of sessions: messages as they come, their changes, and the whole as a file."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody
from msgspec import Meta

from sonde.api.body import decode_json
from sonde.api.native.call import Call, require_json
from sonde.api.native.links import LinkItem, example_link, show_link
from sonde.api.native.moments import AfterMoment, page_by_moment, position_of
from sonde.api.native.operation import describe
from sonde.api.native.paging import Page
from sonde.api.native.query import PageQuery, Query, read_query, read_uuid
from sonde.api.native.units import Bytes
from sonde.api.use_cases import UseCases
from sonde.model.chat import ChatMessage, MessageKind
from sonde.model.people import Access
from sonde.services.chats import AT_ONCE, KEY_LENGTH, LINK_LENGTH, MESSAGE_LENGTH, NewMessage

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


_ITEM: Final = msgspec.to_builtins(
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
_body = msgspec.json.Decoder(ChatBody)
_change = msgspec.json.Decoder(ChatChange)


@get(
    "/sessions/{session_id:str}/chat",
    opt=describe(
        tag="Chat",
        summary="List the messages of a session",
        query=PageQuery,
        answer=Page[ChatMessageItem],
        example={"items": [_ITEM], "next": None},
    ),
    sync_to_thread=True,
)
def list_chat_messages(
    request: Call,
    session_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Page[ChatMessageItem]:
    """The messages of a session, oldest first, without the deleted ones."""
    query = read_query(request, PageQuery)
    session_id = read_uuid(session_id, "session_id")
    found = use_cases.chats.page(access, session_id, limit=query.limit + 1, after=position_of(query))
    return page_by_moment([_shown(each) for each in found], query, key=_place)


@post(
    "/sessions/{session_id:str}/chat",
    opt=describe(
        tag="Chat",
        summary="Add messages to a session",
        body=ChatBody,
        answer=ChatReceipt,
        example={"message_ids": [_ITEM["message_id"]]},
        body_example={
            "messages": [
                {
                    "message_id": "0b9f4a0e-3f8e-4a55-9d3b-7f1c6a1e2d10",
                    "name": "Ada",
                    "text": "Slides are in the folder.",
                    "is_pinned": True,
                }
            ]
        },
    ),
    status_code=200,
    sync_to_thread=True,
)
def add_chat_messages(
    request: Call,
    session_id: FromPath[str],
    body: RawBody,
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> ChatReceipt:
    """Take messages. What is known already stays as it is, so that a request can be repeated."""
    read_query(request, Query)
    require_json(request)
    messages = [
        NewMessage(key=each.message_id, **_fields(each)) for each in decode_json(body, _body).messages
    ]
    session_id = read_uuid(session_id, "session_id")
    return ChatReceipt(message_ids=use_cases.chats.add(access, session_id, messages))


@patch(
    "/sessions/{session_id:str}/chat/{message_id:str}",
    opt=describe(
        tag="Chat",
        summary="Edit or pin a message",
        body=ChatChange,
        answer=ChatMessageItem,
        example=_ITEM,
        body_example={"is_pinned": True},
    ),
    sync_to_thread=True,
)
def update_chat_message(
    request: Call,
    session_id: FromPath[str],
    message_id: FromPath[str],
    body: RawBody,
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> ChatMessageItem:
    """Change what a message says, pin it, or unpin it."""
    read_query(request, Query)
    require_json(request)
    wanted = decode_json(body, _change)
    changed = use_cases.chats.change(
        access,
        read_uuid(session_id, "session_id"),
        read_uuid(message_id, "message_id"),
        text=wanted.text,
        is_pinned=wanted.is_pinned,
    )
    return _shown(changed)


@delete(
    "/sessions/{session_id:str}/chat/{message_id:str}",
    opt=describe(tag="Chat", summary="Delete a message", status=204),
    status_code=204,
    sync_to_thread=True,
)
def delete_chat_message(
    request: Call,
    session_id: FromPath[str],
    message_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> None:
    """Forget what a message said, for good: told of again, it does not come back."""
    read_query(request, Query)
    use_cases.chats.delete(access, read_uuid(session_id, "session_id"), read_uuid(message_id, "message_id"))


@get(
    "/sessions/{session_id:str}/chat/download",
    opt=describe(
        tag="Chat",
        summary="Get the address of a session's chat",
        answer=LinkItem,
        example=example_link("chat.csv"),
    ),
    sync_to_thread=True,
)
def get_chat_download(
    request: Call,
    session_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> LinkItem:
    """Where the whole chat can be fetched as CSV, with the columns of RealtimeKit's chat dump."""
    read_query(request, Query)
    return show_link(request, use_cases.chats.link(access, read_uuid(session_id, "session_id")))


HANDLERS: Final = (
    list_chat_messages,
    add_chat_messages,
    update_chat_message,
    delete_chat_message,
    get_chat_download,
)


def _fields(message: ChatMessageBody) -> dict[str, Any]:
    fields = msgspec.structs.asdict(message)
    del fields["message_id"]
    return fields


def _shown(message: ChatMessage) -> ChatMessageItem:
    fields = msgspec.structs.asdict(message)
    del fields["session_id"]
    return ChatMessageItem(**fields)


def _place(item: ChatMessageItem) -> AfterMoment:
    return AfterMoment(at=item.sent_at, id=item.message_id)
