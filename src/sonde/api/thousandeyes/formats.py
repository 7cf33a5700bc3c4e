"""JSON or XML: which of them a request wants."""

from collections.abc import Collection, Mapping
from typing import Final, Literal, TypeAlias

Format: TypeAlias = Literal["json", "xml"]

FORMAT_OF_TYPE: Final[Mapping[str, Format]] = {
    "application/json": "json",
    "application/hal+json": "json",
    "application/problem+json": "json",
    "application/*": "json",
    "text/xml": "xml",
    "application/xml": "xml",
    "text/*": "xml",
}
"""Media types that a caller may want, and what they get."""

ANYTHING: Final = "*/*"


def choose_format(
    *, accept: str, parameter: str, default: Format, offered: Collection[Format]
) -> Format | None:
    """The format of an answer whose path says none; None when what is wanted does not exist.

    `Accept` wins over `format=`; a header that takes anything leaves the choice to it.

    Args:
        accept: the header (RFC 9110 12.5.1).
        parameter: `format=`, lower case.
        default: what is meant when nothing is said.
        offered: the formats there are.
    """
    accepted = _read_accept(accept)
    for media_type in accepted:
        if media_type == ANYTHING:
            break
        wanted = FORMAT_OF_TYPE.get(media_type)
        if wanted in offered:
            return wanted
    else:
        if accept.strip(" ,"):
            return None
    return next((each for each in offered if each == (parameter or default)), None)


def _read_accept(accept: str) -> list[str]:
    """Media types from the most wanted to the least, in lower case, without the refused ones."""
    ranges = [_read_range(part) for part in accept.split(",") if part.strip()]
    return [name for weight, name in sorted(ranges, key=_weight, reverse=True) if weight]


def _weight(media_range: tuple[float, str]) -> float:
    return media_range[0]


def _read_range(text: str) -> tuple[float, str]:
    name, *parameters = (part.strip().lower() for part in text.split(";"))
    weight = next((part.removeprefix("q=") for part in parameters if part.startswith("q=")), "1")
    try:
        return float(weight), name
    except ValueError:
        return 1.0, name
