"""Live changes as server-sent events (the HTML standard, 9.2)."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.response import Stream

from sonde.api.native.call import Call
from sonde.api.native.formats import Format
from sonde.api.native.operation import describe
from sonde.api.native.query import Query, read_query
from sonde.api.use_cases import UseCases
from sonde.model.people import Access
from sonde.services.live_changes import Change, Listener

HEARTBEAT: Final = 15.0
"""Seconds after which a comment is sent when nothing happens, so that nobody between gives up on us."""

EVENTS: Final = Format(
    name="events",
    media_type="text/event-stream",
    text="Events called `peer`, whose data is a change as JSON, and `missed`, whose data is a number: so "
    "many changes were left out, because they were not fetched in time.",
)


class ChangeItem(msgspec.Struct, frozen=True, kw_only=True):
    """Something new of a peer can be read.

    Attributes:
        peer_id: the peer.
        session_id: its session; null while that is not known.
        last_at: its latest sample or event, by the client's clock.
        has_left: it said that it left.
    """

    peer_id: str
    session_id: str | None
    last_at: datetime
    has_left: bool


@get(
    "/changes",
    opt=describe(
        tag="Ingest", summary="Listen to changes", query=Query, answer=ChangeItem, formats=(EVENTS,)
    ),
    media_type=EVENTS.media_type,
)
async def listen_to_changes(
    request: Call, use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Stream:
    """Peers of which something new was stored, as it happens; what was before is not repeated."""
    read_query(request, Query)
    listener = use_cases.changes.listen(access.workspace.workspace_id)
    return Stream(_events(listener), media_type=EVENTS.media_type)


HANDLERS: Final = (listen_to_changes,)


async def _events(listener: Listener) -> AsyncIterator[bytes]:
    with listener:
        yield b": listening\n\n"
        while True:
            change = await listener.next(HEARTBEAT)
            if listener.missed:
                yield f"event: missed\ndata: {listener.missed}\n\n".encode()
                listener.missed = 0
            yield b":\n\n" if change is None else _event(change)


def _event(change: Change) -> bytes:
    item = ChangeItem(
        peer_id=change.peer_id,
        session_id=change.session_id,
        last_at=change.last_at,
        has_left=change.has_left,
    )
    return b"event: peer\ndata: " + msgspec.json.encode(item) + b"\n\n"
