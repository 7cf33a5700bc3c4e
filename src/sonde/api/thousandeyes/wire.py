"""What the wire shapes of both versions have in common. Pure."""

from collections.abc import Callable
from typing import Annotated, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

Number = TypeVar("Number", int, float)
Shown = TypeVar("Shown")

Whole = Annotated[int, Meta(ge=-(2**53) + 1, le=2**53 - 1)]
"""Any number that a client can count exactly; what it may be is judged elsewhere."""


class Document(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Anything on the wire: Python names here, camelCase there."""


def shown(value: Number | None, show: Callable[[Number], Shown]) -> Shown | UnsetType:
    """A number in the vendor's units; left out when it was not measured."""
    return UNSET if value is None else show(value)
