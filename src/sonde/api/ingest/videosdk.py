"""Where applications forward what VideoSDK's clients measured: `POST /v1/collect/videosdk`.

The clients themselves tell nobody but their media server, so this path is ours.
"""

from typing import Any, Final, TypeAlias

import msgspec
from litestar import Request, Router, post
from litestar.di import NamedDependency
from litestar.params import RawBody

from sonde.api.body import decode_json, recognise, unpack
from sonde.api.ingest.collect import CORS
from sonde.api.ingest.cors import readable_by_pages
from sonde.api.ingest.intake import MAX_BODY, identify, read_caller, spend
from sonde.api.use_cases import UseCases
from sonde.model.errors import Invalid
from sonde.model.reports import Receipt

Call: TypeAlias = Request[Any, Any, Any]

_document: Final = msgspec.json.Decoder(dict[str, Any])


@post("/v1/collect/videosdk", status_code=200)
async def take_videosdk_post(request: Call, body: RawBody, use_cases: NamedDependency[UseCases]) -> Receipt:
    """Take what one client measured; it is on the disk when this answers."""
    caller = read_caller(request.scope)
    client = await identify(use_cases, caller)
    spend(use_cases, client, credential="key", sent="batches")
    try:
        payload = unpack(body, encoding=caller.encoding or recognise(body), limit=MAX_BODY)
        document = decode_json(payload, _document)
        return await use_cases.videosdk_posts.take(
            client,
            document,
            payload,
            address=caller.address,
            user_agent=request.headers.get("user-agent", ""),
        )
    except Invalid as error:
        use_cases.reports.note_refusal(client, body, error)
        raise


def create_videosdk() -> Router:
    """Build the endpoint of those who forward."""
    return Router(
        "/",
        route_handlers=[take_videosdk_post],
        response_headers=CORS,
        exception_handlers=readable_by_pages(CORS),
        request_max_body_size=MAX_BODY,
    )
