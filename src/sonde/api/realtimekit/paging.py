"""Numbered pages: what clients ask for, and what they are told. Pure."""

from typing import Any, Final

from sonde.api.realtimekit.schema import PageQuery, Paging
from sonde.model.listing import NumberedPage, PageNumber

USUAL: Final = 20
LARGEST: Final = 100


def page_of(query: PageQuery) -> PageNumber:
    """The page that is meant."""
    return PageNumber(number=max(int(query.page_no), 1), size=min(int(query.per_page) or USUAL, LARGEST))


def show_paging(page: NumberedPage[Any]) -> Paging:
    """A page as clients see it."""
    return Paging(total_count=page.total, start_offset=page.first, end_offset=page.last)
