"""Requests that lead nowhere: let in and counted like all others before they are refused.

The framework would refuse them before it asks who is calling, and their answers would lack the counts.
"""

from typing import Any, Final, cast

from litestar import Litestar, route
from litestar.enums import HttpMethod
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException
from litestar.types import ASGIApp, Receive, Scope, Send
from litestar.utils import normalize_path

from sonde.api.thousandeyes.call import Call

NOWHERE: Final = "/-"
"""Where such requests are sent inside of a version."""

REFUSAL: Final = "thousandeyes_refusal"
"""Where in the scope the reason is; who asks for `NOWHERE` itself has none."""


@route(NOWHERE, http_method=list(HttpMethod), status_code=404, sync_to_thread=False)
def refuse(request: Call) -> None:
    """Say why.

    Raises:
        HTTPException: 404 or 405.
    """
    raise cast("dict[str, HTTPException]", request.scope).get(REFUSAL, NotFoundException())


def leading_somewhere(app: Litestar) -> ASGIApp:
    """The application of a version, in which every request has a route."""

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        method = str(scope.get("method", ""))
        try:
            app.asgi_router.handle_routing(path=normalize_path(scope["path"]), method=scope.get("method"))
        except (NotFoundException, MethodNotAllowedException) as refusal:
            if method in HttpMethod.__members__:
                cast("dict[str, Any]", scope)[REFUSAL] = refusal
                scope["path"] = NOWHERE
        await app(scope, receive, send)

    return call
