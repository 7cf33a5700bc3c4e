"""The OpenAPI document: whole, true to its own examples, and readable as a page."""

import json
import re
from html.parser import HTMLParser

import msgspec
import pytest
from openapi_schema_validator import OAS31Validator

from sonde.api.native.app import handlers
from sonde.api.native.document import make_document
from sonde.api.native.pages import show_pages

UNITLESS = re.compile(
    r".*_ids?|asn|test|agent|limit|port|.*_port|index|dscp(_received)?|tos|ttl(_min|_max)?|results|failures|bursts|loss_runs"
    r"|number|ssrcs?|rtx_ssrc|fec_ssrc|payload_type|encoding_index|channels"
)
"""Numbers that name, mark or count."""

OF_ANY_UNIT = re.compile(
    r"MeasureSpread\..*|Spread\..*|OverTime\.(mean|p10|worst)|Histogram\.width|IssueItem\.evidence"
    r"|NumberDistribution\.(low|high|mean_over_time|percentiles)"
)
"""Numbers about other numbers, whose unit they have."""


@pytest.fixture(scope="module")
def document() -> dict:
    """The document as it is served."""
    return json.loads(msgspec.json.encode(make_document(handlers())))


def each_operation(document):
    """Path, method and operation."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def each_media(document):
    """Every body that the document describes, in both directions."""
    for name, operation in each_operation(document):
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for body in bodies:
            for media_type, media in body.get("content", {}).items():
                yield name, media_type, media


def test_operations_have_words_and_failures(document):
    """Each has a name of its own, a summary, a description, a success and what may go wrong."""
    names = [operation["operationId"] for _, operation in each_operation(document)]
    assert len(names) == len(set(names))
    for name, operation in each_operation(document):
        assert operation["summary"], name
        assert operation["description"].endswith("."), name
        statuses = set(operation["responses"])
        assert {"400", "401", "403", "429", "503"} < statuses, name
        assert len([status for status in statuses if status.startswith("2")]) == 1, name
        assert ("404" in statuses) >= ("{" in name), name


def test_parameters_are_explained(document):
    """Each says what it means and of which type it is; names in paths have examples."""
    for name, operation in each_operation(document):
        in_path = set(re.findall(r"{(\w+)}", name))
        assert in_path == {each["name"] for each in operation["parameters"] if each["in"] == "path"}
        for parameter in operation["parameters"]:
            assert parameter["description"], (name, parameter["name"])
            assert parameter["schema"].get("type") or parameter["schema"].get("enum"), (name, parameter)


def test_examples_are_what_their_schemas_say(document):
    """Each JSON body of a success or a request has an example, and it is valid."""
    for name, media_type, media in each_media(document):
        if media_type != "application/json" or "NativeErrorBody" in str(media["schema"]):
            continue
        assert "example" in media, name
        schema = {**media["schema"], "components": document["components"]}
        OAS31Validator(schema).validate(media["example"])


def test_fields_have_titles_with_units_and_descriptions(document):
    """Every field of every answer is explained, and numbers that have a unit say it."""
    for shape, schema in document["components"]["schemas"].items():
        for name, field in schema.get("properties", {}).items():
            assert field["title"], (shape, name)
            assert field.get("description"), (shape, name)
            is_number = re.search(r"'type': '(number|integer)'", str(field))
            if is_number and not UNITLESS.fullmatch(name) and not OF_ANY_UNIT.fullmatch(f"{shape}.{name}"):
                assert field["title"].endswith("]"), (shape, name)


class Links(HTMLParser):
    """What a page defines, and what it refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors, self.inside, self.outside = set(), set(), set()

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.anchors.add(found.get("id"))
        for key in ("href", "src"):
            target = found.get(key) or ""
            (self.inside if target.startswith("#") else self.outside).add(target)


def test_the_page_needs_nothing_from_elsewhere(document):
    """It shows every operation and shape, its links lead somewhere, and it loads nothing."""
    page, links = show_pages(document), Links()
    links.feed(page)
    assert {link.removeprefix("#") for link in links.inside} <= links.anchors
    assert links.outside <= {"", "/v1/openapi.json"}
    assert "<script" not in page
    assert "url(" not in page
    names = {operation["operationId"] for _, operation in each_operation(document)}
    assert names | {f"shape-{name}" for name in document["components"]["schemas"]} <= links.anchors
