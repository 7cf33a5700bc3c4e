"""Paths, parameters and statuses."""

import re
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import msgspec
from litestar import MediaType, Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from sonde.api.authentication import Credentials
from sonde.api.telnyx.mapping import OLDEST_FIRST, documents, report_list
from sonde.api.telnyx.measured_mapping import measured_document
from sonde.api.telnyx.schema import CallReportDocument, ReportList, ReportQuery
from sonde.api.use_cases import UseCases
from sonde.model.errors import Denied, Invalid, NotFound
from sonde.model.people import Access, Principal

Call: TypeAlias = Request[Principal, Credentials, Any]

ANSWER: Final = "telnyx_answer"
"""Route option with the type of a success."""

_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NUMBER: Final = re.compile(r"[0-9]{1,18}", re.ASCII)


def provide_access(request: Call, use_cases: NamedDependency[UseCases]) -> Access:
    """The workspace whose reports are read: `workspace_id`, which is ours, or the caller's default one.

    Raises:
        Invalid: it is not a number.
        Denied: the caller is not a member of it; whether it exists is not said.
    """
    text = request.query_params.get("workspace_id")
    if text is None:
        return use_cases.accounts.access(request.user)
    if not _NUMBER.fullmatch(text):
        raise Invalid("Expected the number of a workspace.", field="workspace_id")
    try:
        return use_cases.accounts.access(request.user, int(text))
    except (Denied, Invalid) as error:
        raise Denied(f"You are not a member of workspace {int(text)}.", field="workspace_id") from error


@get("/voice_sdk_call_reports", opt={ANSWER: ReportList}, sync_to_thread=True)
def list_voice_sdk_call_reports(
    request: Call, use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Response[bytes]:
    """List the reports of all calls, page by page."""
    query = read_query(request.query_params)
    page = use_cases.call_reports.page(
        access,
        number=query.page_number,
        size=query.page_size,
        newest_first=query.sort not in OLDEST_FIRST,
    )
    return _json(report_list(page, query))


@get("/voice_sdk_call_reports/{call_id:str}", opt={ANSWER: list[CallReportDocument]}, sync_to_thread=True)
def get_voice_sdk_call_report(
    call_id: FromPath[str], use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Response[bytes]:
    """Show the reports of one call: one for each segment; of another client's call, what it measured."""
    if not _UUID.fullmatch(call_id):
        raise Invalid("The id of a call is a UUID.", field="call_id")
    if reports := use_cases.call_reports.of_call(access, call_id):
        return _json(documents(reports))
    measured = use_cases.measured_calls.of_peer(access, call_id.lower())
    if measured is None:
        raise NotFound(f"There is no report of a call {call_id.lower()}.", field="call_id")
    # What was measured may be of an upload that came to the store since the first question.
    if reports := use_cases.call_reports.of_call(access, call_id):
        return _json(documents(reports))
    return _json(measured_document(measured, access.workspace.organization_id))


HANDLERS: Final = (list_voice_sdk_call_reports, get_voice_sdk_call_report)


def read_query(parameters: Mapping[str, str]) -> ReportQuery:
    """Read the query of the list.

    Raises:
        Invalid: a page or an order that there cannot be; `field` is the parameter.
    """
    try:
        return msgspec.convert(dict(parameters), ReportQuery, strict=False)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$.")
        raise Invalid(f"{what}.", field=where.rstrip("`")) from error


def _json(body: bytes) -> Response[bytes]:
    return Response(body, media_type=MediaType.JSON)
