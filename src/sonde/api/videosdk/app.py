"""The API as an application of its own, mounted beside the others."""

from collections.abc import Callable
from typing import Any, Final

from litestar import Litestar, Request
from litestar.di import Provide
from litestar.handlers import ASGIRouteHandler
from litestar.middleware import DefineMiddleware

from sonde.api.authentication import Authentication, Credentials
from sonde.api.mounting import mount, show_document
from sonde.api.use_cases import UseCases
from sonde.api.videosdk.choices import Choices
from sonde.api.videosdk.openapi import PREFIX, write_document
from sonde.api.videosdk.problems import problem_handlers
from sonde.api.videosdk.router import HANDLERS, counting
from sonde.model.errors import Unauthenticated
from sonde.model.videosdk_keys import VideoSdkCaller

MAX_BODY: Final = 4096
"""Bytes of a request body."""


def mount_videosdk(use_cases: UseCases, choices: Choices) -> ASGIRouteHandler:
    """Build the API and the handler that puts it where its clients are sent."""
    return mount(PREFIX, create_videosdk(use_cases, choices))


def create_videosdk(use_cases: UseCases, choices: Choices) -> Litestar:
    """Build the application: who is asking, and every route."""

    def identify(credentials: Credentials) -> VideoSdkCaller:
        return use_cases.videosdk_keys.authenticate(credentials.token)

    def provide_base(request: Request[Any, Any, Any]) -> str:
        root = choices.public_url or str(request.base_url).removesuffix(f"{PREFIX}/")
        return f"{root.rstrip('/')}{PREFIX}"

    document = show_document(write_document(HANDLERS, choices))
    return Litestar(
        route_handlers=[*HANDLERS, document],
        dependencies={
            "use_cases": Provide(lambda: use_cases, sync_to_thread=False),
            "base": Provide(provide_base, sync_to_thread=False),
        },
        middleware=[
            DefineMiddleware(
                Authentication, read=reading(choices), identify=identify, lockout=use_cases.lockout
            )
        ],
        before_request=counting(use_cases),
        exception_handlers=problem_handlers(choices),
        request_max_body_size=MAX_BODY,
        openapi_config=None,
        logging_config=None,
    )


def reading(choices: Choices) -> Callable[[str], Credentials]:
    """What takes the header apart: the token alone, or also behind `Bearer` where that was chosen."""

    def read(header: str) -> Credentials:
        scheme, _, rest = header.strip().partition(" ")
        is_bare = not rest
        if scheme and (is_bare or (choices.accepts_bearer and scheme.lower() == "bearer")):
            return Credentials(token=scheme if is_bare else rest.strip())
        raise Unauthenticated(
            "A token is needed.", hint="Send it as the whole of the header Authorization, without a prefix."
        )

    return read
