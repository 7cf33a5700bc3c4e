"""Pages: a cursor is all that the next one needs to know, so that nothing is kept between requests.

Items are in an order that never changes, and a cursor names the last one that was shown. What arrives
meanwhile therefore moves nothing: each item that was there is shown exactly once.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import msgspec

from sonde.api.native.query import PageQuery
from sonde.api.native.units import Identifier
from sonde.model.errors import Invalid

T = TypeVar("T")
P = TypeVar("P", bound=msgspec.Struct)


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """Some of the items that were asked for.

    Attributes:
        items: in their order, at most `limit`.
        next: `cursor` of the next page; null when this is the last one.
    """

    items: list[T]
    next: str | None = None


class AfterId(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """The place behind an item with a number."""

    id: Identifier


def page_by_id(items: Sequence[T], query: PageQuery, *, key: Callable[[T], int]) -> Page[T]:
    """The page that a query asks for.

    Args:
        items: all of them, in the order of their numbers.
        query: how many, and after which.
        key: the number of an item.

    Raises:
        Invalid: the cursor is not one of ours.
    """
    after = 0 if query.cursor is None else read_cursor(query.cursor, AfterId).id
    rest = [each for each in items if key(each) > after]
    shown = rest[: query.limit]
    has_more = len(rest) > len(shown)
    return Page(items=shown, next=write_cursor(AfterId(id=key(shown[-1]))) if has_more else None)


def write_cursor(place: msgspec.Struct) -> str:
    """Put a place into characters that need no escaping in a query."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def read_cursor(text: str, kind: type[P]) -> P:
    """Read a cursor.

    Raises:
        Invalid: no `write_cursor` made it of such a place.
    """
    try:
        # Padding beyond what is needed does not matter to the decoder.
        return msgspec.json.decode(base64.urlsafe_b64decode(f"{text}==="), type=kind)
    except (binascii.Error, ValueError, RecursionError) as error:
        raise Invalid(
            "This cursor is not one of ours.", hint="Take it from `next` of the page before.", field="cursor"
        ) from error
