"""Which things of a long list are wanted."""

from datetime import datetime

import msgspec


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page ended: the moment that things are sorted by, and the id of its last one."""

    at: datetime
    record_id: str


class SessionFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which sessions are wanted; None and empty texts ask for nothing.

    Attributes:
        since, until: the session went on at some time from `since` on and before `until`.
        participant: words in the name, or the whole id or custom id, of somebody who was in it.
        parent_session_id: only breakout rooms of this session.
    """

    since: datetime | None = None
    until: datetime | None = None
    is_live: bool | None = None
    meeting_id: str | None = None
    parent_session_id: str | None = None
    participant: str = ""
