"""The OpenAPI document, written from the routes. Pure, but for the routes being Litestar's."""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec
from litestar.handlers import HTTPRouteHandler

from sonde import __version__
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
_REF: Final = "#/components/schemas/{name}"


def write_document(handlers: Sequence[HTTPRouteHandler], choices: Choices) -> bytes:
    """Write the document (OpenAPI 3.1) as JSON.

    Args:
        handlers: the routes.
        choices: what was chosen about the API.

    Raises:
        KeyError: a route is not described, or a name in its path is not.
    """
    operations: list[Operation] = [handler.opt[OPTION] for handler in handlers]
    sent = dict.fromkeys(kind for each in operations for kind in (each.answer, each.body) if kind is not None)
    queries = dict.fromkeys(each.query for each in operations)
    kinds = [*sent, ErrorBody, *queries]
    schemas, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    known = dict(zip(kinds, schemas, strict=True))
    parameters = {query: components.pop(query.__name__) for query in queries}
    paths: dict[str, Any] = {}
    for handler, operation in zip(handlers, operations, strict=True):
        described = _operation(handler, operation, known) | {
            "parameters": [*_in_path(handler), *_in_query(parameters[operation.query])]
        }
        _allow(described, _statuses(handler, operation, choices))
        for path in handler.paths:
            for method in handler.http_methods:
                paths.setdefault(_plain(path), {})[str(method).lower()] = described
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Sonde: VideoSDK v2", "version": __version__, "description": _ABOUT},
        "servers": [{"url": PREFIX}],
        "paths": paths,
        "security": [{"token": []}],
        "components": {
            "schemas": components,
            "responses": {
                str(status): _failure(status, known[ErrorBody])
                for status in (*ALWAYS, choices.not_found_status, TOO_LARGE)
            },
            "securitySchemes": {"token": {"type": "apiKey", "in": "header", "name": "Authorization"}},
        },
    }
    return msgspec.json.encode(document)


def _operation(
    handler: HTTPRouteHandler, operation: Operation, known: Mapping[Any, Mapping[str, Any]]
) -> dict[str, Any]:
    found = {
        "operationId": handler.handler_name,
        "summary": (handler.fn.__doc__ or "").strip().partition("\n")[0],
        "responses": {
            "200": {"description": HTTPStatus.OK.phrase, "content": _json(known[operation.answer])}
        },
    }
    if operation.body is not None:
        found["requestBody"] = {"required": True, "content": _json(known[operation.body])}
    return found


def _statuses(handler: HTTPRouteHandler, operation: Operation, choices: Choices) -> list[int]:
    """The failures that a route may have."""
    [path] = handler.paths
    names_one = "{" in path or operation.body is not None
    absent = (choices.not_found_status,) if names_one else ()
    return sorted({*ALWAYS, *absent, *((TOO_LARGE,) if operation.body is not None else ())})


def _allow(described: dict[str, Any], statuses: Sequence[int]) -> None:
    for status in statuses:
        described["responses"][str(status)] = {"$ref": f"#/components/responses/{status}"}


def _in_path(handler: HTTPRouteHandler) -> list[dict[str, Any]]:
    [path] = handler.paths
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": NAMES[name],
            "schema": {"type": "string", "maxLength": 64},
        }
        for name in re.findall(r"{(\w+):", path)
    ]


def _in_query(query: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "query",
            "description": schema.get("description", ""),
            "schema": {each: value for each, value in schema.items() if each != "description"},
        }
        for name, schema in query["properties"].items()
    ]


def _failure(status: int, error: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": HTTPStatus(status).phrase, "content": _json(error)}


def _json(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _plain(path: str) -> str:
    """A path whose names lack their types."""
    return re.sub(r":\w+}", "}", path)
