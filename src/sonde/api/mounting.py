"""How the API of a vendor stands in the server: an application of its own below the vendor's address."""

from litestar import Litestar, MediaType, Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import ASGIRouteHandler, HTTPRouteHandler, asgi
from litestar.types import Receive, Scope, Send

from sonde.api.authentication import OPEN


def mount(prefix: str, application: Litestar) -> ASGIRouteHandler:
    """Put an application where its clients expect it."""

    @asgi(prefix, is_mount=True, copy_scope=True)
    async def mounted(scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["path"].startswith("/"):
            # The mount also takes paths that only begin with the same letters.
            raise NotFoundException
        await application(scope, receive, send)

    return mounted


def show_document(document: bytes, path: str = "/openapi.json") -> HTTPRouteHandler:
    """A route that anybody may read, with the OpenAPI document."""

    @get(path, opt=OPEN, sync_to_thread=False)
    def show() -> Response[bytes]:
        """Describe the routes, in JSON whatever was asked for."""
        return Response(document, media_type=MediaType.JSON)

    return show
