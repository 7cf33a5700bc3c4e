"""JSON, CSV or Parquet: which of them a request wants."""

from collections.abc import Sequence
from typing import Final

import msgspec
from litestar.exceptions import HTTPException

from sonde.model.errors import Invalid


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """One way to write an answer.

    Attributes:
        name: what `format=` calls it.
        media_type: what `Accept` and `Content-Type` call it.
        text: what is in it, for readers of the document.
    """

    name: str
    media_type: str
    text: str = ""


JSON: Final = Format(name="json", media_type="application/json")
CSV: Final = Format(name="csv", media_type="text/csv", text="A line of names, then a line for each row.")
PARQUET: Final = Format(
    name="parquet", media_type="application/vnd.apache.parquet", text="The same rows and names as in CSV."
)

TABLES: Final = (JSON, CSV, PARQUET)
"""What rows can be written in."""


def choose_format(*, parameter: str | None, accept: str, offered: Sequence[Format]) -> Format:
    """The format of an answer: what `format=` names, or else what `Accept` wants most, or the first one.

    Args:
        parameter: `format=`; None without it.
        accept: the header (RFC 9110 12.5.1).
        offered: the formats there are.

    Raises:
        Invalid: there is no format of that name.
        HTTPException: 406, nothing that is offered would be accepted.
    """
    if parameter is not None:
        return _by_name(parameter, offered)
    ranges = _read_accept(accept)
    if not ranges:
        return offered[0]
    for media_range in ranges:
        for each in offered:
            if media_range in {"*/*", each.media_type, f"{each.media_type.partition('/')[0]}/*"}:
                return each
    names = ", ".join(each.media_type for each in offered)
    raise HTTPException(status_code=406, detail=f"This endpoint answers in {names}, and Accept takes none.")


def _by_name(name: str, offered: Sequence[Format]) -> Format:
    for each in offered:
        if each.name == name:
            return each
    names = ", ".join(each.name for each in offered)
    raise Invalid(f"Expected one of {names}, got {name[:40]!r}.", field="format")


def _read_accept(accept: str) -> list[str]:
    """Media ranges from the most wanted to the least, in lower case, without the refused ones."""
    ranges = [_read_range(part) for part in accept.split(",") if part.strip()]
    return [name for weight, name in sorted(ranges, key=lambda each: -each[0]) if weight > 0]


def _read_range(text: str) -> tuple[float, str]:
    name, *parameters = (part.strip().lower() for part in text.split(";"))
    weight = next((part.removeprefix("q=") for part in parameters if part.startswith("q=")), "1")
    try:
        return float(weight), name
    except ValueError:
        return 1.0, name
