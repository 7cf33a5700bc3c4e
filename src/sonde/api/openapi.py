"""What the OpenAPI documents of vendors' APIs have in common. Pure, but for the routes being Litestar's."""

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec
from litestar.handlers import HTTPRouteHandler

REF: Final = "#/components/schemas/{name}"
"""How schemas are referred to."""


def schemas_of(
    bodies: Iterable[Any], queries: Iterable[type]
) -> tuple[dict[Any, dict[str, Any]], dict[type, dict[str, Any]], dict[str, dict[str, Any]]]:
    """The schemas of what is sent and of queries, by their types, and the parts that the former refer to.

    A query is no shape of anything that is sent: its fields are parameters.
    """
    sent_ones, read_ones = dict.fromkeys(bodies), dict.fromkeys(queries)
    kinds = [*sent_ones, *read_ones]
    schemas, components = msgspec.json.schema_components(kinds, ref_template=REF)
    parameters = {query: components.pop(query.__name__) for query in read_ones}
    return dict(zip(kinds, schemas, strict=True)), parameters, components


def write_path(path: str) -> str:
    """A route's path as the document writes it, without the types of its names."""
    return re.sub(r":\w+}", "}", path)


def title_of(handler: HTTPRouteHandler) -> dict[str, str]:
    """What a route is called, and the one line that says what it does."""
    return {
        "operationId": handler.handler_name,
        "summary": (handler.fn.__doc__ or "").strip().partition("\n")[0],
    }


def path_parameters(path: str, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The parameters in a route's path.

    Args:
        path: as the route has it.
        names: what each name means.

    Raises:
        KeyError: a name is not described.
    """
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": names[name],
            "schema": {"type": "string", "maxLength": 64},
        }
        for name in re.findall(r"{(\w+):", path)
    ]


def query_parameters(query: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The parameters behind a path, from the schema of what they are read into."""
    return [
        {
            "name": name,
            "in": "query",
            "description": schema.get("description", ""),
            "schema": {each: value for each, value in schema.items() if each != "description"},
        }
        for name, schema in query["properties"].items()
    ]


def sent(status: int, schema: Mapping[str, Any] | None) -> dict[str, Any]:
    """An answer: its status, and the schema of its body where it has one."""
    found: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    return found if schema is None else {**found, "content": as_json(schema)}


def failures(statuses: tuple[int, ...]) -> dict[str, dict[str, str]]:
    """The failures that a route may have, each described once in the document."""
    return {str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted({*statuses})}


def as_json(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A body of JSON."""
    return {"application/json": {"schema": schema}}
