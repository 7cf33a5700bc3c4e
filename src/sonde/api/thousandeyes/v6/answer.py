"""Answers in the format that was asked for."""

from typing import Any, TypeVar

import msgspec
from litestar import MediaType, Request, Response

from sonde.api.thousandeyes.call import FORMAT
from sonde.api.thousandeyes.v6.xml import MEDIA_TYPE, to_xml

T = TypeVar("T", bound=msgspec.Struct)


def rendered(request: Request[Any, Any, Any], document: T) -> Response[T]:
    """Write a large document where it was made, so that the event loop need not.

    It is typed by what is written in it, for the description of its route.
    """
    wants_xml = request.scope.get(FORMAT) == "xml"
    body: Any = to_xml(document) if wants_xml else msgspec.json.encode(document)
    return Answer(body, media_type=MEDIA_TYPE if wants_xml else MediaType.JSON)


class Answer(Response[Any]):
    """A response whose document is written as XML when the caller wants that, and as JSON otherwise."""

    def to_asgi_response(self, app: Any, request: Request[Any, Any, Any], **options: Any) -> Any:
        """See Litestar; the format is known only here."""
        if request.scope.get(FORMAT) == "xml" and not isinstance(self.content, bytes | None):
            self.content = to_xml(self.content)
            self.media_type = MEDIA_TYPE
        return super().to_asgi_response(app, request, **options)
