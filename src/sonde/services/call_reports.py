"""Call reports of Telnyx SDKs: taken like any report, and given back as they came."""

from collections.abc import Mapping
from typing import Final

import msgspec

from sonde.model.call_reports import CallReport, CallReportPage, CallUpload, call_key
from sonde.model.errors import Invalid
from sonde.model.peers import peer_id_of
from sonde.model.people import Access
from sonde.model.reports import Receipt, Report
from sonde.model.sightings import Place, ReportingClient, Sighting
from sonde.services.report_reading import digest_of, with_rows
from sonde.services.report_times import KEPT_BY_PHONES, moment_of, plausible, times_of
from sonde.services.reports import Reports
from sonde.services.sighting_checks import USER_AGENT_LENGTH, checked_sighting
from sonde.services.text import shown
from sonde.store import Store
from sonde.store.call_reports import count_reports, select_call, select_page
from sonde.webrtc.dialects.telnyx import read_upload
from sonde.webrtc.dialects.telnyx_events import ANSWERED
from sonde.webrtc.dialects.telnyx_summary import CallSummary
from sonde.webrtc.event import EventKind
from sonde.webrtc.recording import Recording

CALL_ID_LENGTH: Final = 255

_GOODBYES: Final = frozenset({EventKind.CLOSED, EventKind.PAGE_UNLOADED})


class CallReports:
    """What Telnyx SDKs uploaded.

    Args:
        reports: keeps them like any others.
        store: where they are found again.
    """

    def __init__(self, reports: Reports, store: Store) -> None:
        self._reports = reports
        self._store = store

    async def keep(
        self,
        client: ReportingClient,
        upload: CallUpload,
        document: Mapping[str, object],
        body: bytes,
        *,
        address: str,
    ) -> Receipt:
        """Keep one upload. It is on the disk when this returns; a repeated body changes nothing.

        Args:
            client: who uploads.
            upload: what is known beside the body.
            document: the body, decoded.
            body: as it came.
            address: where it came from.

        Raises:
            Invalid: the id of the call cannot be used.
            Unavailable: it cannot be kept now, and should come again.
        """
        if not 0 < len(upload.call_id) <= CALL_ID_LENGTH or not upload.call_id.isprintable():
            raise Invalid(f"call_id must have 1 to {CALL_ID_LENGTH} printable characters.", field="call_id")
        return await self._reports.keep(
            client,
            lambda place: read_call_report(place, upload, document, body),
            size=len(body),
            address=address,
        )

    def of_call(self, access: Access, call_id: str) -> list[CallReport]:
        """The reports of one call in the workspace, in the order in which they first came; none is fine.

        Raises:
            Limited: there is too much for one answer.
            Unavailable: the store cannot be asked now.
        """
        return select_call(self._store, access.workspace.workspace_id, call_key(call_id))

    def page(self, access: Access, *, number: int, size: int, newest_first: bool = True) -> CallReportPage:
        """One page of all reports in the workspace by the time they first came; raises the same.

        Args:
            access: who asks.
            number: of the page, from 1.
            size: reports on a page.
            newest_first: the order.
        """
        workspace_id = access.workspace.workspace_id
        found = select_page(
            self._store, workspace_id, offset=(number - 1) * size, limit=size, newest_first=newest_first
        )
        return CallReportPage(reports=tuple(found), total=count_reports(self._store, workspace_id))


def read_call_report(place: Place, upload: CallUpload, document: Mapping[str, object], body: bytes) -> Report:
    """Everything that is kept of one upload."""
    summary, said = read_upload(document)
    recording, skipped = plausible(said, place.received_at, oldest=KEPT_BY_PHONES)
    report = Report(
        workspace_id=place.client.workspace_id,
        peer_id=peer_id_of(upload.call_id),
        number=_number(document),
        digest=digest_of(body),
        received_at=place.received_at,
        source_id=place.client.source_id,
        dialect=said.format,
        payload=body,
        upload=upload,
    )
    sighting = _sighting(place, upload, summary, recording)
    return msgspec.structs.replace(with_rows(report, recording, skipped), sighting=sighting)


def _number(document: Mapping[str, object]) -> int:
    segment = document.get("segment")
    return segment if type(segment) is int and 0 <= segment < 1 << 32 else 0


def _sighting(
    place: Place, upload: CallUpload, summary: CallSummary, recording: Recording
) -> Sighting | None:
    """What an upload says of its call; None when nothing in it has a time."""
    times = sorted(times_of(recording))
    if not times:
        return None
    (leg,) = recording.peers
    answered = [event for event in leg.events if event.value == ANSWERED]
    peer_id = peer_id_of(upload.call_id)
    sighting = Sighting(
        workspace_id=place.client.workspace_id,
        peer_id=peer_id,
        first_at=moment_of(times[0]),
        last_at=moment_of(times[-1]),
        # The legs of one call share it.
        meeting=shown(summary.telnyx_session_id) or peer_id,
        connected_at=min(moment_of(event.at) for event in answered) if answered else None,
        has_left=any(event.kind in _GOODBYES for event in leg.events),
        name=shown(summary.own_number),
        user_agent=shown(summary.user_agent or upload.user_agent)[:USER_AGENT_LENGTH],
        sdk=summary.sdk,
        sdk_version=shown(summary.sdk_version)[:64],
        address=place.address,
        labels=_labels(summary),
    )
    return checked_sighting(sighting, now=moment_of(place.received_at))


def _labels(summary: CallSummary) -> dict[str, str]:
    said = {
        "direction": summary.direction,
        "telnyx_session_id": summary.telnyx_session_id,
        "telnyx_leg_id": summary.telnyx_leg_id,
    }
    return {name: plain for name, value in said.items() if (plain := shown(value))}
