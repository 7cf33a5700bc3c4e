"""The OpenAPI document, written from the routes. Pure, but for the routes being Litestar's."""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec
from litestar.handlers import HTTPRouteHandler

from sonde import __version__
from sonde.api.realtimekit.operation import OPTION, Operation
from sonde.api.realtimekit.schema import ErrorBody

PREFIX: Final = "/cloudflare/client/v4"

KIT: Final = "/accounts/{account_id:str}/realtime/kit"
"""Where the routes of an account begin."""

APP: Final = f"{KIT}/{{app_id:str}}"
"""Where the routes of an app begin."""

ALWAYS: Final = (400, 401, 403, 429, 500, 503)
"""Failures that every route may have."""

ABOUT_ONE: Final = (404,)
"""Failures of routes that name more than an app."""

WITH_BODY: Final = (413, 415, 422)

NAMES: Final[Mapping[str, str]] = {
    "account_id": "UUID of the account, with or without hyphens: an organization of this server.",
    "app_id": "UUID of the app, with or without hyphens: a workspace of this server.",
    "session_id": "UUID of the session.",
    "participant_id": "UUID of one of the session's connections, or of a person in it.",
    "peer_id": "UUID of a connection.",
    "meeting_id": "UUID of the meeting.",
    "preset_id": "UUID of the preset.",
    "webhook_id": "UUID of the webhook.",
}
"""What the names in paths mean."""

_ABOUT: Final = (
    "Cloudflare's API for RealtimeKit, as this server answers it. It is written from the routes themselves."
)
_REF: Final = "#/components/schemas/{name}"


def write_document(handlers: Sequence[HTTPRouteHandler]) -> bytes:
    """Write the document (OpenAPI 3.1) as JSON.

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
        for path in handler.paths:
            for method in handler.http_methods:
                paths.setdefault(_plain(path), {})[str(method).lower()] = described
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Sonde: Cloudflare RealtimeKit", "version": __version__, "description": _ABOUT},
        "servers": [{"url": PREFIX}],
        "paths": paths,
        "security": [{"token": []}, {"email": [], "key": []}],
        "components": {
            "schemas": components,
            "responses": {
                str(status): _failure(status, known[ErrorBody])
                for status in (*ALWAYS, *ABOUT_ONE, *WITH_BODY)
            },
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "email": {"type": "apiKey", "in": "header", "name": "X-Auth-Email"},
                "key": {"type": "apiKey", "in": "header", "name": "X-Auth-Key"},
            },
        },
    }
    return msgspec.json.encode(document)


def _operation(
    handler: HTTPRouteHandler, operation: Operation, known: Mapping[Any, Mapping[str, Any]]
) -> dict[str, Any]:
    has_body = operation.body is not None
    failures = (*ALWAYS, *ABOUT_ONE, *(WITH_BODY if has_body else ()))
    success: dict[str, Any] = {"description": HTTPStatus(operation.status).phrase}
    if operation.answer is not None:
        success["content"] = _json(known[operation.answer])
    found = {
        "operationId": handler.handler_name,
        "summary": (handler.fn.__doc__ or "").strip().partition("\n")[0],
        "responses": {
            str(operation.status): success,
            **{str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted(failures)},
        },
    }
    if has_body:
        found["requestBody"] = {"required": True, "content": _json(known[operation.body])}
    return found


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
