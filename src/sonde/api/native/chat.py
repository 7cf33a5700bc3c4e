"""Chat of sessions: messages as they come, their changes, and the whole as a file."""

from typing import Final

import msgspec
from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody

from sonde.api.body import decode_json
from sonde.api.native.call import Call, require_json
from sonde.api.native.chat_shapes import (
    ITEM,
    ChatBody,
    ChatChange,
    ChatMessageItem,
    ChatReceipt,
    read_message,
    show_message,
)
from sonde.api.native.links import LinkItem, example_link, show_link
from sonde.api.native.moments import AfterMoment, page_by_moment, position_of
from sonde.api.native.operation import describe
from sonde.api.native.paging import Page
from sonde.api.native.query import PageQuery, Query, read_query, read_uuid
from sonde.api.use_cases import UseCases
from sonde.model.people import Access

_body = msgspec.json.Decoder(ChatBody)
_change = msgspec.json.Decoder(ChatChange)


@get(
    "/sessions/{session_id:str}/chat",
    opt=describe(
        tag="Chat",
        summary="List the messages of a session",
        query=PageQuery,
        answer=Page[ChatMessageItem],
        example={"items": [ITEM], "next": None},
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
    return page_by_moment([show_message(each) for each in found], query, key=_place)


@get(
    "/meetings/{meeting_id:str}/chat",
    opt=describe(
        tag="Chat",
        summary="List what is to be read in a meeting now",
        query=PageQuery,
        answer=Page[ChatMessageItem],
        example={"items": [ITEM], "next": None},
    ),
    sync_to_thread=True,
)
def list_meeting_chat(
    request: Call,
    meeting_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Page[ChatMessageItem]:
    """What somebody who comes now finds, oldest first.

    The chat of the session that goes on, and of a meeting with `persist_chat` the last seven days before.
    """
    query = read_query(request, PageQuery)
    meeting_id = read_uuid(meeting_id, "meeting_id")
    found = use_cases.chats.room(access, meeting_id, limit=query.limit + 1, after=position_of(query))
    return page_by_moment([show_message(each) for each in found], query, key=_place)


@post(
    "/sessions/{session_id:str}/chat",
    opt=describe(
        tag="Chat",
        summary="Add messages to a session",
        body=ChatBody,
        answer=ChatReceipt,
        example={"message_ids": [ITEM["message_id"]]},
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
    messages = [read_message(each) for each in decode_json(body, _body).messages]
    session_id = read_uuid(session_id, "session_id")
    return ChatReceipt(message_ids=use_cases.chats.add(access, session_id, messages))


@patch(
    "/sessions/{session_id:str}/chat/{message_id:str}",
    opt=describe(
        tag="Chat",
        summary="Edit or pin a message",
        body=ChatChange,
        answer=ChatMessageItem,
        example=ITEM,
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
    return show_message(changed)


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
    list_meeting_chat,
    add_chat_messages,
    update_chat_message,
    delete_chat_message,
    get_chat_download,
)


def _place(item: ChatMessageItem) -> AfterMoment:
    return AfterMoment(at=item.sent_at, id=item.message_id)
