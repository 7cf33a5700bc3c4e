"""Which things of a long list are wanted."""

from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from sonde.model.sessions import MeetingStatus

T = TypeVar("T")


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
        started_from, started_until: it began from the one on and until the other, both included.
        rooms: each of these is the whole id or custom id of its meeting.
    """

    since: datetime | None = None
    until: datetime | None = None
    is_live: bool | None = None
    meeting_id: str | None = None
    parent_session_id: str | None = None
    participant: str = ""
    peer: PeerFilter = PeerFilter()
    started_from: datetime | None = None
    started_until: datetime | None = None
    rooms: tuple[str, ...] = ()


class SessionListing(msgspec.Struct, frozen=True, kw_only=True):
    """Which sessions are wanted, and in which order.

    Attributes:
        wanted: which.
        words: in the title of the meeting, or the whole id of the meeting or session.
        participants_from, participants_to: so many different people were in it, both included.
        by_minutes: sorted by the minutes of all connections, and not by when they began.
        descending: the most, or latest, first.
    """

    wanted: SessionFilter = SessionFilter()
    words: str = ""
    participants_from: int | None = None
    participants_to: int | None = None
    by_minutes: bool = False
    descending: bool = True


class PeopleListing(msgspec.Struct, frozen=True, kw_only=True):
    """Which of those who were in a session are wanted, and how.

    Attributes:
        words: in the name, or the whole id or custom id of the person, or id of the connection.
        by_duration: sorted by how long they were there, and not by when they came.
        descending: the longest, or latest, first.
        consolidated: a person once, with all connections and the time in breakout rooms.
    """

    words: str = ""
    by_duration: bool = False
    descending: bool = False
    consolidated: bool = False


class PageNumber(msgspec.Struct, frozen=True, kw_only=True):
    """Which page of a list that is counted through.

    Attributes:
        number: from 1.
        size: most things on a page, at least 1.
    """

    number: int
    size: int

    @property
    def offset(self) -> int:
        """How many things are on the pages before."""
        return (self.number - 1) * self.size


class NumberedPage(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One page of a list that is counted through.

    Attributes:
        items: what is on it.
        total: how many things there are on all pages.
        offset: how many are on the pages before.
    """

    items: list[T]
    total: int
    offset: int

    @property
    def first(self) -> int:
        """Place of the first thing among all, from 1; 0 on an empty page."""
        return self.offset + 1 if self.items else 0

    @property
    def last(self) -> int:
        """Place of the last thing among all; 0 on an empty page."""
        return self.offset + len(self.items) if self.items else 0


def cut_page(items: list[T], page: PageNumber) -> NumberedPage[T]:
    """A page of a list that is there as a whole."""
    return NumberedPage(
        items=items[page.offset : page.offset + page.size], total=len(items), offset=page.offset
    )
