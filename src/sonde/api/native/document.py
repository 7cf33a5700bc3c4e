"""The OpenAPI 3.1 document, made of the routes themselves: nothing in it is written twice."""

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec
from litestar.handlers import HTTPRouteHandler

from sonde import __version__
from sonde.api.errors import NativeErrorBody
from sonde.api.native.fields import explain_fields
from sonde.api.native.formats import JSON
from sonde.api.native.operation import OPTION, PATH_PARAMETERS, Operation

PREFIX: Final = "/v1"
_REF: Final = "#/components/schemas/{name}"

ERRORS: Final[Mapping[int, str]] = {
    400: "The request makes no sense as it stands; `field` says which part of it.",
    401: "No token, or one that is not valid.",
    403: "The token is valid, and the answer is no.",
    404: "There is no such thing in this workspace.",
    406: "None of the formats there are would be accepted.",
    409: "It clashes with what is already there.",
    413: "The body is too large.",
    415: "The body is of another type than JSON.",
    429: "Too much or too often; `Retry-After` says when to come back.",
    503: "Not possible just now; `Retry-After` says when to come back.",
}
"""Every failure there is, and what it means."""

_ALWAYS: Final = (400, 401, 403, 429, 503)

_ABOUT: Final = """\
What Sonde measured, in SI units: seconds, ratios from 0 to 1, bits per second.
Times are RFC 3339 in UTC.
What could not be measured is null, with the reason beside it, and never 0.

Every request carries `Authorization: Bearer <token>`, and acts in the caller's default workspace unless
`workspace_id` names another.
Lists come in pages: `next` of one is `cursor` of the next.
An error says what is wrong, in which field, and what to do next."""


def make_document(handlers: Iterable[HTTPRouteHandler]) -> dict[str, Any]:
    """The document of some routes.

    Raises:
        KeyError: a route is not described, or a name in its path is not.
    """
    described = [(handler, handler.opt[OPTION]) for handler in handlers]
    schemas = _Schemas(operation for _, operation in described)
    paths: dict[str, dict[str, Any]] = {}
    for handler, operation in described:
        for path in handler.paths:
            for method in handler.http_methods:
                paths.setdefault(PREFIX + re.sub(r":\w+}", "}", path), {})[str(method).lower()] = _operation(
                    handler, operation, path, schemas
                )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sonde",
            "version": __version__,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "tags": [{"name": name} for name in dict.fromkeys(operation.tag for _, operation in described)],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


class _Schemas:
    """The schemas of all types that the routes use."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        queries, bodies = _types(operations)
        types = [*bodies, *queries]
        schemas, self.components = msgspec.json.schema_components(types, ref_template=_REF)
        explain_fields(self.components, types)
        self._bodies = dict(zip(bodies, schemas, strict=False))
        # A query is no shape of anything that is sent: its fields are parameters.
        found = (self.components.pop(each["$ref"].rpartition("/")[2]) for each in schemas[len(bodies) :])
        self._queries = dict(zip(queries, found, strict=True))

    def of(self, kind: Any) -> dict[str, Any]:
        """The schema of what is sent."""
        found: dict[str, Any] = self._bodies[kind]
        return found

    def parameters(self, query: Any) -> Iterator[tuple[str, dict[str, Any], bool]]:
        """Name, schema and whether it is demanded, of each parameter of a query."""
        schema = self._queries[query]
        for parameter, found in schema["properties"].items():
            yield parameter, _without_null(found), parameter in schema.get("required", ())


def _types(operations: Iterable[Operation]) -> tuple[list[Any], list[Any]]:
    """What queries are read into, and what is sent, each once."""
    known = list(operations)
    sent = [each for operation in known for each in (operation.answer, operation.body) if each is not None]
    queries = dict.fromkeys(operation.query for operation in known)
    return list(queries), list(dict.fromkeys([*sent, NativeErrorBody]))


def _operation(
    handler: HTTPRouteHandler, operation: Operation, path: str, schemas: _Schemas
) -> dict[str, Any]:
    found = {
        "operationId": handler.handler_name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": inspect.getdoc(handler.fn) or operation.summary,
        "parameters": [*_path_parameters(path), *_query_parameters(operation, schemas)],
        "responses": _responses(operation, path, schemas),
    }
    content = _request_content(operation, schemas)
    return {**found, "requestBody": {"required": True, "content": content}} if content else found


def _request_content(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    if raw := operation.raw_body:
        return {raw.media_type: {"schema": {"type": "string", "description": raw.text}}}
    if operation.body is None:
        return {}
    return {JSON.media_type: _media(schemas.of(operation.body), operation.body_example)}


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": PATH_PARAMETERS[name].description,
            "schema": PATH_PARAMETERS[name].schema,
            "example": PATH_PARAMETERS[name].example,
        }
        for name in re.findall(r"{(\w+):", path)
    ]


def _query_parameters(operation: Operation, schemas: _Schemas) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "query",
            "required": is_required,
            "description": schema.pop("description", ""),
            "schema": schema,
        }
        for name, schema, is_required in schemas.parameters(operation.query)
    ]


def _responses(operation: Operation, path: str, schemas: _Schemas) -> dict[str, Any]:
    success: dict[str, Any] = {"description": operation.summary + "."}
    if operation.answer is not None:
        success["content"] = {
            each.media_type: _media(schemas.of(operation.answer), operation.example)
            if each is JSON
            else {"schema": {"type": "string", "description": each.text}}
            for each in operation.formats
        }
    errors = {*_ALWAYS, *operation.errors}
    if "{" in path:
        errors.add(404)
    if len(operation.formats) > 1:
        errors.add(406)
    if operation.body is not None:
        errors.update((413, 415))
    failures = {
        str(status): {
            "description": ERRORS[status],
            "content": {JSON.media_type: {"schema": schemas.of(NativeErrorBody)}},
        }
        for status in sorted(errors)
    }
    return {str(HTTPStatus(operation.status).value): success, **failures}


def _media(schema: dict[str, Any], example: Any) -> dict[str, Any]:
    return {"schema": schema} if example is None else {"schema": schema, "example": example}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """What a parameter may be when it is given."""
    choices = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    found = {name: value for name, value in schema.items() if name != "anyOf"}
    if found.get("default", ...) is None:
        del found["default"]
    if len(choices) == 1:
        return {**choices[0], **found}
    return {**found, "anyOf": choices} if choices else found
