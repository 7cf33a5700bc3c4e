"""Where Telnyx SDKs send their call reports: `POST /call_report` at the root, the one path they know.

What a header does not say may stand in the body. The header wins: a proxy in front can only set headers.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import msgspec
from litestar import Request, Response, Router, post
from litestar.concurrency import sync_to_thread
from litestar.di import NamedDependency
from litestar.params import RawBody

from sonde.api.body import decode_json
from sonde.api.ingest.cors import PREFLIGHT_SECONDS, readable_by_pages
from sonde.api.ingest.intake import spend
from sonde.api.use_cases import UseCases
from sonde.model.call_reports import CallUpload, call_key
from sonde.model.errors import Invalid, Unauthenticated
from sonde.model.reports import Receipt
from sonde.model.sightings import ReportingClient

MAX_BODY: Final = 2 * 1024 * 1024
"""Bytes of a report. SDKs that split theirs do so above this."""

LONGEST_WORD: Final = 1024
"""Characters of a header or of its twin that are kept."""

CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "content-type, x-call-report-id, x-call-id, x-voice-sdk-id",
    "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
}
"""Pages of every origin may report: what lets them in is the token, never a cookie."""

Call: TypeAlias = Request[Any, Any, Any]
Document: TypeAlias = Mapping[str, object]

_document = msgspec.json.Decoder(dict[str, Any])


@post("/call_report", status_code=200)
async def take_call_report(request: Call, body: RawBody, use_cases: NamedDependency[UseCases]) -> Receipt:
    """Take one report of one call; it is on the disk when this answers.

    Addresses are not counted as for other credentials: behind a proxy one stands for all callers, and an SDK
    repeats what was refused.
    """
    client = None
    if token := _header(request, "x-call-report-id"):
        # Before the body is read: from strangers it may be anything.
        client = await _identify(use_cases, token)
    document = decode_json(body, _document)
    client = client or await _identify(use_cases, _word(document, "call_report_id"))
    spend(use_cases, client, credential="token", sent="reports")
    try:
        upload = _upload(request, document, client)
        return await use_cases.call_reports.keep(client, upload, document, body, address=_address(request))
    except Invalid as error:
        use_cases.reports.note_refusal(client, body, error)
        raise


@post("/call_recording", status_code=204, sync_to_thread=False)
def pass_over_recording() -> Response[None]:
    """Answer an SDK that would upload sound too. Nothing of it is kept, and nothing of it is read."""
    return Response(None, status_code=204)


def create_call_report() -> Router:
    """Build the endpoints of Telnyx SDKs."""
    return Router(
        "/",
        route_handlers=[take_call_report, pass_over_recording],
        response_headers=CORS,
        exception_handlers=readable_by_pages(CORS),
        request_max_body_size=MAX_BODY,
    )


async def _identify(use_cases: UseCases, token: str) -> ReportingClient:
    """Whose token it is.

    Raises:
        Unauthenticated: there is none, or it is not valid.
    """
    if not token:
        raise Unauthenticated("missing call_report_id", hint="Send it as the header x-call-report-id.")
    return await sync_to_thread(use_cases.call_report_tokens.authenticate, token)


def _upload(request: Call, document: Document, client: ReportingClient) -> CallUpload:
    """What is known of an upload beside its body.

    Raises:
        Invalid: it names no call.
    """
    summary = document.get("summary")
    said = _header(request, "x-call-id") or _word(document, "call_id")
    call_id = said or (_word(summary, "callId") if isinstance(summary, Mapping) else "")
    if not call_id:
        raise Invalid("missing call_id", hint="Send it as the header x-call-id.", field="call_id")
    return CallUpload(
        call_id=call_key(call_id),
        organization_id=client.organization_id,
        person_id=client.person_id or 0,
        voice_sdk_id=_header(request, "x-voice-sdk-id") or _word(document, "voice_sdk_id"),
        user_agent=_header(request, "user-agent"),
    )


def _header(request: Call, name: str) -> str:
    return _plain(request.headers.get(name, ""))


def _word(document: Document, name: str) -> str:
    value = document.get(name)
    return _plain(value) if isinstance(value, str) else ""


def _plain(text: str) -> str:
    """A word that any database keeps: cut, and without what cannot be shown."""
    return "".join(each for each in text[:LONGEST_WORD] if each.isprintable()).strip()


def _address(request: Call) -> str:
    return request.client.host if request.client else ""
