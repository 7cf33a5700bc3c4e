"""What all routes share on the wire, under the vendor's names: envelopes and pages. Pure."""

from typing import Annotated, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta

T = TypeVar("T")


def about(text: str) -> Meta:
    """What the OpenAPI document says of a field."""
    return Meta(description=text)


class Answer(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """The envelope of a success."""

    success: bool = True
    data: T


class Paging(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page is among all; both ends count from 1 and are 0 on a page with nothing on it."""

    total_count: int
    start_offset: int
    end_offset: int


class PagedAnswer(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """The envelope of a list that has its paging beside `data`."""

    success: bool = True
    data: T
    paging: Paging


class ErrorItem(msgspec.Struct, frozen=True, kw_only=True):
    """One error; its code repeats the status."""

    code: int
    message: str


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True):
    """What every failure is answered with: the envelope of the service and that of its gateway in one."""

    success: Literal[False] = False
    error: ErrorItem
    errors: Annotated[list[ErrorItem], Meta(min_length=1)]
    messages: list[str] = []
    result: None = None


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """What a route takes that takes nothing; what else stands in a query is not looked at."""


class PageQuery(Query, frozen=True, kw_only=True):
    """What lists take that come in numbered pages. Clients send fractions, which are cut."""

    page_no: Annotated[
        float, Meta(ge=0, le=1_000_000_000, description="Which page, from 1; 0 means the first one, too.")
    ] = 1
    per_page: Annotated[
        float,
        Meta(ge=0, le=1_000_000_000, description="Most things on a page: 1 to 100; 0 means the usual 20."),
    ] = 20
