"""What another service says of sessions that it hosts, in our words."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec


class Vendor(StrEnum):
    """Who tells."""

    REALTIMEKIT = "realtimekit"
    VIDEOSDK = "videosdk"


class NewsKind(StrEnum):
    """What is told."""

    STARTED = "started"
    ENDED = "ended"
    JOINED = "joined"
    LEFT = "left"


class SessionNews(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to a session elsewhere. It may be told twice, late and in any order.

    Attributes:
        at: when it happened.
        meeting: the vendor's id of the room.
        title: of the room; empty when it is not told.
        since: when the session began, or when the peer that left had come; None when it is not told.
        peer_id: from `sonde.model.peers.peer_id_of`; of no meaning where nobody came or left.
        custom_id: the application's id of the person; None when it is not told.
        name: of the person.
    """

    workspace_id: int
    kind: NewsKind
    at: datetime
    meeting: str
    title: str = ""
    since: datetime | None = None
    peer_id: str = str(UUID(int=0))
    custom_id: str | None = None
    name: str = ""
