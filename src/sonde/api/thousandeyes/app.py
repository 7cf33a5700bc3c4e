"""The ThousandEyes API as one application, mounted beside the others."""

from typing import Any, cast

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.exceptions import HTTPException, NotFoundException
from litestar.handlers import ASGIRouteHandler, BaseRouteHandler, asgi
from litestar.middleware import DefineMiddleware
from litestar.types import Receive, Scope, Send

from sonde.api.authentication import Authentication, Credentials, read_basic_or_bearer
from sonde.api.errors import Problem, exception_handlers
from sonde.api.thousandeyes.addressing import PREFIX, read_path, wants_json
from sonde.api.thousandeyes.changes import FIELD_NAMES
from sonde.api.thousandeyes.router import HANDLERS, provide_access, provide_base
from sonde.api.thousandeyes.schema import ErrorDocument
from sonde.api.use_cases import UseCases
from sonde.model.people import Principal

MAX_BODY = 256 * 1024
"""Bytes of a request body; a test with a thousand agents needs a tenth of it."""

SUFFIX = "thousandeyes_suffix"
"""Where in the scope the suffix of the path is handed on."""


def mount_thousandeyes(use_cases: UseCases, *, public_url: str) -> ASGIRouteHandler:
    """Build the API and the handler that puts it under `/thousandeyes`.

    Args:
        use_cases: what the API may do.
        public_url: where links point to; empty for the address each caller used.
    """
    application = create_thousandeyes(use_cases, public_url=public_url)

    @asgi(PREFIX, is_mount=True, copy_scope=True)
    async def thousandeyes(scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["path"].startswith("/"):
            # The mount also takes paths that only begin with the same letters.
            raise NotFoundException
        address = read_path(scope["path"])
        scope["path"] = address.path
        scope[SUFFIX] = address.suffix  # type: ignore[literal-required]
        await application(scope, receive, send)

    return thousandeyes


def create_thousandeyes(use_cases: UseCases, *, public_url: str) -> Litestar:
    """Build the API with its own errors and its own authentication."""

    def identify(credentials: Credentials) -> Principal:
        return use_cases.accounts.authenticate(credentials.token, credentials.email)

    return Litestar(
        route_handlers=HANDLERS,
        dependencies={
            "use_cases": Provide(lambda: use_cases, sync_to_thread=False),
            "public_url": Provide(lambda: public_url, sync_to_thread=False),
            "access": Provide(provide_access, sync_to_thread=True),
            "base": Provide(provide_base, sync_to_thread=False),
        },
        middleware=[DefineMiddleware(Authentication, read=read_basic_or_bearer, identify=identify)],
        guards=[require_json_answer],
        exception_handlers=exception_handlers(
            shape_error, challenge='Basic realm="Sonde", charset="UTF-8", Bearer'
        ),
        request_max_body_size=MAX_BODY,
        openapi_config=None,
        logging_config=None,
    )


async def require_json_answer(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Refuse a request for a format other than JSON.

    Raises:
        HTTPException: 406.
    """
    if not wants_json(
        suffix=cast("str | None", connection.scope.get(SUFFIX)),
        accept=connection.headers.get("accept", ""),
        format_parameter=connection.query_params.get("format", ""),
    ):
        raise HTTPException(
            status_code=406,
            detail="This API answers in JSON only. Ask for .json or application/json.",
        )


def shape_error(problem: Problem) -> ErrorDocument:
    """Put all a problem says into the one sentence that callers of this API look at."""
    field = FIELD_NAMES.get(problem.field, problem.field)
    if problem.field and problem.message.startswith(f"{problem.field} "):
        sentence = field + problem.message.removeprefix(problem.field)
    else:
        sentence = f"{field}: {problem.message}" if field else problem.message
    return ErrorDocument(error_message=f"{sentence} {problem.hint}".rstrip())
