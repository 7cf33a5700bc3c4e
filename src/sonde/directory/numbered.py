"""Pages that are counted through, for callers who name them by number."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from sonde.model.listing import NumberedPage, PageNumber

MAX_OFFSET = 2**31
"""A page further back is empty, whatever its number; databases take no number of any size."""

RowT = TypeVar("RowT")
T = TypeVar("T")


def count_through(
    session: Session, query: Select[RowT], page: PageNumber, read: Callable[[RowT], T]
) -> NumberedPage[T]:
    """One page of what an ordered query finds, and how much it finds in all."""
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    rows = session.scalars(query.offset(min(page.offset, MAX_OFFSET)).limit(page.size))
    return NumberedPage(items=[read(row) for row in rows], total=total, offset=page.offset)
