"""The OpenAPI document, written from the routes. Pure, but for the routes being Litestar's."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from litestar.handlers import HTTPRouteHandler

from sonde import __version__
from sonde.api.openapi import (
    as_json,
    failures,
    path_parameters,
    query_parameters,
    schemas_of,
    sent,
    title_of,
    write_path,
)
from sonde.api.videosdk.choices import Choices
from sonde.api.videosdk.operation import OPTION, Operation
from sonde.api.videosdk.schema import ErrorBody

PREFIX: Final = "/videosdk"

ALWAYS: Final = (400, 401, 403, 429, 500, 503)
"""Failures that every route may have."""

TOO_LARGE: Final = 413

NAMES: Final[Mapping[str, str]] = {
    "room_id": "Id or custom id of the room.",
    "session_id": "Id of the session.",
    "participant_id": "The application's id of somebody in the session, or the UUID of that person.",
}
"""What the names in paths mean."""

_ABOUT: Final = (
    "VideoSDK's API for sessions, as this server answers it. It is written from the routes themselves."
)


def write_document(handlers: Sequence[HTTPRouteHandler], choices: Choices) -> bytes:
    """Write the document (OpenAPI 3.1) as JSON.

    Args:
        handlers: the routes.
        choices: what was chosen about the API.

    Raises:
        KeyError: a route is not described, or a name in its path is not.
    """
    operations: list[Operation] = [handler.opt[OPTION] for handler in handlers]
    bodies = [kind for each in operations for kind in (each.answer, each.body) if kind is not None]
    known, parameters, components = schemas_of([*bodies, ErrorBody], [each.query for each in operations])
    paths: dict[str, Any] = {}
    for handler, operation in zip(handlers, operations, strict=True):
        for path in handler.paths:
            described = _operation(handler, operation, known)
            described["responses"] |= failures(_statuses(path, operation, choices))
            behind = query_parameters(parameters[operation.query])
            found = {**described, "parameters": [*path_parameters(path, NAMES), *behind]}
            for method in handler.http_methods:
                paths.setdefault(write_path(path), {})[str(method).lower()] = found
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Sonde: VideoSDK v2", "version": __version__, "description": _ABOUT},
        "servers": [{"url": PREFIX}],
        "paths": paths,
        "security": [{"token": []}],
        "components": {
            "schemas": components,
            "responses": {
                str(status): sent(status, known[ErrorBody])
                for status in (*ALWAYS, choices.not_found_status, TOO_LARGE)
            },
            "securitySchemes": {"token": {"type": "apiKey", "in": "header", "name": "Authorization"}},
        },
    }
    return msgspec.json.encode(document)


def _operation(
    handler: HTTPRouteHandler, operation: Operation, known: Mapping[Any, Mapping[str, Any]]
) -> dict[str, Any]:
    found: dict[str, Any] = {**title_of(handler), "responses": {"200": sent(200, known[operation.answer])}}
    if operation.body is not None:
        found["requestBody"] = {"required": True, "content": as_json(known[operation.body])}
    return found


def _statuses(path: str, operation: Operation, choices: Choices) -> tuple[int, ...]:
    """The failures that a route may have."""
    names_one = "{" in path or operation.body is not None
    absent = (choices.not_found_status,) if names_one else ()
    return (*ALWAYS, *absent, *((TOO_LARGE,) if operation.body is not None else ()))
