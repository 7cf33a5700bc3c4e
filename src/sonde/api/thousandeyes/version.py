"""One version of the API as an application of its own."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from litestar import Litestar, MediaType, Response, Router
from litestar.connection import ASGIConnection
from litestar.datastructures import MutableScopeHeaders
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.middleware import DefineMiddleware
from litestar.types import Message, Scope

from sonde.api.authentication import Authentication, Credentials
from sonde.api.errors import Problem, exception_handlers
from sonde.api.mounting import show_document
from sonde.api.thousandeyes.call import FORMAT, provide_access, provide_base
from sonde.api.thousandeyes.choices import Choices
from sonde.api.thousandeyes.metering import Metering, tell_limits
from sonde.api.thousandeyes.openapi import Dialect, write_document
from sonde.api.thousandeyes.refusals import refuse
from sonde.api.use_cases import UseCases
from sonde.model.people import Principal

MAX_BODY = 256 * 1024
"""Bytes of a request body; a test with a thousand agents needs a tenth of it."""


class Manner(msgspec.Struct, frozen=True, kw_only=True):
    """How a version speaks.

    Attributes:
        dialect: describes it.
        document: where its OpenAPI document is.
        read: takes the `Authorization` header apart.
        challenge: `WWW-Authenticate` of a 401.
        answer: renders what handlers return.
        shape_error: makes the body of an error.
        error_answer, error_type: render it.
    """

    dialect: Dialect
    document: str
    read: Callable[[str], Credentials]
    challenge: str
    answer: type[Response[Any]]
    shape_error: Callable[[Problem], Any]
    error_answer: type[Response[Any]]
    error_type: str = MediaType.JSON


def create_version(
    handlers: Sequence[HTTPRouteHandler], manner: Manner, use_cases: UseCases, choices: Choices
) -> Litestar:
    """Build the application: who is asking, how much they may ask, and in which format."""

    def identify(credentials: Credentials) -> Principal:
        return use_cases.accounts.authenticate(credentials.token, credentials.email)

    document = show_document(write_document(handlers, manner.dialect), manner.document)
    return Litestar(
        # In a router, because Litestar registers a path with several methods again for each of them
        # otherwise, and then forgets that it has put the handlers into threads already.
        route_handlers=[Router("/", route_handlers=[*handlers, document, refuse])],
        response_class=manner.answer,
        dependencies={
            "use_cases": Provide(lambda: use_cases, sync_to_thread=False),
            "choices": Provide(lambda: choices, sync_to_thread=False),
            "public_url": Provide(lambda: choices.public_url, sync_to_thread=False),
            "access": Provide(provide_access, sync_to_thread=True),
            "base": Provide(provide_base, sync_to_thread=False),
        },
        middleware=[
            DefineMiddleware(Authentication, read=manner.read, identify=identify, lockout=use_cases.lockout),
            DefineMiddleware(Metering, use_cases=use_cases),
        ],
        guards=[require_format],
        before_send=[tell_limits, introduce],
        exception_handlers=exception_handlers(
            manner.shape_error,
            challenge=manner.challenge,
            response_class=manner.error_answer,
            media_type=manner.error_type,
        ),
        request_max_body_size=MAX_BODY,
        openapi_config=None,
        logging_config=None,
    )


async def require_format(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Refuse a request for a format that does not exist.

    Raises:
        HTTPException: 406.
    """
    if connection.scope.get(FORMAT) is None:
        raise HTTPException(
            status_code=406,
            detail="There is JSON, and XML up to version 6. Ask for application/json or text/xml.",
        )


async def introduce(message: Message, scope: Scope) -> None:
    """Send what the vendor's answers have besides; browsers remember to use TLS only when they do already."""
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders(message)
        headers["X-Server-Name"] = "sonde"
        if scope["scheme"] == "https":
            headers["Strict-Transport-Security"] = "max-age=31536000"
