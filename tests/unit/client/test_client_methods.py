"""The client has what the OpenAPI document has."""

import inspect
from http import HTTPMethod

import pytest

from sonde.api.native.app import handlers
from sonde.api.native.document import make_document
from sonde.client import Client, Rows
from sonde.client.caller import Caller

OF_EVERY_METHOD = {"workspace_id"}
"""Said once, when the client is made."""

OF_ROWS = {"cursor", "format"}
"""What rows take care of: going on, and being saved."""


@pytest.fixture(scope="module")
def operations() -> dict[str, dict]:
    """Every operation of the document by its name."""
    document = make_document(handlers())
    return {
        each["operationId"]: each
        for methods in document["paths"].values()
        for method, each in methods.items()
        if method.upper() in set(HTTPMethod)
    }


def methods() -> dict[str, inspect.Signature]:
    """What a client can be asked, without how it asks."""
    own = {name for name, _ in inspect.getmembers(Caller, inspect.isfunction)}
    return {
        name: inspect.signature(method)
        for name, method in inspect.getmembers(Client, inspect.isfunction)
        if name not in own and not name.startswith("_")
    }


def test_each_operation_has_its_method_and_each_method_its_operation(operations):
    """Whoever reads the one can use the other."""
    assert methods().keys() == operations.keys()


def test_methods_take_what_operations_take(operations):
    """The same parameters by the same names, demanded or not, with the same defaults."""
    for name, signature in methods().items():
        operation = operations[name]
        found = {
            parameter.name.rstrip("_"): parameter.default
            for parameter in signature.parameters.values()
            if parameter.name != "self"
        }
        wanted = {
            each["name"]: inspect.Parameter.empty if each["required"] else each["schema"].get("default")
            for each in operation["parameters"]
            if each["name"] not in OF_EVERY_METHOD | OF_ROWS
        }
        if "requestBody" in operation:
            wanted["body"] = inspect.Parameter.empty
        assert found == wanted, name


def test_rows_are_given_exactly_where_there_are_pages_or_files(operations):
    """A method returns rows when its operation takes a cursor or a format."""
    for name, signature in methods().items():
        parameters = {each["name"] for each in operations[name]["parameters"]}
        assert (signature.return_annotation is Rows) == bool(parameters & OF_ROWS), name
