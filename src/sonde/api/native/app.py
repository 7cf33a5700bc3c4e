"""Sonde's own API, put together: who is asking, every route, and the document of them."""

from functools import cache
from typing import Final

import msgspec
from litestar import MediaType, Response, Router, get
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp

from sonde.api.authentication import OPEN, Authentication, Credentials, read_bearer
from sonde.api.native import (
    agents,
    call_report_tokens,
    changes,
    chat,
    client_keys,
    conclusions,
    distributions,
    imports,
    ingest,
    meetings,
    packets,
    participants,
    peer_streams,
    peers,
    result_details,
    results,
    rounds,
    scores,
    sessions,
    summaries,
    transcripts,
    videosdk_keys,
    voice_tests,
    webhook_deliveries,
    webhooks,
    workspaces,
)
from sonde.api.native.call import provide_access
from sonde.api.native.document import PREFIX, make_document
from sonde.api.native.pages import show_pages
from sonde.api.use_cases import UseCases
from sonde.model.people import Principal

MODULES: Final = (
    workspaces,
    agents,
    voice_tests,
    rounds,
    results,
    result_details,
    packets,
    meetings,
    participants,
    sessions,
    peers,
    chat,
    transcripts,
    summaries,
    peer_streams,
    conclusions,
    distributions,
    scores,
    client_keys,
    call_report_tokens,
    videosdk_keys,
    webhooks,
    webhook_deliveries,
    imports,
    ingest,
    changes,
)
"""The modules with routes, in the order in which the document shows them."""

MAX_BODY: Final = 256 * 1024
"""Bytes of a request body; a test with a thousand agents needs a tenth of it."""


def handlers() -> list[HTTPRouteHandler]:
    """Every route of the API."""
    return [handler for module in MODULES for handler in module.HANDLERS]


@cache
def explain() -> tuple[bytes, str]:
    """The OpenAPI document and the page for people; made when somebody first asks for one of them."""
    document = make_document(handlers())
    return msgspec.json.encode(document), show_pages(document)


def create_native(use_cases: UseCases) -> list[Router]:
    """Build the API, and the pages that explain it."""

    def identify(credentials: Credentials) -> Principal:
        return use_cases.accounts.authenticate(credentials.token)

    def authenticate(app: ASGIApp) -> Authentication:
        # A function, because routers are copied with all that their middleware is given.
        return Authentication(app, read=read_bearer, identify=identify, lockout=use_cases.lockout)

    @get("/openapi.json", opt=OPEN, sync_to_thread=True)
    def show_document() -> Response[bytes]:
        """The OpenAPI document."""
        return Response(explain()[0], media_type=MediaType.JSON)

    @get("/docs", sync_to_thread=True)
    def show_docs() -> Response[str]:
        """The same for people."""
        return Response(explain()[1], media_type=MediaType.HTML)

    api = Router(
        PREFIX,
        route_handlers=[*handlers(), show_document],
        dependencies={"access": Provide(provide_access, sync_to_thread=True)},
        middleware=[authenticate],
        request_max_body_size=MAX_BODY,
    )
    return [api, Router("/", route_handlers=[show_docs])]
