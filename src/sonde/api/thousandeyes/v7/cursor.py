"""The cursor of a page: opaque to callers, and all that the next page needs to know."""

import base64
import re
from typing import Final

import msgspec

from sonde.api.thousandeyes.timerange import TimeRange
from sonde.model.errors import Invalid

_TEXT: Final = re.compile(r"(\d{1,12})-(\d{1,12})-(\d{1,12})", re.ASCII)


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """Where to go on.

    Attributes:
        asked: the range of all pages together, absolute: a window would move on meanwhile.
        last_round: the last round that was shown.
    """

    asked: TimeRange
    last_round: int


def write_cursor(cursor: Cursor) -> str:
    """Put a cursor into characters that need no escaping in a query."""
    text = f"{cursor.asked.start}-{cursor.asked.end}-{cursor.last_round}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(text: str) -> Cursor:
    """Read a cursor.

    Raises:
        Invalid: no `write_cursor` made it.
    """
    try:
        # Padding beyond what is needed does not matter to the decoder.
        decoded = base64.urlsafe_b64decode(f"{text}===").decode("ascii")
    except ValueError as error:
        raise _unknown() from error
    found = _TEXT.fullmatch(decoded)
    if not found:
        raise _unknown()
    start, end, last_round = map(int, found.groups())
    return Cursor(asked=TimeRange(start=start, end=end), last_round=last_round)


def _unknown() -> Invalid:
    return Invalid("This cursor is not one of ours.", hint="Take it from _links.next.", field="cursor")
