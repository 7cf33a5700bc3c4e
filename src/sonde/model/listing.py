"""Which things of a long list are wanted."""

from datetime import datetime

import msgspec

from sonde.model.sessions import MeetingStatus


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page ended: the moment that things are sorted by, and the id of its last one."""

    at: datetime
    record_id: str


class MeetingFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which meetings are wanted; None and empty texts ask for nothing.

    Attributes:
        search: words of the title, or the whole id or custom id.
        since, until: made from `since` on and before `until`.
    """

    search: str = ""
    since: datetime | None = None
    until: datetime | None = None
    status: MeetingStatus | None = None


class PeerFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which peers are wanted; None and empty texts ask for nothing.

    Attributes:
        sdk, sdk_version: the whole name and version of what reports.
        issue: a type of issue that the peer had.
        mos_from, mos_below: the peer's worst stream scored from the one on and below the other, each stream
            on its own scale.
    """

    sdk: str = ""
    sdk_version: str = ""
    issue: str = ""
    mos_from: float | None = None
    mos_below: float | None = None

    @property
    def asks_for_program(self) -> bool:
        """Whether it matters what reports."""
        return bool(self.sdk or self.sdk_version)

    @property
    def asks_for_quality(self) -> bool:
        """Whether it matters what was concluded."""
        return bool(self.issue) or self.mos_from is not None or self.mos_below is not None


class SessionFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which sessions are wanted; None and empty texts ask for nothing.

    Attributes:
        since, until: the session went on at some time from `since` on and before `until`.
        participant: words in the name, or the whole id or custom id, of somebody who was in it.
        parent_session_id: only breakout rooms of this session.
        peer: one and the same peer in it was like this.
    """

    since: datetime | None = None
    until: datetime | None = None
    is_live: bool | None = None
    meeting_id: str | None = None
    parent_session_id: str | None = None
    participant: str = ""
    peer: PeerFilter = PeerFilter()
