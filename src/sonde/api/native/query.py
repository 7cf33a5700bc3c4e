"""Queries: read into a struct whose fields are the parameters, and complained about by name."""

from collections.abc import Iterable
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from sonde.api.native.call import Call
from sonde.api.native.units import Identifier
from sonde.model.errors import Invalid

PAGE_MAX = 10_000
"""Most items on one page."""


class Query(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every route takes.

    Attributes:
        workspace_id: the workspace to act in; the caller's default one when it is left out.
    """

    workspace_id: Identifier | None = None


class PageQuery(Query, frozen=True, kw_only=True):
    """What every list takes.

    Attributes:
        limit: most items on the page.
        cursor: where to go on: `next` of the page before, with the same filters.
    """

    limit: Annotated[int, Meta(ge=1, le=PAGE_MAX)] = 100
    cursor: Annotated[str, Meta(max_length=400)] | None = None


Q = TypeVar("Q", bound=Query)


def read_query(request: Call, kind: type[Q]) -> Q:
    """Read the query of a request.

    Raises:
        Invalid: a parameter is unknown, is given twice or has an impossible value; `field` is its name.
    """
    try:
        return msgspec.convert(_single(request.query_params.multi_items()), kind, strict=False)
    except msgspec.ValidationError as error:
        raise _explain(str(error), kind) from error


def read_id(text: str, field: str) -> int:
    """Read a number of a path.

    Raises:
        Invalid: it is not a positive whole number of a sane size.
    """
    if text.isascii() and text.isdigit() and len(text) <= 18 and int(text) > 0:
        return int(text)
    raise Invalid(f"Expected a positive whole number, got {text[:40]!r}.", field=field)


def _single(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise Invalid("This parameter is given twice.", hint="Give it once.", field=name[:40])
        found[name] = value
    return found


def _explain(text: str, kind: type[Query]) -> Invalid:
    """Put msgspec's sentence, `Expected `int`, got `str` - at `$.limit``, into ours."""
    what, _, where = text.partition(" - at `$")
    field = where.strip(".`")
    if not field and "unknown field" in what:
        field = what.split("`")[1]
        names = ", ".join(each.encode_name for each in msgspec.structs.fields(kind))
        return Invalid("There is no such parameter here.", hint=f"There are: {names}.", field=field[:40])
    return Invalid(f"{what}.", hint="/docs explains every parameter.", field=field)
