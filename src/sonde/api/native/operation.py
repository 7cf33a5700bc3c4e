"""What the OpenAPI document says of a route, kept beside its handler as a route option."""

from collections.abc import Mapping
from typing import Any, Final, Self

import msgspec

from sonde.api.native.formats import JSON, Format
from sonde.api.native.query import Query

OPTION: Final = "operation"


class PathParameter(msgspec.Struct, frozen=True, kw_only=True):
    """What a name in a path means."""

    description: str
    schema: dict[str, Any]
    example: Any


_NUMBER: Final = {"type": "integer", "minimum": 1, "maximum": 10**18 - 1}


def _uuid(what: str) -> PathParameter:
    return PathParameter(
        description=f"UUID of {what}.",
        schema={"type": "string", "format": "uuid"},
        example="6f9619ff-8b86-4011-b42d-00c04fc964ff",
    )


PATH_PARAMETERS: Final[Mapping[str, PathParameter]] = {
    "test_id": PathParameter(description="Number of a voice test.", schema=_NUMBER, example=7),
    "round_id": PathParameter(
        description="When the round began, in seconds since 1970-01-01T00:00:00Z.",
        schema=_NUMBER,
        example=1785312000,
    ),
    "result_id": PathParameter(
        description="Name of a result: its `result_id`.",
        schema={"type": "string", "pattern": "^[0-9]+(-[0-9]+){2,3}$", "maxLength": 80},
        example="7-1785312000-3",
    ),
    "agent_id": PathParameter(description="Number of an agent.", schema=_NUMBER, example=3),
    "meeting_id": _uuid("a meeting"),
    "session_id": _uuid("a session"),
    "participant_id": _uuid("a participant"),
    "file_id": _uuid("a file; made by the caller, best from the file's content"),
    "number": PathParameter(
        description="Number of a piece, from 0.",
        schema={"type": "integer", "minimum": 0, "maximum": 63},
        example=0,
    ),
    "peer_id": _uuid("a peer"),
    "webhook_id": _uuid("a webhook"),
    "delivery_id": _uuid("a delivery"),
    "message_id": _uuid("a message of the session"),
    "key_id": PathParameter(description="Number of a client key.", schema=_NUMBER, example=2),
    "token_id": PathParameter(description="Number of a call report token.", schema=_NUMBER, example=3),
    "pair_id": PathParameter(description="Number of a VideoSDK key.", schema=_NUMBER, example=2),
}
"""The names there may be in a path."""


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One route as callers see it; its name and description are those of the handler.

    Attributes:
        tag: the noun it is about.
        summary: a few words.
        answer: type of the JSON of a success; None for an empty body.
        query: reads the query; its fields are the parameters.
        body: type of the request's JSON; None without one.
        status: of a success.
        errors: statuses of failures beyond those every route has.
        formats: what a success can be written in; the first one is meant when nothing is said.
        example: JSON of a success that readers see.
        body_example: JSON of a request that readers see.
        raw_body: what a request holds that is not JSON; None for JSON or nothing.
    """

    tag: str
    summary: str
    answer: Any = None
    query: type[Query] = Query
    body: Any = None
    status: int = 200
    errors: tuple[int, ...] = ()
    formats: tuple[Format, ...] = (JSON,)
    example: Any = None
    body_example: Any = None
    raw_body: Format | None = None

    def __deepcopy__(self, _memo: dict[int, Any]) -> Self:
        """Itself: routes are copied with their options, and nothing changes this one or its examples."""
        return self


def describe(*, tag: str, summary: str, **more: Any) -> dict[str, Operation]:
    """The route option that describes an operation; arguments as for `Operation`."""
    return {OPTION: Operation(tag=tag, summary=summary, **more)}
