"""What lets pages of other origins read an answer, errors included (the Fetch standard, 3.3)."""

from collections.abc import Mapping
from typing import Any, Final

from litestar import Request, Response
from litestar.types import ExceptionHandlersMap

from sonde.api.errors import exception_handlers, shape_native

PREFLIGHT_SECONDS: Final = 7200
"""How long a browser may remember what it may do: Chromium remembers no longer."""


def readable_by_pages(headers: Mapping[str, str]) -> ExceptionHandlersMap:
    """The usual answers to exceptions, which a page may read too: it must know when to come back.

    Args:
        headers: that say so.
    """

    def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        response: Response[Any] = usual(request, error)
        response.headers.update(headers)
        return response

    usual: Any = exception_handlers(shape_native)[Exception]
    return {Exception: answer}
