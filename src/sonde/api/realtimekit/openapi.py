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


def write_document(handlers: Sequence[HTTPRouteHandler]) -> bytes:
    """Write the document (OpenAPI 3.1) as JSON.

    Raises:
        KeyError: a route is not described, or a name in its path is not.
    """
    operations: list[Operation] = [handler.opt[OPTION] for handler in handlers]
    bodies = [kind for each in operations for kind in (each.answer, each.body) if kind is not None]
    known, parameters, components = schemas_of([*bodies, ErrorBody], [each.query for each in operations])
    paths: dict[str, Any] = {}
    for handler, operation in zip(handlers, operations, strict=True):
        described = _operation(handler, operation, known)
        for path in handler.paths:
            behind = query_parameters(parameters[operation.query])
            found = {**described, "parameters": [*path_parameters(path, NAMES), *behind]}
            for method in handler.http_methods:
                paths.setdefault(write_path(path), {})[str(method).lower()] = found
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Sonde: Cloudflare RealtimeKit", "version": __version__, "description": _ABOUT},
        "servers": [{"url": PREFIX}],
        "paths": paths,
        "security": [{"token": []}, {"email": [], "key": []}],
        "components": {
            "schemas": components,
            "responses": {
                str(status): sent(status, known[ErrorBody]) for status in (*ALWAYS, *ABOUT_ONE, *WITH_BODY)
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
    answer = None if operation.answer is None else known[operation.answer]
    found = {
        **title_of(handler),
        "responses": {
            str(operation.status): sent(operation.status, answer),
            **failures((*ALWAYS, *ABOUT_ONE, *(WITH_BODY if has_body else ()))),
        },
    }
    if has_body:
        found["requestBody"] = {"required": True, "content": as_json(known[operation.body])}
    return found
