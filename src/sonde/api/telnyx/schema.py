"""Shapes on the wire, under the vendor's names. Pure."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

Sort = Literal["asc", "desc", "created_at", "-created_at"]


def _about(text: str) -> Meta:
    return Meta(description=text)


class ReportQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What the list takes; what else stands in a query is not looked at."""

    page_number: Annotated[int, Meta(ge=1, le=1_000_000_000, description="Which page, from 1.")] = (
        msgspec.field(default=1, name="page[number]")
    )
    page_size: Annotated[int, Meta(ge=1, le=100, description="Reports on a page.")] = msgspec.field(
        default=20, name="page[size]"
    )
    sort: Annotated[
        Sort, _about("By creation: `asc` and `created_at` the oldest first, the others the newest first.")
    ] = "desc"


class CallReportDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One report: what the SDK uploaded, each member as it came, and what the server knows of it.

    Only the members that are always there are demanded; an SDK may send others than those named here.
    """

    call_id: Annotated[str, _about("The call, by the SDK's own id.")]
    call_report_id: Annotated[str, _about("Groups the reports of a user; shared by many calls.")]
    user_id: Annotated[str, _about("UUID of the person whose token the report came with.")]
    organization_id: Annotated[str, _about("UUID of their organization.")]
    stored_at: Annotated[str, _about("When it was stored, RFC 3339 in UTC.")]
    created_at: Annotated[str, _about("The same; what `sort` sorts by.")]
    voice_sdk_id: Annotated[str, _about("Signalling connection of the SDK.")] | UnsetType = UNSET
    voice_sdk_session_id: Annotated[Any, _about("Groups the segments of one session of the SDK.")] = UNSET
    voice_sdk_id_decoded: Annotated[Any, _about("An object; the region that the SDK named.")] = UNSET
    user_agent: Annotated[Any, _about("Of the SDK where it says so, or else of the upload.")] = UNSET
    version: Annotated[Any, _about("Version of the SDK.")] = UNSET
    telnyx_session_id: Annotated[Any, _about("Shared by the legs of one call.")] = UNSET
    telnyx_leg_id: Annotated[Any, _about("The leg that this report is of.")] = UNSET
    summary: Annotated[Any, _about("An object, as uploaded.")] = UNSET
    stats: Annotated[Any, _about("A list of intervals, or one object, as uploaded.")] = UNSET
    logs: Annotated[Any, _about("A list of log entries, or an object with `entries`, as uploaded.")] = UNSET
    flush_reason: Annotated[Any, _about("Why the segment was sent, as uploaded.")] = msgspec.field(
        default=UNSET, name="flushReason"
    )
    segment: Annotated[Any, _about("Number of the segment from 0, as uploaded.")] = UNSET


class PageMeta(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page is among all pages; clients stop when its number reaches their count."""

    total_pages: int
    total_results: int
    page_number: int
    page_size: int


class ReportList(msgspec.Struct, frozen=True, kw_only=True):
    """One page of reports."""

    data: list[CallReportDocument]
    meta: PageMeta


class ErrorSource(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a request that is wrong."""

    parameter: str


class ErrorMeta(msgspec.Struct, frozen=True, kw_only=True):
    """Where the vendor explains an error."""

    url: str


class ErrorItem(msgspec.Struct, frozen=True, kw_only=True):
    """One error."""

    code: str
    title: str
    detail: str
    meta: ErrorMeta
    source: ErrorSource | UnsetType = UNSET


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True):
    """What every failure is answered with."""

    errors: Annotated[list[ErrorItem], Meta(min_length=1)]
