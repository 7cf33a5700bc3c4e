"""The whole HTTP application: every API, mounted side by side."""

from collections.abc import Callable

import msgspec
from litestar import Litestar, get
from litestar.datastructures import MutableScopeHeaders
from litestar.di import Provide
from litestar.types import Message, Scope

from sonde import __version__
from sonde.api.errors import exception_handlers, shape_native
from sonde.api.health import Health, show_health
from sonde.api.ingest.collect import create_collect
from sonde.api.ingest.router import create_ingest
from sonde.api.ingest.script import show_script
from sonde.api.native.app import create_native
from sonde.api.thousandeyes.app import mount_thousandeyes
from sonde.api.thousandeyes.choices import Choices
from sonde.api.use_cases import UseCases

MAX_BODY = 64 * 1024
"""Bytes of a request body where an API sets no limit of its own."""


class Welcome(msgspec.Struct, frozen=True, kw_only=True):
    """What is here."""

    name: str
    version: str
    links: dict[str, str]


@get("/", sync_to_thread=False)
def show_welcome() -> Welcome:
    """Say what this is and where to go on."""
    return Welcome(
        name="Sonde",
        version=__version__,
        links={
            "health": "/healthz",
            "api": "/docs",
            "collector": "/collector.js",
            "thousandeyes": "/thousandeyes/v6/status",
        },
    )


def create_app(
    use_cases: UseCases, *, check_health: Callable[[], Health], thousandeyes: Choices | None = None
) -> Litestar:
    """Build the application.

    Args:
        use_cases: what the APIs may do.
        check_health: looks at the parts of the server; it may block.
        thousandeyes: what was chosen about that API; None for its defaults.
    """
    return Litestar(
        route_handlers=[
            show_welcome,
            show_health,
            create_ingest(use_cases),
            create_collect(),
            show_script,
            *create_native(use_cases),
            mount_thousandeyes(use_cases, thousandeyes or Choices()),
        ],
        dependencies={
            "use_cases": Provide(lambda: use_cases, sync_to_thread=False),
            "check_health": Provide(lambda: check_health, sync_to_thread=False),
        },
        before_send=[forbid_storing],
        exception_handlers=exception_handlers(shape_native),
        request_max_body_size=MAX_BODY,
        openapi_config=None,
        logging_config=None,
    )


async def forbid_storing(message: Message, _: Scope) -> None:
    """Keep answers out of caches unless they say otherwise, and browsers from guessing what they are."""
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders(message)
        headers.setdefault("Cache-Control", "no-store")
        headers["X-Content-Type-Options"] = "nosniff"
