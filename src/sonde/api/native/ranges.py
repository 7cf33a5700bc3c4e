"""Ranges of time: which rounds a query means."""

import math
from datetime import datetime, timedelta
from typing import Annotated, Final, TypeAlias

import msgspec
from msgspec import Meta

from sonde.api.native.query import PageQuery
from sonde.model.errors import Invalid
from sonde.services.rounds import RoundWindow

USUAL_SPAN: Final = timedelta(days=1)
"""How far back a list goes when nothing is said."""

Moment: TypeAlias = Annotated[datetime, Meta(tz=True)]


class RangeQuery(PageQuery, frozen=True, kw_only=True):
    """What every list of measurements takes.

    Attributes:
        from_: rounds that began then or later (RFC 3339, as `2026-07-29T08:00:00Z`); a day before `to`, or
            before now, when it is left out.
        to: rounds that began then or earlier; without end when it is left out.
    """

    from_: Moment | None = msgspec.field(default=None, name="from")
    to: Moment | None = None


def window_of(query: RangeQuery, now: datetime) -> RoundWindow:
    """The rounds that a query means.

    Raises:
        Invalid: the range ends before it begins.
    """
    start = query.from_ or (query.to or now) - USUAL_SPAN
    if query.to is not None and query.to < start:
        raise Invalid("The range ends before it begins.", hint="Make `to` later than `from`.", field="to")
    end = None if query.to is None else math.floor(query.to.timestamp())
    return RoundWindow(start=math.ceil(start.timestamp()), end=end)
