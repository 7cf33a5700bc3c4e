"""The pages at `/docs`: the OpenAPI document for people, as one page that needs nothing from elsewhere."""

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --accent: #0a6; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; display: grid; grid-template-columns: 17rem 1fr; }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1rem; box-sizing: border-box;
  border-right: 1px solid var(--line); font-size: .9rem; }
nav a { display: block; color: inherit; text-decoration: none; padding: .1rem 0; }
nav a:hover { color: var(--accent); }
main { padding: 1rem 2rem 4rem; max-width: 60rem; min-width: 0; }
section { border-top: 1px solid var(--line); margin-top: 2rem; }
h3 { font-family: ui-monospace, monospace; font-weight: 600; overflow-wrap: anywhere; }
h3 b { color: var(--accent); margin-right: .5rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
td, th { border-bottom: 1px solid var(--soft); padding: .25rem .5rem .25rem 0; text-align: left;
  vertical-align: top; }
code, pre { font-family: ui-monospace, monospace; font-size: .88em; }
pre { background: var(--soft); padding: .75rem; overflow: auto; border-radius: .3rem; }
summary { cursor: pointer; margin: .5rem 0; }
@media (max-width: 50rem) { body { display: block; } nav { position: static; height: auto; } }
"""


def show_pages(document: Mapping[str, Any]) -> str:
    """Write the document as HTML."""
    return "".join(_page(document))


def _page(document: Mapping[str, Any]) -> Iterator[str]:
    operations = list(_operations(document))
    info = document["info"]
    yield "<!doctype html><html lang=en><meta charset=utf-8>"
    yield "<meta name=viewport content='width=device-width, initial-scale=1'>"
    yield f"<title>{escape(info['title'])} API</title><style>{_STYLE}</style>"
    yield from _contents(operations, document["components"]["schemas"])
    yield f"<main><h1>{escape(info['title'])} {escape(info['version'])}</h1>"
    for paragraph in info["description"].split("\n\n"):
        yield f"<p>{_prose(paragraph)}</p>"
    yield "<p>The same for programs: <a href='/v1/openapi.json'>/v1/openapi.json</a> (OpenAPI 3.1).</p>"
    for method, path, operation in operations:
        yield from _operation(method, path, operation)
    yield "<section><h2>Shapes</h2>"
    for name, schema in document["components"]["schemas"].items():
        yield from _shape(name, schema)
    yield "</section></main></html>"


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _contents(operations: list[tuple[str, str, dict[str, Any]]], schemas: Mapping[str, Any]) -> Iterator[str]:
    yield "<nav>"
    tag = ""
    for _, _, operation in operations:
        if operation["tags"][0] != tag:
            tag = operation["tags"][0]
            yield f"<h4>{escape(tag)}</h4>"
        yield f"<a href='#{operation['operationId']}'>{escape(operation['summary'])}</a>"
    yield "<h4>Shapes</h4>"
    for name in schemas:
        yield f"<a href='#shape-{escape(name)}'>{escape(name)}</a>"
    yield "</nav>"


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f"<section id='{operation['operationId']}'><h2>{escape(operation['summary'])}</h2>"
    yield f"<h3><b>{method}</b>{escape(path)}</h3><p>{_prose(operation['description'])}</p>"
    if operation["parameters"]:
        yield "<table><tr><th>Parameter<th>In<th>Type<th>Meaning</tr>"
        for each in operation["parameters"]:
            yield (
                f"<tr><td><code>{escape(each['name'])}</code><td>{each['in']}"
                f"<td>{_type(each['schema'])}<td>{_prose(each['description'])}</tr>"
            )
        yield "</table>"
    if "requestBody" in operation:
        yield "<h4>Body</h4>"
        yield from _content(operation["requestBody"]["content"])
    yield "<h4>Answers</h4>"
    for status, response in operation["responses"].items():
        is_success = status.startswith("2")
        yield f"<details{' open' if is_success else ''}><summary><code>{status}</code> "
        yield f"{_prose(response['description'])}</summary>"
        yield from _content(response.get("content", {}))
        yield "</details>"
    yield "</section>"


def _content(content: Mapping[str, Any]) -> Iterator[str]:
    for media_type, media in content.items():
        text = media["schema"].get("description", "")
        shown = _prose(text) if text else _type(media["schema"])
        yield f"<p><code>{escape(media_type)}</code> {shown}</p>"
        if "example" in media:
            yield f"<pre>{escape(json.dumps(media['example'], indent=2, ensure_ascii=False))}</pre>"


def _shape(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h3 id='shape-{escape(name)}'>{escape(name)}</h3><p>{_prose(schema.get('description', ''))}</p>"
    if "properties" in schema:
        yield "<table><tr><th>Field<th>Type<th>Meaning</tr>"
        for field, inside in schema["properties"].items():
            yield (
                f"<tr><td><code>{escape(field)}</code><td>{_type(inside)}"
                f"<td>{_prose(inside.get('description', ''))}</tr>"
            )
        yield "</table>"


def _type(schema: Mapping[str, Any]) -> str:
    """A few words on a schema, with a link to the shape it names."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f"<a href='#shape-{name}'>{name}</a>"
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if "enum" in schema:
        return "one of " + ", ".join(f"<code>{escape(str(each))}</code>" for each in schema["enum"])
    words = escape(schema.get("format") or str(schema.get("type", "anything")))
    if isinstance(schema.get("items"), Mapping):
        words = f"list of {_type(schema['items'])}"
    limits = [f"{sign} {schema[key]}" for key, sign in (("minimum", "≥"), ("maximum", "≤")) if key in schema]
    unit = [escape(schema["x-unit"])] if schema.get("x-unit", "1") != "1" else []
    return ", ".join([words, *unit, *limits])


def _prose(text: str) -> str:
    """Words with code in backticks."""
    parts = escape(" ".join(text.split())).split("`")
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))
