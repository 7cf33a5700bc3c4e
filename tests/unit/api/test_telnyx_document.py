"""Telnyx' facade without a store: its OpenAPI document, and its refusals in the vendor's envelope."""

import msgspec
import pytest

from sonde.api.errors import Problem
from sonde.api.telnyx.problems import shape_problem
from sonde.api.telnyx.schema import ErrorBody

REPORTS = "/telnyx/v2/voice_sdk_call_reports"
CALL = "6d6fb6f1-2b82-4d75-9eb5-3c8e995f1ed1"


@pytest.fixture(scope="module")
def document(facade) -> dict:
    """As a stranger reads it."""
    return facade.usual_client.get("/telnyx/v2/openapi.json").json()


def ask(facade, path: str, token: str | None = None):
    """Ask as the administrator, or with another token."""
    headers = {"Authorization": f"Bearer {facade.admin if token is None else token}"}
    return facade.usual_client.get(path, headers=headers)


def error_of(answer) -> dict:
    """The one error of an answer, which has the vendor's shape and nothing else."""
    body = msgspec.json.decode(answer.content, type=ErrorBody, strict=True)
    assert answer.json().keys() == {"errors"}
    assert len(body.errors) == 1
    [error] = answer.json()["errors"]
    assert error["meta"]["url"].endswith(f"/{error['code']}")
    return error


def test_the_document_has_the_vendors_paths(document):
    """And its parameters, with the vendor's bounds."""
    paths = document["paths"]
    assert paths.keys() == {"/voice_sdk_call_reports", "/voice_sdk_call_reports/{call_id}"}
    listed = paths["/voice_sdk_call_reports"]["get"]
    schemas = {each["name"]: each["schema"] for each in listed["parameters"]}
    assert schemas["page[size]"] == {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}
    assert schemas["page[number]"]["minimum"] == schemas["page[number]"]["default"] == 1
    assert set(schemas["sort"]["enum"]) == {"asc", "desc", "created_at", "-created_at"}
    one = paths["/voice_sdk_call_reports/{call_id}"]["get"]
    assert one["responses"]["200"]["content"]["application/json"]["schema"]["type"] == "array"
    assert "404" in one["responses"]
    assert document["servers"] == [{"url": "/telnyx/v2"}]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("page[number]=0", "page[number]"),
        ("page[number]=x", "page[number]"),
        ("page%5Bnumber%5D=-1", "page[number]"),
        ("page[number]=99999999999999999999999", "page[number]"),
        ("page[size]=0", "page[size]"),
        ("page[size]=101", "page[size]"),
        ("page[size]=1.5", "page[size]"),
        ("page[size]=", "page[size]"),
        ("sort=name", "sort"),
        ("sort=", "sort"),
        ("workspace_id=x", "workspace_id"),
    ],
)
def test_a_page_that_cannot_be(facade, query, parameter):
    """It is a 400 that names the parameter."""
    answer = ask(facade, f"{REPORTS}?{query}")
    assert answer.status_code == 400, answer.text
    error = error_of(answer)
    assert (error["code"], error["source"]) == ("10015", {"parameter": parameter})


@pytest.mark.parametrize("call_id", ["x", "6d6fb6f1", CALL + "0", CALL.replace("-", "_")])
def test_a_call_id_that_is_none(facade, call_id):
    """It is a 400, which no look into the store is needed for."""
    answer = ask(facade, f"{REPORTS}/{call_id}")
    assert (answer.status_code, error_of(answer)["code"]) == (400, "10015")


@pytest.mark.parametrize("path", [REPORTS, f"{REPORTS}/{CALL}"])
@pytest.mark.parametrize("token", ["", "wrong", "snd_person_wrong"])
def test_strangers(facade, path, token):
    """It is a 401 with a challenge."""
    answer = ask(facade, path, token)
    assert (answer.status_code, error_of(answer)["code"]) == (401, "10009")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_another_workspace(facade):
    """Whether there is one is not said."""
    answer = ask(facade, f"{REPORTS}?workspace_id=999")
    assert (answer.status_code, error_of(answer)["code"]) == (403, "10010")


def test_another_path_and_method(facade):
    """They are refused in the same shape."""
    answer = ask(facade, "/telnyx/v2/calls")
    assert (answer.status_code, error_of(answer)["code"]) == (404, "10005")
    headers = {"Authorization": f"Bearer {facade.admin}"}
    answer = facade.usual_client.post(REPORTS, headers=headers)
    assert (answer.status_code, error_of(answer)["code"]) == (405, "10015")
    assert "GET" in answer.headers["allow"]
    assert facade.usual_client.get("/telnyx/v20").status_code == 404


@pytest.mark.parametrize(("status", "code"), [(429, "10011"), (500, "10007"), (503, "10007"), (413, "10015")])
def test_every_status_has_a_code(status, code):
    """Of the vendor's table."""
    [error] = shape_problem(Problem(status=status, code="x", message="m.", hint="h.")).errors
    assert (error.code, error.detail) == (code, "m. h.")
