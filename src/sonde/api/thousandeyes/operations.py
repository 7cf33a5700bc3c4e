"""What a route says about itself: the body it takes, its parameters, and what it may refuse.

The handlers work with these very things, and the OpenAPI document is written from them.
"""

from typing import Any, Final, Generic, TypeVar

import msgspec
from litestar.exceptions import HTTPException

from sonde.api.body import decode_json
from sonde.api.thousandeyes.call import Call

T = TypeVar("T", bound=msgspec.Struct)

OPERATION: Final = "thousandeyes_operation"
"""Route option under which an `Operation` stands."""


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter of a query.

    Attributes:
        meaning: a sentence for people.
        pattern: what its text looks like; empty when anything does.
        choices: all that it may be; empty when it is no closed list.
    """

    name: str
    meaning: str
    pattern: str = ""
    choices: tuple[str, ...] = ()


class JsonBody(Generic[T]):
    """A body of one kind, in JSON."""

    def __init__(self, kind: type[T]) -> None:
        self.kind = kind

    def read(self, request: Call, body: bytes) -> T:
        """Read a body that says it is JSON.

        Raises:
            HTTPException: 415, it does not say so.
            Invalid: it is something else, or a field is missing or of another type.
        """
        if request.content_type[0].lower() != "application/json":
            raise HTTPException(
                status_code=415, detail="The body must be JSON and say so: Content-Type: application/json."
            )
        return decode_json(body, msgspec.json.Decoder(self.kind))


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One route.

    Attributes:
        takes: its body; None when it takes none, or does not look at it.
        query: its own parameters, besides those that all routes have.
        answers: its statuses when all is well; None for the one that its handler has.
        refuses: statuses of its own errors, besides those that all routes have.
    """

    takes: JsonBody[Any] | None = None
    query: tuple[Parameter, ...] = ()
    answers: tuple[int, ...] | None = None
    refuses: tuple[int, ...] = ()


def operation(
    *,
    takes: JsonBody[Any] | None = None,
    query: tuple[Parameter, ...] = (),
    answers: tuple[int, ...] | None = None,
    refuses: tuple[int, ...] = (),
) -> dict[str, Any]:
    """The route option with an `Operation` of these."""
    return {OPERATION: Operation(takes=takes, query=query, answers=answers, refuses=refuses)}


WINDOW: Final = Parameter(
    name="window",
    meaning="The last so many seconds, or minutes, hours, days or weeks with m, h, d or w.",
    pattern="^[0-9]{1,10}[smhdw]?$",
)
