"""The OpenAPI documents of both versions: served to strangers, whole, and written from the routes."""

import inspect
import re

import pytest

from sonde.api.thousandeyes.operations import OPERATION
from sonde.api.thousandeyes.v6.app import HANDLERS as V6
from sonde.api.thousandeyes.v7.app import HANDLERS as V7

ROUTES = [("v6", handler) for handler in V6] + [("v7", handler) for handler in V7]


@pytest.fixture(scope="module")
def documents(facade) -> dict[str, dict]:
    """Both, as a stranger reads them."""
    client = facade.usual_client
    paths = {version: f"/thousandeyes/{version}/openapi.json" for version in ("v6", "v7")}
    return {version: client.get(path).json() for version, path in paths.items()}


def operations(document: dict) -> list[dict]:
    """Every operation of a document."""
    return [each for methods in document["paths"].values() for each in methods.values()]


@pytest.mark.parametrize(("version", "handler"), ROUTES, ids=lambda each: getattr(each, "handler_name", each))
def test_every_route_is_described(documents, version, handler):
    """Under each of its paths and methods, with the status that it has when all is well."""
    for path in handler.paths:
        named = re.sub(r"\{(\w+):str\}", lambda found: "{" + _camel(found[1]) + "}", path)
        for method in handler.http_methods:
            described = documents[version]["paths"][named][str(method).lower()]
            about = handler.opt.get(OPERATION)
            answered = {handler.status_code} if about is None or about.answers is None else {*about.answers}
            assert {str(status) for status in answered} <= described["responses"].keys()
            assert described["summary"]


@pytest.mark.parametrize(("version", "handler"), ROUTES, ids=lambda each: getattr(each, "handler_name", each))
def test_a_route_describes_the_body_it_reads(version, handler):
    """What takes a body says which, and nothing else does."""
    about = handler.opt.get(OPERATION)
    reads = "body" in inspect.signature(handler.fn).parameters
    assert reads == bool(about and about.takes)


@pytest.mark.parametrize("version", ["v6", "v7"])
def test_names_are_used_once_and_found(documents, version):
    """Operations have names of their own, and every reference leads somewhere."""
    document = documents[version]
    names = [each["operationId"] for each in operations(document)]
    assert len(names) == len(set(names))
    for reference in set(re.findall(r'"\$ref": ?"(#[^"]+)"', str(document).replace("'", '"'))):
        place = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]
        assert place


@pytest.mark.parametrize("version", ["v6", "v7"])
def test_strangers_are_told_of_the_door(documents, version):
    """All but the open routes need a token, and say what happens without one."""
    for each in operations(documents[version]):
        assert bool(each["security"]) == ("401" in each["responses"])
        assert each["security"] or each["operationId"] == "show_status"


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(each.capitalize() for each in rest)
