"""Version 6 as an application with its own authentication, formats and errors."""

from typing import Any

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler
from litestar.middleware import DefineMiddleware

from sonde.api.authentication import Authentication, Credentials, read_basic_or_bearer
from sonde.api.errors import Problem, exception_handlers
from sonde.api.thousandeyes.answer import Answer
from sonde.api.thousandeyes.call import FORMAT, provide_access, provide_base
from sonde.api.thousandeyes.choices import Choices
from sonde.api.thousandeyes.metering import Metering, tell_limits
from sonde.api.thousandeyes.names import field_and_sentence
from sonde.api.thousandeyes.v6 import inventory, results, router
from sonde.api.thousandeyes.v6.schema import ErrorDocument
from sonde.api.use_cases import UseCases
from sonde.model.people import Principal

MAX_BODY = 256 * 1024
"""Bytes of a request body; a test with a thousand agents needs a tenth of it."""

HANDLERS = (*router.HANDLERS, *results.HANDLERS, *inventory.HANDLERS)


def create_v6(use_cases: UseCases, choices: Choices) -> Litestar:
    """Build the application."""

    def identify(credentials: Credentials) -> Principal:
        return use_cases.accounts.authenticate(credentials.token, credentials.email)

    return Litestar(
        route_handlers=HANDLERS,
        response_class=Answer,
        dependencies={
            "use_cases": Provide(lambda: use_cases, sync_to_thread=False),
            "choices": Provide(lambda: choices, sync_to_thread=False),
            "public_url": Provide(lambda: choices.public_url, sync_to_thread=False),
            "access": Provide(provide_access, sync_to_thread=True),
            "base": Provide(provide_base, sync_to_thread=False),
        },
        middleware=[
            DefineMiddleware(
                Authentication, read=read_basic_or_bearer, identify=identify, lockout=use_cases.lockout
            ),
            DefineMiddleware(Metering, use_cases=use_cases),
        ],
        guards=[require_format],
        before_send=[tell_limits],
        exception_handlers=exception_handlers(
            shape_error,
            challenge='Basic realm="Sonde", charset="UTF-8", Bearer',
            response_class=Answer,
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
            detail="This API answers in JSON and XML. Ask for .json or application/json, .xml or text/xml.",
        )


def shape_error(problem: Problem) -> ErrorDocument:
    """Put all a problem says into the one sentence that callers of this API look at."""
    field, sentence = field_and_sentence(problem.field, problem.message)
    if field and not sentence.startswith(f"{field} "):
        sentence = f"{field}: {sentence}"
    return ErrorDocument(error_message=f"{sentence} {problem.hint}".rstrip())
