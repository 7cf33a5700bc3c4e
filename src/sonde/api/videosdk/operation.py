"""What the OpenAPI document says of a route, kept beside its handler as a route option."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from sonde.api.videosdk.schema import Query

OPTION: Final = "videosdk_operation"


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One route as callers see it; its summary is the first line of the handler.

    Attributes:
        answer: type of a success.
        query: what is read of the query; its fields are the parameters.
        body: type of the request's JSON; None without one.
    """

    answer: Any
    query: type[Query] = Query
    body: Any = None


def describe(**said: Any) -> Mapping[str, Operation]:
    """The route option that describes an operation; arguments as for `Operation`."""
    return {OPTION: Operation(**said)}
