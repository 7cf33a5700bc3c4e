"""Where collectors send what clients measured: `POST /v1/collect`, and `/v1/collect/live` as a WebSocket.

`GET /v1/collect` tells the time, which is no secret and needs no key.
"""

from contextlib import suppress
from http import HTTPMethod, HTTPStatus
from typing import Any, Final, TypeAlias

import msgspec
from litestar import Router, WebSocket, asgi, websocket
from litestar.di import NamedDependency
from litestar.enums import ScopeType
from litestar.exceptions import InternalServerException, MethodNotAllowedException, WebSocketDisconnect
from litestar.exceptions.http_exceptions import NotFoundException, RequestEntityTooLarge
from litestar.handlers import ASGIRouteHandler
from litestar.types import HTTPScope, Receive, Scope, Send

from sonde.api.errors import CALLER_LEFT, describe_ours, shape_native
from sonde.api.ingest.cors import PREFLIGHT_SECONDS, readable_by_pages
from sonde.api.ingest.intake import MAX_BODY, identify, read_caller, take
from sonde.api.use_cases import UseCases
from sonde.model.errors import Invalid, SondeError
from sonde.model.sightings import ReportingClient
from sonde.services.reports import nanoseconds

POLICY_VIOLATION: Final = 1008
"""WebSocket close code of somebody who may not be here (RFC 6455 7.4.1)."""

CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Content-Encoding",
    "Access-Control-Expose-Headers": "Retry-After",
    "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
}
"""Pages of every origin may report; what lets them in is their key, never a cookie (the Fetch standard, 3.3).

The browser's question is answered with the same headers as everything else.
"""

METHODS: Final = ("GET", "POST")
"""Of `/v1/collect`, besides the question of a browser."""

ALLOWED: Final = {"allow": ", ".join((*METHODS, "OPTIONS"))}

_RAW_CORS: Final = [(name.lower().encode(), value.encode()) for name, value in CORS.items()]
_RAW_JSON: Final = (b"content-type", b"application/json")
_RAW_ALLOWED: Final = [(name.encode(), value.encode()) for name, value in ALLOWED.items()]

Socket: TypeAlias = WebSocket[Any, Any, Any]


class ServerTime(msgspec.Struct, frozen=True, kw_only=True):
    """The server's clock, microseconds since the epoch."""

    time: int


def create_collect(use_cases: UseCases) -> Router:
    """Build the endpoints of collectors."""
    return Router(
        "/v1/collect",
        route_handlers=[_create_plain(use_cases), take_batches],
        exception_handlers=readable_by_pages(CORS),
    )


def _create_plain(use_cases: UseCases) -> ASGIRouteHandler:
    """The endpoint of single batches and of the time.

    It is plain ASGI, because a handler with parameters costs as much as all the rest of an answer. What it
    raises becomes the same error as anywhere.
    """

    @asgi("/", copy_scope=False)
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        """Browsers ask first whether they may."""
        if scope["type"] != ScopeType.HTTP:
            raise NotFoundException
        match scope["method"]:
            case HTTPMethod.POST:
                await _answer(send, HTTPStatus.OK, await _take_batch(use_cases, scope, receive), [_RAW_JSON])
            case HTTPMethod.GET:
                await _answer(send, HTTPStatus.OK, msgspec.json.encode(_time(use_cases)), [_RAW_JSON])
            case HTTPMethod.OPTIONS:
                await _answer(send, HTTPStatus.NO_CONTENT, b"", _RAW_ALLOWED)
            case _:
                raise MethodNotAllowedException(headers=ALLOWED)

    return answer


async def _take_batch(use_cases: UseCases, scope: HTTPScope, receive: Receive) -> bytes:
    """Take a batch; it is on the disk when this answers."""
    caller = read_caller(scope)
    client = await identify(use_cases, caller)
    body = await _read_body(receive, announced=caller.length)
    receipt = await take(use_cases, client, body, encoding=caller.encoding, address=caller.address)
    return msgspec.json.encode(receipt)


def _time(use_cases: UseCases) -> ServerTime:
    """What time it is, for clients that compare their clock before they send anything."""
    return ServerTime(time=nanoseconds(use_cases.now()) // 1000)


@websocket("/live")
async def take_batches(socket: Socket, use_cases: NamedDependency[UseCases]) -> None:
    """Take one batch in each message, and answer each with a receipt or an error, in their order."""
    await socket.accept()
    try:
        caller = read_caller(socket.scope)
        client = await identify(use_cases, caller)
    except SondeError as error:
        await socket.send_data(_refusal(error))
        await socket.close(code=POLICY_VIOLATION, reason=error.message)
        return
    with suppress(WebSocketDisconnect):
        while True:
            body = await _receive(socket)
            await socket.send_data(await _answer_to(use_cases, client, body, address=caller.address))


async def _read_body(receive: Receive, *, announced: int) -> bytes:
    """The whole body.

    Raises:
        RequestEntityTooLarge: it is larger than a batch may be, or will be.
        InternalServerException: the caller left before its end.
    """
    pieces: list[bytes] = []
    size, is_whole = 0, False
    while max(size, announced) <= MAX_BODY:
        if is_whole:
            return b"".join(pieces)
        message: Any = await receive()
        if message["type"] == "http.disconnect":
            raise InternalServerException(CALLER_LEFT)
        pieces.append(message.get("body", b""))
        size, is_whole = size + len(pieces[-1]), not message.get("more_body", False)
    raise RequestEntityTooLarge


async def _answer(send: Send, status: HTTPStatus, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    length = [(b"content-length", str(len(body)).encode())] if body else []
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *_RAW_CORS, *length]})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _answer_to(use_cases: UseCases, client: ReportingClient, body: bytes, *, address: str) -> bytes:
    """The answer to one message; a message that cannot be taken does not end the conversation."""
    try:
        return msgspec.json.encode(await take(use_cases, client, body, encoding="", address=address))
    except SondeError as error:
        return _refusal(error)
    except RequestEntityTooLarge as error:
        return _refusal(Invalid(error.detail, code="request_entity_too_large"))


def _refusal(error: SondeError) -> bytes:
    """The error body of a request, with the seconds to wait that would be in a header there."""
    problem = describe_ours(error)
    body = msgspec.to_builtins(shape_native(problem))
    if "Retry-After" in problem.headers:
        body["retry_after"] = int(problem.headers["Retry-After"])
    return msgspec.json.encode({**body, "status": problem.status})


async def _receive(socket: Socket) -> bytes:
    """The next message, text or not.

    Raises:
        WebSocketDisconnect: there is none.
    """
    message: Any = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(detail="the client left", code=message["code"])
    text = message.get("text")
    return (message.get("bytes") or b"") if text is None else text.encode()
