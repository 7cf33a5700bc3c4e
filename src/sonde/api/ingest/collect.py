"""Where collectors send what clients measured: `POST /v1/collect`, and `/v1/collect/live` as a WebSocket.

`GET /v1/collect` tells the time, which is no secret and needs no key.
"""

from contextlib import suppress
from typing import Any, Final, TypeAlias

import msgspec
from litestar import Request, Response, Router, WebSocket, get, post, websocket
from litestar.concurrency import sync_to_thread
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.exceptions import WebSocketDisconnect
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.params import RawBody
from litestar.types import ExceptionHandlersMap

from sonde.api.authentication import read_bearer
from sonde.api.body import decode_json, recognise, unpack
from sonde.api.errors import describe_ours, exception_handlers, shape_native
from sonde.api.use_cases import UseCases
from sonde.model.errors import Invalid, Limited, SondeError, Unauthenticated
from sonde.model.reports import Receipt
from sonde.model.sightings import ReportingClient
from sonde.services.reports import nanoseconds
from sonde.webrtc.dialects.collector import batch_decoder

MAX_BODY: Final = 2 * 1024 * 1024
"""Bytes of a batch, packed or not."""

PREFLIGHT_SECONDS: Final = 7200
"""How long a browser may remember what it may do: Chromium remembers no longer."""

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

Litestar answers the browser's question itself, with these headers as in every other answer.
"""

Call: TypeAlias = Request[Any, Any, Any]
Socket: TypeAlias = WebSocket[Any, Any, Any]
Connection: TypeAlias = ASGIConnection[Any, Any, Any, Any]


class ServerTime(msgspec.Struct, frozen=True, kw_only=True):
    """The server's clock, microseconds since the epoch."""

    time: int


@get("/", sync_to_thread=False)
def show_time(use_cases: NamedDependency[UseCases]) -> ServerTime:
    """Say what time it is, for clients that compare their clock before they send anything."""
    return ServerTime(time=nanoseconds(use_cases.now()) // 1000)


@post("/", status_code=200)
async def take_batch(request: Call, body: RawBody, use_cases: NamedDependency[UseCases]) -> Receipt:
    """Take a batch; it is on the disk when this answers."""
    client = await _identify(use_cases, request)
    encoding = request.headers.get("content-encoding", "")
    return await _take(use_cases, client, body, encoding=encoding, address=_address(request))


@websocket("/live")
async def take_batches(socket: Socket, use_cases: NamedDependency[UseCases]) -> None:
    """Take one batch in each message, and answer each with a receipt or an error, in their order."""
    await socket.accept()
    try:
        client = await _identify(use_cases, socket)
    except SondeError as error:
        await socket.send_data(_refusal(error))
        await socket.close(code=POLICY_VIOLATION, reason=error.message)
        return
    with suppress(WebSocketDisconnect):
        while True:
            body = await _receive(socket)
            await socket.send_data(await _answer(use_cases, client, body, address=_address(socket)))


def create_collect() -> Router:
    """Build the endpoints of collectors."""
    return Router(
        "/v1/collect",
        route_handlers=[show_time, take_batch, take_batches],
        response_headers=CORS,
        exception_handlers=_readable_by_pages(),
        request_max_body_size=MAX_BODY,
    )


def _readable_by_pages() -> ExceptionHandlersMap:
    """The usual answers to exceptions, which a page may read too: it must know when to come back."""

    def answer(request: Call, error: Exception) -> Response[Any]:
        response: Response[Any] = usual(request, error)
        response.headers.update(CORS)
        return response

    usual: Any = exception_handlers(shape_native)[Exception]
    return {Exception: answer}


async def _identify(use_cases: UseCases, connection: Connection) -> ReportingClient:
    """Whose key or token it is: in the header, or in the query, because a beacon cannot set headers.

    Raises:
        Unauthenticated: there is none, or it is not valid.
        Limited: the address showed too many that were not.
    """
    address = _address(connection)
    use_cases.lockout.check(address)
    key = connection.query_params.get("key")
    try:
        secret = key or read_bearer(connection.headers.get("authorization", "")).token
        return await sync_to_thread(use_cases.reporting.authenticate, secret)
    except Unauthenticated:
        use_cases.lockout.note_failure(address)
        raise


async def _take(
    use_cases: UseCases, client: ReportingClient, body: bytes, *, encoding: str, address: str
) -> Receipt:
    allowance = use_cases.report_limit.spend(client.source_id)
    if allowance.is_exceeded:
        raise Limited(
            f"With this key {allowance.limit} batches may be sent in a minute.",
            retry_after=allowance.reset - use_cases.now().timestamp(),
        )
    try:
        payload = unpack(body, encoding=encoding or recognise(body), limit=MAX_BODY)
        batch = decode_json(payload, batch_decoder)
        return await use_cases.reports.take(client, batch, payload, address=address)
    except Invalid as error:
        use_cases.reports.note_refusal(client, body, error)
        raise


async def _answer(use_cases: UseCases, client: ReportingClient, body: bytes, *, address: str) -> bytes:
    """The answer to one message; a message that cannot be taken does not end the conversation."""
    try:
        return msgspec.json.encode(await _take(use_cases, client, body, encoding="", address=address))
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


def _address(connection: Connection) -> str:
    return connection.client.host if connection.client else ""
