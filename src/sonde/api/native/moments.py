"""Pages of what is listed by the moment it began, the newest or the oldest first."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from sonde.api.native.paging import Page, read_cursor, write_cursor
from sonde.api.native.query import PageQuery
from sonde.model.listing import Position

T = TypeVar("T")


class AfterMoment(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """The place behind an item that began at a moment."""

    at: Annotated[datetime, Meta(tz=True)]
    id: Annotated[str, Meta(max_length=64)]


def position_of(query: PageQuery) -> Position | None:
    """Where the page before ended; None on the first one.

    Raises:
        Invalid: the cursor is not one of ours.
    """
    if query.cursor is None:
        return None
    place = read_cursor(query.cursor, AfterMoment)
    return Position(at=place.at, record_id=place.id)


def page_by_moment(items: Sequence[T], query: PageQuery, *, key: Callable[[T], AfterMoment]) -> Page[T]:
    """The page of items that were asked for with one more than its limit, to see whether there are more."""
    shown = list(items[: query.limit])
    has_more = len(items) > len(shown)
    return Page(items=shown, next=write_cursor(key(shown[-1])) if has_more else None)


def page_until(items: Sequence[T], end: Position | None) -> Page[T]:
    """A page of items behind which a search goes on; None when there is nothing more to find."""
    place = None if end is None else AfterMoment(at=end.at, id=end.record_id)
    return Page(items=list(items), next=write_cursor(place) if place else None)


def rest_by_moment(items: Sequence[T], query: PageQuery, *, key: Callable[[T], AfterMoment]) -> Page[T]:
    """The page of all items, given from the oldest to the newest.

    Raises:
        Invalid: the cursor is not one of ours.
    """
    after = position_of(query)
    rest = [each for each in items if after is None or _is_behind(key(each), after)]
    return page_by_moment(rest, query, key=key)


def _is_behind(place: AfterMoment, after: Position) -> bool:
    return (place.at, place.id) > (after.at, after.record_id)
