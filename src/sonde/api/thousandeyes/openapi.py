"""The OpenAPI document of one version, written from its routes. Pure, but for the routes being Litestar's."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, get_args, get_origin

import msgspec
from litestar import MediaType, Response
from litestar.handlers import HTTPRouteHandler

from sonde import __version__
from sonde.api.thousandeyes.addressing import PREFIX
from sonde.api.thousandeyes.metering import INSTANT_LIMIT, ORGANIZATION_LIMIT
from sonde.api.thousandeyes.operations import OPERATION, Operation, Parameter

REFERENCE: Final = "#/components/schemas/{name}"

ALWAYS: Final = (406, 500)
"""What every route may answer: there is no such format, or something is wrong here."""

LET_IN: Final = (400, 401, 403, 429, 503)
"""What a route may answer besides that asks who is calling, and in which account group."""

WITH_BODY: Final = (413, 415)
"""What a route may answer besides that reads a body."""

FAILURES: Final = tuple(sorted({*ALWAYS, *LET_IN, *WITH_BODY, 404, 409}))
"""Every failure that there is a description of."""

AID: Final = Parameter(
    name="aid", meaning="The account group; the caller's own when it is left out.", pattern="^[0-9]{1,18}$"
)

COUNTS: Final = tuple(
    f"{limit}-{count}"
    for limit in (ORGANIZATION_LIMIT, INSTANT_LIMIT)
    for count in ("Limit", "Remaining", "Reset")
)
"""Headers of answers to callers who were let in; those of instant tests are not everywhere."""

_PATH_PARAMETER: Final = re.compile(r"\{(?P<name>[a-z_]+):str\}")


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """How a version speaks, as far as its document goes.

    Attributes:
        version: such as `v6`.
        text: what a reader has to know first.
        media_types: of an answer that holds a document; the schema is that of the first.
        error_media_types: of an error.
        error: the shape of an error by its status.
        query: parameters of every route.
        security: its security schemes by name.
    """

    version: str
    text: str
    media_types: tuple[str, ...]
    error_media_types: tuple[str, ...]
    error: Callable[[int], type[msgspec.Struct]]
    query: tuple[Parameter, ...] = ()
    security: Mapping[str, Mapping[str, str]]


def write_document(handlers: Sequence[HTTPRouteHandler], dialect: Dialect) -> bytes:
    """Write the document (OpenAPI 3.1) as JSON."""
    routes = [(handler, path) for handler in handlers for path in sorted(handler.paths)]
    paths: dict[str, dict[str, Any]] = {}
    for handler, path in routes:
        shown = _PATH_PARAMETER.sub(lambda found: "{" + _camel(found["name"]) + "}", path)
        for method in handler.http_methods:
            paths.setdefault(shown, {})[str(method).lower()] = _describe(handler, path, dialect)
    kinds = sorted(set(_kinds(handlers, dialect)), key=_name)
    _, components = msgspec.json.schema_components(kinds, ref_template=REFERENCE)
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": f"Sonde: ThousandEyes {dialect.version}",
            "version": __version__,
            "description": dialect.text,
        },
        "servers": [{"url": f"{PREFIX}/{dialect.version}"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": {str(status): _failure(status, dialect) for status in FAILURES},
            "securitySchemes": dialect.security,
        },
    }
    return msgspec.json.encode(document)


def _kinds(handlers: Sequence[HTTPRouteHandler], dialect: Dialect) -> Iterator[type]:
    """Every shape that is sent or received."""
    for handler in handlers:
        shape, taken = _gives(handler), _operation(handler).takes
        yield from (shape,) if shape else ()
        yield from (taken.kind,) if taken else ()
    yield from map(dialect.error, (400, 401))


def _describe(handler: HTTPRouteHandler, path: str, dialect: Dialect) -> dict[str, Any]:
    about, is_open = _operation(handler), "exclude_from_auth" in handler.opt
    query = (*about.query, *(() if is_open else (AID,)), *dialect.query)
    refused = {*ALWAYS, *about.refuses, *(() if is_open else LET_IN), *(WITH_BODY if about.takes else ())}
    answered = (handler.status_code,) if about.answers is None else about.answers
    described = {
        "operationId": f"{handler.handler_name}{_suffix(handler, path)}",
        "summary": (handler.fn.__doc__ or "").strip().partition("\n")[0],
        "parameters": [*_path_parameters(path), *map(_query_parameter, query)],
        "responses": {
            **{str(status): _success(handler, status, dialect) for status in answered},
            **{str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted(refused)},
        },
        "security": [] if is_open else [{name: []} for name in dialect.security],
    }
    if about.takes:
        schema = _reference(about.takes.kind)
        described["requestBody"] = {
            "required": True,
            "content": {MediaType.JSON.value: {"schema": schema}},
        }
    return described


def _success(handler: HTTPRouteHandler, status: int, dialect: Dialect) -> dict[str, Any]:
    shape = _gives(handler)
    if shape is None or status != handler.status_code:
        return {"description": HTTPStatus(status).phrase}
    return {
        "description": _first_line(shape),
        "content": _content(shape, dialect.media_types),
        "headers": {name: {"schema": {"type": "integer"}} for name in COUNTS},
    }


def _failure(status: int, dialect: Dialect) -> dict[str, Any]:
    return {
        "description": HTTPStatus(status).phrase,
        "content": _content(dialect.error(status), dialect.error_media_types),
        "headers": {name: {"schema": {"type": "integer"}} for name in COUNTS},
    }


def _content(shape: type, media_types: Sequence[str]) -> dict[str, Any]:
    """The media types of a body; a schema of JSON says nothing about XML."""
    return {name: {} if name.endswith("xml") else {"schema": _reference(shape)} for name in media_types}


def _gives(handler: HTTPRouteHandler) -> type[msgspec.Struct] | None:
    """The shape of a handler's answer; None when that is empty."""
    kind = handler.parsed_fn_signature.return_type.annotation
    if isinstance(get_origin(kind), type) and issubclass(get_origin(kind), Response):
        [kind] = get_args(kind)
    return kind if isinstance(kind, type) and issubclass(kind, msgspec.Struct) else None


def _operation(handler: HTTPRouteHandler) -> Operation:
    about: Operation = handler.opt.get(OPERATION, Operation())
    return about


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {
            "name": _camel(name),
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"},
        }
        for name in _PATH_PARAMETER.findall(path)
    ]


def _query_parameter(parameter: Parameter) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if parameter.pattern:
        schema["pattern"] = parameter.pattern
    if parameter.choices:
        schema["enum"] = list(parameter.choices)
    return {"name": parameter.name, "in": "query", "description": parameter.meaning, "schema": schema}


def _suffix(handler: HTTPRouteHandler, path: str) -> str:
    """What tells the paths of one handler apart: an operation's name stands once in a document."""
    place = sorted(handler.paths).index(path)
    return f"_{place + 1}" if place else ""


def _reference(shape: type) -> dict[str, str]:
    return {"$ref": REFERENCE.format(name=shape.__name__)}


def _first_line(shape: type) -> str:
    return (shape.__doc__ or "").strip().partition("\n")[0]


def _name(shape: type) -> str:
    return shape.__name__


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(each.capitalize() for each in rest)
