"""The API as an application of its own, mounted beside the others."""

from typing import Final

from litestar import Litestar
from litestar.di import Provide
from litestar.handlers import ASGIRouteHandler
from litestar.middleware import DefineMiddleware

from sonde.api.authentication import Authentication, Credentials, read_bearer
from sonde.api.errors import exception_handlers
from sonde.api.mounting import mount, show_document
from sonde.api.telnyx.openapi import PREFIX, write_document
from sonde.api.telnyx.problems import shape_problem
from sonde.api.telnyx.router import HANDLERS, provide_access
from sonde.api.use_cases import UseCases
from sonde.model.people import Principal

MAX_BODY: Final = 4096
"""Bytes of a request body; no route takes one."""


def mount_telnyx(use_cases: UseCases) -> ASGIRouteHandler:
    """Build the API and the handler that puts it where its clients expect the version in the address."""
    return mount(PREFIX, create_telnyx(use_cases))


def create_telnyx(use_cases: UseCases) -> Litestar:
    """Build the application: who is asking, and every route."""

    def identify(credentials: Credentials) -> Principal:
        return use_cases.accounts.authenticate(credentials.token)

    document = show_document(write_document(HANDLERS))
    return Litestar(
        route_handlers=[*HANDLERS, document],
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
