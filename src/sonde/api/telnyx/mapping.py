"""From kept reports to the vendor's documents: what was uploaded goes through untouched. Pure."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Raw

from sonde.api.telnyx.schema import PageMeta, ReportQuery
from sonde.api.telnyx.units import microseconds
from sonde.model.call_reports import CallReport, CallReportPage

Members: TypeAlias = dict[str, Raw]

SECRETS: Final = frozenset({"call_report_id"})
"""Members of an upload that let somebody in: some SDKs send the token in the body too."""

OLDEST_FIRST: Final = frozenset({"asc", "created_at"})

_members: Final = msgspec.json.Decoder(Members)


def document(report: CallReport) -> bytes:
    """The JSON of one report.

    Members of the upload are given back byte for byte; only those that the server answers for are its own.
    """
    uploaded = _members.decode(report.body)
    kept = {name: value for name, value in uploaded.items() if name not in SECRETS}
    return msgspec.json.encode({**_guessed(report, uploaded), **kept, **_answered_for(report)})


def documents(reports: Iterable[CallReport]) -> bytes:
    """The JSON of the reports of one call: by segment, and those of one segment as they were stored."""
    ordered = sorted(reports, key=lambda each: (_segment(each), each.received_at))
    return msgspec.json.encode([Raw(document(each)) for each in ordered])


def report_list(page: CallReportPage, query: ReportQuery) -> bytes:
    """The JSON of one page."""
    meta = PageMeta(
        # As many as there are first reports of pages; what is empty has a page too, which has nothing.
        total_pages=len(range(0, page.total, query.page_size)) or 1,
        total_results=page.total,
        page_number=query.page_number,
        page_size=query.page_size,
    )
    return msgspec.json.encode({"data": [Raw(document(each)) for each in page.reports], "meta": meta})


def show_moment(nanoseconds: int) -> str:
    """A moment as in the vendor's documents: UTC, with a fraction only where there is one."""
    moment = datetime.fromtimestamp(0, UTC) + microseconds(nanoseconds)
    return moment.isoformat().replace("+00:00", "Z")


def _answered_for(report: CallReport) -> dict[str, str]:
    """What only the server can say, whatever the upload says of it."""
    stored_at = show_moment(report.received_at)
    known = {"voice_sdk_id": report.upload.voice_sdk_id} if report.upload.voice_sdk_id else {}
    return {
        **known,
        "call_id": report.upload.call_id,
        "call_report_id": report.grouping_id,
        "user_id": report.user_uuid,
        "organization_id": report.organization_uuid,
        "stored_at": stored_at,
        "created_at": stored_at,
    }


def _guessed(report: CallReport, uploaded: Members) -> dict[str, Any]:
    """What the upload says of itself in other places, for where it does not under the vendor's names."""
    summary = _read(uploaded, "summary")
    region = _part(summary, "clientSummary", "connection").get("region")
    device = _part(_read(uploaded, "android_extra"), "deviceInfo")
    found = {
        "voice_sdk_session_id": _part(summary).get("voiceSdkSessionId"),
        "voice_sdk_id_decoded": {"region": region} if isinstance(region, str) and region else None,
        "user_agent": device.get("userAgent") or report.upload.user_agent,
        "version": _part(summary).get("sdkVersion"),
        "telnyx_session_id": _part(summary).get("telnyxSessionId"),
        "telnyx_leg_id": _part(summary).get("telnyxLegId"),
    }
    return {name: value for name, value in found.items() if value}


def _segment(report: CallReport) -> int:
    segment = _read(_members.decode(report.body), "segment")
    return segment if type(segment) is int else 0


def _read(uploaded: Members, name: str) -> Any:
    """One member, read; the large ones are never asked for."""
    return msgspec.json.decode(uploaded[name]) if name in uploaded else None


def _part(whole: Any, *names: str) -> Mapping[str, Any]:
    """An object, or one within it; an empty one where there is none."""
    for name in names:
        whole = whole.get(name) if isinstance(whole, Mapping) else None
    return whole if isinstance(whole, Mapping) else {}
