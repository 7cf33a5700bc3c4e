"""What went wrong with one request, said once, before each API gives it its own shape."""

import math
import secrets
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from sonde.model.errors import (
    Conflict,
    Denied,
    Invalid,
    Limited,
    NotFound,
    SondeError,
    Unauthenticated,
    Unavailable,
)

STATUS_OF_KIND: Mapping[str, HTTPStatus] = {
    Invalid.kind: HTTPStatus.BAD_REQUEST,
    Unauthenticated.kind: HTTPStatus.UNAUTHORIZED,
    Denied.kind: HTTPStatus.FORBIDDEN,
    NotFound.kind: HTTPStatus.NOT_FOUND,
    Conflict.kind: HTTPStatus.CONFLICT,
    Limited.kind: HTTPStatus.TOO_MANY_REQUESTS,
    Unavailable.kind: HTTPStatus.SERVICE_UNAVAILABLE,
}

SHOWN_PATH_LENGTH = 200
"""Characters of a request path repeated in a message; the rest says nothing to anybody."""

CALLER_LEFT = "client disconnected prematurely"
"""Litestar's only mark of an exception that is the caller's doing; nobody will read the answer."""

log = structlog.get_logger(__name__)


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One failed request, in no API's words yet.

    Attributes:
        status: HTTP status.
        code: stable snake-case name for programs.
        message: one sentence for people.
        hint: what to do next, or empty.
        field: the part of the input that is wrong, or empty.
        headers: what the status demands, such as `Allow` or `Retry-After`.
        path: what was asked for, as the caller wrote it.
    """

    status: int
    code: str
    message: str
    hint: str = ""
    field: str = ""
    headers: dict[str, str] = {}
    path: str = ""


class NativeError(msgspec.Struct, frozen=True, kw_only=True):
    """The inside of an error body of Sonde's own APIs.

    Attributes:
        code: stable name for programs.
        message: what is wrong, in one sentence.
        hint: what to do next; empty when there is nothing to add.
        field: the part of the request that is wrong; empty when it is no single one.
    """

    code: str
    message: str
    hint: str
    field: str


class NativeErrorBody(msgspec.Struct, frozen=True, kw_only=True):
    """The error body of Sonde's own APIs.

    Attributes:
        error: what is wrong, and what to do next.
    """

    error: NativeError


def shape_native(problem: Problem) -> NativeErrorBody:
    """Give a problem the shape of Sonde's own APIs."""
    return NativeErrorBody(
        error=NativeError(code=problem.code, message=problem.message, hint=problem.hint, field=problem.field)
    )


def exception_handlers(
    shape: Callable[[Problem], Any],
    *,
    challenge: str = "Bearer",
    response_class: type[Response[Any]] = Response,
    media_type: str = MediaType.JSON,
    instead: Mapping[int, int] | None = None,
) -> ExceptionHandlersMap:
    """Answer every exception of one API in that API's shape.

    Args:
        shape: makes the body.
        challenge: `WWW-Authenticate` of a 401.
        response_class: renders the body.
        media_type: of the body.
        instead: statuses that this API does not have, each with the one that it says in its place.
    """
    replaced = dict(instead or {})

    def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        found = describe(request, error)
        problem = msgspec.structs.replace(
            found, path=_shown_path(request), status=replaced.get(found.status, found.status)
        )
        headers = dict(problem.headers)
        if problem.status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = challenge
        return response_class(
            shape(problem), status_code=problem.status, headers=headers, media_type=media_type
        )

    return {Exception: answer}


def describe(request: Request[Any, Any, Any], error: Exception) -> Problem:
    """Say what an exception means to the caller; one nobody foresaw is logged under the id it shows."""
    if isinstance(error, SondeError):
        return describe_ours(error)
    if isinstance(error, HTTPException) and error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        return _describe_http(request, error)
    if isinstance(error, HTTPException) and error.detail == CALLER_LEFT:
        log.info("request.abandoned", method=request.method, path=_shown_path(request))
        return Problem(status=HTTPStatus.BAD_REQUEST, code="abandoned", message="The caller left.")
    incident = secrets.token_hex(6)
    log.error(
        "request.failed", incident=incident, method=request.method, path=_shown_path(request), exc_info=error
    )
    return Problem(
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
        code="internal",
        message=f"Something went wrong here, not in your request (incident {incident}).",
        hint="The server's log has the details under this incident id.",
    )


def describe_ours(error: SondeError) -> Problem:
    """Say what one of our own errors means to the caller."""
    headers = {}
    if isinstance(error, Limited) and error.retry_after > 0:
        headers["Retry-After"] = str(math.ceil(error.retry_after))
    return Problem(
        status=STATUS_OF_KIND.get(error.kind, HTTPStatus.BAD_REQUEST),
        code=error.code,
        message=error.message,
        hint=error.hint,
        field=error.field,
        headers=headers,
    )


def _describe_http(request: Request[Any, Any, Any], error: HTTPException) -> Problem:
    headers = dict(error.headers or {})
    message = error.detail
    if error.status_code == HTTPStatus.NOT_FOUND:
        message = f"There is no endpoint at {_shown_path(request)}."
    elif error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = headers.get("allow", "another method")
        message = f"This endpoint takes {allowed}, not {request.method}."
    return Problem(
        status=error.status_code,
        code=HTTPStatus(error.status_code).name.lower(),
        message=message,
        headers=headers,
    )


def _shown_path(request: Request[Any, Any, Any]) -> str:
    """The path as the caller wrote it: a mounted application sees a shortened one."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    return raw.decode("ascii", errors="replace")[:SHOWN_PATH_LENGTH]
