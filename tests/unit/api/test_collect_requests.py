"""What `POST /v1/collect` does before it looks at a batch, over a real directory."""

import asyncio
from typing import Any

import pytest
from litestar.exceptions import WebSocketDisconnect

from sonde.api.ingest.intake import MAX_BODY


@pytest.fixture
def world(make_facade):
    return make_facade()


@pytest.fixture
def key(world) -> str:
    """A client key."""
    accounts = world.use_cases.accounts
    access = accounts.access(accounts.authenticate(world.admin))
    return world.use_cases.reporting.create_key(access, "page").secret


def call(world, messages: list[dict[str, Any]], headers: dict[bytes, bytes]) -> tuple[list[Any], int]:
    """Send messages of ASGI to the application; what it answers, and how many it has read."""
    left, answers = list(messages), []
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/v1/collect",
        "raw_path": b"/v1/collect",
        "root_path": "",
        "query_string": b"",
        "headers": list(headers.items()),
        "client": ("192.0.2.1", 50_000),
        "server": ("192.0.2.2", 8700),
    }

    async def receive() -> dict[str, Any]:
        return left.pop(0)

    async def send(message: Any) -> None:
        answers.append(message)

    asyncio.run(world.usual_client.app(scope, receive, send))
    return answers, len(messages) - len(left)


def piece(size: int, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": b"[" * size, "more_body": more}


def bearer(key: str) -> dict[bytes, bytes]:
    return {b"authorization": f"Bearer {key}".encode()}


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH"])
def test_only_batches_can_be_posted(world, method: str) -> None:
    """Other methods learn which ones work, and a page may read the answer."""
    answer = world.usual_client.request(method, "/v1/collect")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST, OPTIONS"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert method == "HEAD" or answer.json()["error"]["code"] == "method_not_allowed"


def test_everybody_may_ask_what_time_it_is(world) -> None:
    """In microseconds, and a page may read it."""
    answer = world.usual_client.get("/v1/collect")
    assert abs(answer.json()["time"] / 10**6 - world.clock().timestamp()) < 1
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_browser_is_told_what_it_may_do(world) -> None:
    """Without a key, and so that it need not ask again for two hours."""
    answer = world.usual_client.options("/v1/collect")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-methods"] == "GET, POST"
    assert answer.headers["access-control-max-age"] == "7200"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("shown", [{}, {"Authorization": "Bearer x"}, {"Authorization": "Basic eDp5"}])
def test_who_shows_no_key_is_refused_before_the_body_is_read(world, shown: dict[str, str]) -> None:
    """In the shape of the API."""
    raw = {name.lower().encode(): value.encode() for name, value in shown.items()}
    [start, body], read = call(world, [piece(1)], raw)
    assert (start["status"], read) == (401, 0)
    assert (b"www-authenticate", b"Bearer") in start["headers"]
    assert b'"unauthenticated"' in body["body"]


def test_a_body_is_refused_as_soon_as_it_is_too_large(world, key: str) -> None:
    """By the length it was announced with, or where there was none, when it has become so."""
    announced = {b"content-length": str(MAX_BODY + 1).encode()}
    [start, _], read = call(world, [piece(1)], bearer(key) | announced)
    assert (start["status"], read) == (413, 0)
    [start, _], read = call(world, [piece(MAX_BODY), piece(1), piece(1, more=False)], bearer(key))
    assert (start["status"], read) == (413, 2)
    [start, _], _ = call(world, [piece(MAX_BODY - 1), piece(2, more=False)], bearer(key))
    assert start["status"] == 413


def test_a_body_may_come_in_pieces(world, key: str) -> None:
    """It is looked at when it is whole: this one is no batch."""
    pieces = [piece(1), {"type": "http.request"}]
    [start, body], read = call(world, [piece(0), *pieces], bearer(key) | {b"content-encoding": b"deflate"})
    assert (start["status"], read) == (415, 3)
    assert b"deflate" in body["body"]


def test_a_caller_who_leaves_early_is_no_fault_of_ours(world, key: str) -> None:
    """Nobody reads the answer; it only must not be a 500."""
    [start, _], _ = call(world, [piece(1), {"type": "http.disconnect"}], bearer(key))
    assert start["status"] == 400


def test_batches_are_no_conversation(world) -> None:
    """The WebSocket has an address of its own."""
    with pytest.raises(WebSocketDisconnect), world.usual_client.websocket_connect("/v1/collect"):
        pass
