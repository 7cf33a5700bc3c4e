"""Answers of version 7 say that they have links."""

from typing import Any, Final, TypeVar

from litestar import MediaType, Request, Response

from sonde.api.thousandeyes.v7.schema import Link

T = TypeVar("T")

MEDIA_TYPE: Final = "application/hal+json"


class HalAnswer(Response[Any]):
    """A response whose JSON is `application/hal+json`."""

    def to_asgi_response(self, app: Any, request: Request[Any, Any, Any], **options: Any) -> Any:
        """See Litestar, which would say `application/json`."""
        if self.media_type in (None, MediaType.JSON):
            self.media_type = MEDIA_TYPE
        return super().to_asgi_response(app, request, **options)


def created(document: T, place: Link) -> Response[T]:
    """Show what was made, and where it is."""
    return HalAnswer(document, status_code=201, headers={"Location": place.href})
