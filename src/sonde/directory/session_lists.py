"""The sessions of a list: which are on a page, in which order, and how many they are on all pages.

What ended sessions add up to is kept with them, so that they are found in indexes. The few that go on are
asked for on their own where that would not do: their people and minutes are counted, and databases would
rather walk through all sessions than begin with those that go on.
"""

from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, CompoundSelect, Select, asc, bindparam, desc, func, select, union_all
from sqlalchemy.orm import Session as Database

from sonde.directory.call_tables import SessionRow
from sonde.directory.session_conditions import (
    Condition,
    Titles,
    begun,
    is_bounded,
    leaves_out_live,
    of_all,
    of_ended,
    of_live,
    split,
)
from sonde.directory.session_sums import MINUTES_SO_FAR
from sonde.model.listing import PageNumber, SessionListing

_KEPT_TOO_MUCH: Final = 3
"""Seconds that may be kept of a session beyond what it lasted."""

_OF_WORKSPACE: Final = SessionRow.workspace_id == bindparam("workspace_id")
_LENGTHS: Final = select(
    select(func.min(SessionRow.seconds)).where(_OF_WORKSPACE).scalar_subquery(),
    select(func.max(SessionRow.seconds)).where(_OF_WORKSPACE).scalar_subquery(),
)

FEW: Final = 10_000
"""Up to so many sessions the titles of their own meetings are read, in less time than those of all."""

MANY: Final = 5000
"""Where so many sessions fit, the first of them come soon to whoever goes through all."""

_Ids: TypeAlias = "Select[Any] | CompoundSelect[Any]"


class SessionList:
    """The sessions of a workspace that a listing asks for.

    Args:
        database: where they are kept.
        workspace_id: whose.
        listing: which, and in which order.
        now: until when those count who are there and do not report.
    """

    def __init__(
        self, database: Database, workspace_id: int, listing: SessionListing, *, now: datetime
    ) -> None:
        self._database = database
        self._workspace_id = workspace_id
        self._listing = listing
        self._parameters = {"workspace_id": workspace_id, "now": now}

    def page(self, page: PageNumber) -> tuple[list[str], int]:
        """The ids of the sessions on a page, and how many there are on all pages."""
        if page.offset == 0 and not self._listing.words:
            found = self._ids(0, page.size, self._titles)
            return found, len(found) if len(found) < page.size else self._count()
        total = self._count()
        titles = Titles.LIST if total >= MANY else self._titles
        left = max(total - page.offset, 0)
        if left > page.offset:
            return self._ids(page.offset, page.size, titles), total
        # From the end it is not as far.
        size = min(left, page.size)
        found = self._ids(left - size, size, titles, is_turned=True) if size else []
        return found[::-1], total

    def _count(self) -> int:
        listing = self._listing
        if listing.wanted.is_live:
            return self._count_of(self._live(listing))
        if listing.wanted.since is None or is_bounded(listing.wanted):
            return self._count_kept(listing)
        shortest, _ = self._lengths
        return sum(map(self._count_kept, split(listing, shortest)))

    def _count_kept(self, listing: SessionListing) -> int:
        kept = self._count_of(self._ended(listing, self._titles))
        is_over = listing.wanted.is_live is False
        if leaves_out_live(listing):
            return kept if is_over else kept + self._count_of(self._live(listing))
        return kept - self._count_of(self._live(listing)) if is_over else kept

    def _count_of(self, conditions: list[Condition]) -> int:
        query = select(func.count()).select_from(SessionRow).where(*conditions)
        return self._database.scalar(query, self._parameters) or 0

    def _ids(self, offset: int, size: int, titles: Titles, *, is_turned: bool = False) -> list[str]:
        query = self._query(titles)
        order = desc if self._listing.descending is not is_turned else asc
        ordered = query.order_by(order(query.selected_columns.place), order(query.selected_columns.id))
        return list(self._database.scalars(ordered.offset(offset).limit(size), self._parameters))

    def _query(self, titles: Titles) -> _Ids:
        """The ids, and what they are sorted by."""
        listing = self._listing
        if listing.by_minutes:
            place: ColumnElement[Any] = SessionRow.participant_minutes.expression
            kept = place
            live = _ids(MINUTES_SO_FAR, self._live(listing))
        else:
            place, kept = SessionRow.started_at.expression, SessionRow.ended_at.expression
            if not leaves_out_live(listing) and not listing.wanted.is_live:
                return _ids(place, of_all(self._workspace_id, listing, titles))
            live = _ids(place, self._live(listing))
        if listing.wanted.is_live:
            return live
        # Apart, those that ended come in the order of an index.
        ended = _ids(place, [*self._ended(listing, titles), kept.is_not(None)])
        return ended if listing.wanted.is_live is False else union_all(ended, live)

    def _ended(self, listing: SessionListing, titles: Titles) -> list[Condition]:
        return of_ended(self._workspace_id, listing, titles, longest=self._longest)

    def _live(self, listing: SessionListing) -> list[Condition]:
        return of_live(self._workspace_id, listing)

    @cached_property
    def _titles(self) -> Titles:
        """How words are looked for, by how many sessions are to be looked at."""
        if not self._listing.words or not is_bounded(self._listing.wanted):
            return Titles.MEETINGS
        some = select(SessionRow.id).where(*begun(self._workspace_id, self._listing, self._longest))
        near = self._database.scalar(select(func.count()).select_from(some.limit(FEW + 1).subquery()))
        return Titles.OWN if (near or 0) <= FEW else Titles.LIST

    @property
    def _longest(self) -> timedelta:
        """How long sessions lasted is asked for where it matters."""
        return timedelta() if self._listing.wanted.since is None else self._lengths[1]

    @cached_property
    def _lengths(self) -> tuple[timedelta, timedelta]:
        """Than which no ended session was shorter or longer."""
        [(least, most)] = self._database.execute(_LENGTHS, self._parameters)
        return timedelta(seconds=(least or 0) - _KEPT_TOO_MUCH), timedelta(seconds=most or 0)


def _ids(place: ColumnElement[Any], conditions: list[Condition]) -> Select[Any]:
    return select(SessionRow.id, place.label("place")).where(*conditions)
