"""The API as an application of its own, mounted beside the others."""

from typing import Final

from litestar import Litestar, MediaType, Response, get
from litestar.di import Provide
from litestar.exceptions import NotFoundException
from litestar.handlers import ASGIRouteHandler, asgi
from litestar.middleware import DefineMiddleware
from litestar.types import Receive, Scope, Send

from sonde.api.authentication import OPEN, Authentication, Credentials, read_bearer
from sonde.api.errors import exception_handlers
from sonde.api.telnyx.openapi import PREFIX, write_document
from sonde.api.telnyx.problems import shape_problem
from sonde.api.telnyx.router import HANDLERS, provide_access
from sonde.api.use_cases import UseCases
from sonde.model.people import Principal

MAX_BODY: Final = 4096
"""Bytes of a request body; no route takes one."""


def mount_telnyx(use_cases: UseCases) -> ASGIRouteHandler:
    """Build the API and the handler that puts it where its clients expect the version in the address."""
    application = create_telnyx(use_cases)

    @asgi(PREFIX, is_mount=True, copy_scope=True)
    async def telnyx(scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["path"].startswith("/"):
            # The mount also takes paths that only begin with the same letters.
            raise NotFoundException
        await application(scope, receive, send)

    return telnyx


def create_telnyx(use_cases: UseCases) -> Litestar:
    """Build the application: who is asking, and every route."""

    def identify(credentials: Credentials) -> Principal:
        return use_cases.accounts.authenticate(credentials.token)

    document = write_document(HANDLERS)

    @get("/openapi.json", opt=OPEN, sync_to_thread=False)
    def show_document() -> Response[bytes]:
        """Describe the routes."""
        return Response(document, media_type=MediaType.JSON)

    return Litestar(
        route_handlers=[*HANDLERS, show_document],
        dependencies={
            "use_cases": Provide(lambda: use_cases, sync_to_thread=False),
            "access": Provide(provide_access, sync_to_thread=True),
        },
        middleware=[
            DefineMiddleware(Authentication, read=read_bearer, identify=identify, lockout=use_cases.lockout)
        ],
        exception_handlers=exception_handlers(shape_problem),
        request_max_body_size=MAX_BODY,
        openapi_config=None,
        logging_config=None,
    )
