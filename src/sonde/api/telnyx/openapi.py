"""The OpenAPI document, written from the routes. Pure, but for the routes being Litestar's."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from litestar.handlers import HTTPRouteHandler

from sonde import __version__
from sonde.api.openapi import REF, failures, query_parameters, sent, title_of, write_path
from sonde.api.telnyx.router import ANSWER
from sonde.api.telnyx.schema import ErrorBody, ReportQuery

PREFIX: Final = "/telnyx/v2"

ALWAYS: Final = (400, 401, 403, 429, 500, 503)
"""Failures that every route may have."""

WORKSPACE: Final[Mapping[str, Any]] = {
    "name": "workspace_id",
    "in": "query",
    "description": "The workspace to read in, an addition of ours; the caller's default one without it.",
    "schema": {"type": "integer", "minimum": 1, "maximum": 999_999_999_999_999_999},
}

CALL_ID: Final[Mapping[str, Any]] = {
    "name": "call_id",
    "in": "path",
    "required": True,
    "description": "The call, by the SDK's own id; upper and lower case are the same.",
    "schema": {"type": "string", "format": "uuid"},
}

_ABOUT: Final = (
    "Telnyx' API for call reports of its Voice SDKs, as this server answers it. "
    "It is written from the routes themselves."
)


def write_document(handlers: Sequence[HTTPRouteHandler]) -> bytes:
    """Write the document (OpenAPI 3.1) as JSON."""
    kinds = [*(handler.opt[ANSWER] for handler in handlers), ErrorBody, ReportQuery]
    schemas, components = msgspec.json.schema_components(kinds, ref_template=REF)
    *answers, error, _ = schemas
    query = components.pop(ReportQuery.__name__)
    paths: dict[str, Any] = {}
    for handler, answer in zip(handlers, answers, strict=True):
        for path in handler.paths:
            paths[write_path(path)] = {"get": _operation(handler, path, answer, query)}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Sonde: Telnyx v2", "version": __version__, "description": _ABOUT},
        "servers": [{"url": PREFIX}],
        "paths": paths,
        "security": [{"token": []}],
        "components": {
            "schemas": components,
            "responses": {str(status): sent(status, error) for status in (*ALWAYS, 404)},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }
    return msgspec.json.encode(document)


def _operation(
    handler: HTTPRouteHandler, path: str, answer: Mapping[str, Any], query: Mapping[str, Any]
) -> dict[str, Any]:
    is_about_one = "{" in path
    return {
        **title_of(handler),
        "parameters": [*([CALL_ID] if is_about_one else query_parameters(query)), WORKSPACE],
        "responses": {
            "200": sent(200, answer),
            **failures((*ALWAYS, 404) if is_about_one else ALWAYS),
        },
    }
