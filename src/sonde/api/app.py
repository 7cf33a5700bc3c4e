"""The whole HTTP application: every API, mounted side by side."""

from collections.abc import Callable
from typing import Final

import msgspec
from litestar import Litestar, get
from litestar.di import Provide
from litestar.types import Message, Scope

from sonde import __version__
from sonde.api.downloads.router import create_downloads
from sonde.api.errors import exception_handlers, shape_native
from sonde.api.health import Health, show_health
from sonde.api.ingest.call_report import create_call_report
from sonde.api.ingest.callstats import create_callstats
from sonde.api.ingest.collect import create_collect
from sonde.api.ingest.router import create_ingest
from sonde.api.ingest.script import show_script
from sonde.api.ingest.vendor_events import create_vendor_events
from sonde.api.ingest.videosdk import create_videosdk
from sonde.api.native.app import create_native
from sonde.api.realtimekit.app import mount_realtimekit
from sonde.api.telnyx.app import mount_telnyx
from sonde.api.thousandeyes.app import mount_thousandeyes
from sonde.api.thousandeyes.choices import Choices
from sonde.api.use_cases import UseCases
from sonde.api.videosdk.app import mount_videosdk
from sonde.api.videosdk.choices import Choices as VideoSdkChoices
from sonde.api.well_known import show_public_key

MAX_BODY = 64 * 1024
"""Bytes of a request body where an API sets no limit of its own."""


DEFAULTS: Final = {b"cache-control": b"no-store", b"x-content-type-options": b"nosniff"}
"""Headers of every answer that does not say otherwise; ASGI writes their names in lower case."""


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
            "telnyx": "/telnyx/v2/openapi.json",
            "videosdk": "/videosdk/openapi.json",
            "realtimekit": "/cloudflare/client/v4/openapi.json",
        },
    )


def create_app(
    use_cases: UseCases,
    *,
    check_health: Callable[[], Health],
    thousandeyes: Choices | None = None,
    videosdk: VideoSdkChoices | None = None,
) -> Litestar:
    """Build the application.

    Args:
        use_cases: what the APIs may do.
        check_health: looks at the parts of the server; it may block.
        thousandeyes: what was chosen about that API; None for its defaults.
        videosdk: the same of VideoSDK's.
    """
    return Litestar(
        route_handlers=[
            show_welcome,
            show_health,
            create_ingest(use_cases),
            create_collect(use_cases),
            create_call_report(),
            create_vendor_events(),
            show_public_key,
            create_callstats(),
            create_videosdk(),
            show_script,
            create_downloads(),
            *create_native(use_cases),
            mount_thousandeyes(use_cases, thousandeyes or Choices()),
            mount_telnyx(use_cases),
            mount_videosdk(use_cases, videosdk or VideoSdkChoices()),
            mount_realtimekit(use_cases),
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
        headers = message["headers"]
        given = {name for name, _ in headers}
        message["headers"] = [
            *headers,
            *((name, value) for name, value in DEFAULTS.items() if name not in given),
        ]
