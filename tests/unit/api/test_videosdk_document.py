"""VideoSDK's facade: its OpenAPI document, what its settings change, and refusals in the vendor's shape."""

import msgspec
import pytest
from litestar.testing import TestClient

from sonde.api.videosdk.app import create_videosdk
from sonde.api.videosdk.choices import Choices
from sonde.api.videosdk.schema import ErrorBody

SESSIONS = "/v2/sessions"


@pytest.fixture(scope="module")
def document(facade) -> dict:
    """As a stranger reads it."""
    return facade.usual_client.get("/videosdk/openapi.json").json()


def test_the_document_has_the_vendors_paths(document):
    """With `participant` in one of them, and the parameters of the list."""
    session = f"{SESSIONS}/{{session_id}}"
    assert document["paths"].keys() == {
        "/v2/rooms/{room_id}",
        SESSIONS,
        session,
        f"{session}/participants",
        f"{session}/participants/active",
        f"{session}/participants/{{participant_id}}",
        f"{session}/stats",
        f"{session}/participant/{{participant_id}}/stats",
        f"{SESSIONS}/end",
        f"{SESSIONS}/participants/remove",
    }
    listed = document["paths"][SESSIONS]["get"]
    names = {each["name"] for each in listed["parameters"]}
    assert names == {
        *("roomId", "customRoomId", "query", "userId"),
        *("startDate", "endDate", "status", "page", "perPage"),
    }
    assert document["components"]["securitySchemes"]["token"]["in"] == "header"
    assert "402" in document["paths"][session]["get"]["responses"]
    assert "402" not in listed["responses"]


def test_what_is_not_there_can_be_a_404(facade):
    """In the answer as in the document."""
    with TestClient(create_videosdk(facade.use_cases, Choices(not_found_status=404))) as client:
        described = client.get("/openapi.json").json()["paths"]
    assert "404" in described[f"{SESSIONS}/end"]["post"]["responses"]
    assert not any("402" in each["responses"] for path in described.values() for each in path.values())


@pytest.mark.parametrize("header", [None, "", "x", "a.b.c", "Bearer x", "Bearer a.b.c", "Basic eDp5", "x y"])
def test_strangers_get_the_vendors_body(facade, header):
    """A 401 with the text in `message`."""
    headers = {} if header is None else {"authorization": header}
    answer = facade.usual_client.get(f"/videosdk{SESSIONS}", headers=headers)
    assert answer.status_code == 401
    body = msgspec.json.decode(answer.content, type=ErrorBody)
    assert (body.status_code, body.error, body.code) == (401, "Unauthorized", "unauthenticated")
    assert body.message
    assert answer.headers["www-authenticate"] == "JWT"
