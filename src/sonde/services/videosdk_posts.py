"""Statistics of VideoSDK's clients that applications forward: taken like any report."""

from collections.abc import Mapping
from typing import Final

import msgspec

from sonde.model.errors import Invalid
from sonde.model.peers import peer_id_of
from sonde.model.reports import Receipt, Report
from sonde.model.sightings import Place, ReportingClient, Sighting
from sonde.services.report_reading import digest_of, with_rows
from sonde.services.report_times import moment_of, plausible, times_of
from sonde.services.reports import Reports
from sonde.services.sighting_checks import USER_AGENT_LENGTH, checked_sighting
from sonde.services.text import shown
from sonde.webrtc.dialects.videosdk import Forwarder, read_post
from sonde.webrtc.recording import Recording

SDK_LENGTH: Final = 64


class VideoSdkPosts:
    """What applications forward.

    Args:
        reports: keeps them like any others.
    """

    def __init__(self, reports: Reports) -> None:
        self._reports = reports

    async def take(
        self,
        client: ReportingClient,
        document: Mapping[str, object],
        payload: bytes,
        *,
        address: str,
        user_agent: str,
    ) -> Receipt:
        """Take one body. It is on the disk when this returns; a repetition changes nothing.

        Args:
            client: who forwards.
            document: the body, decoded.
            payload: the body as it came, unpacked.
            address: where it came from.
            user_agent: what forwarded it.

        Raises:
            Invalid: it does not say whose it is.
            Unavailable: it cannot be kept now, and should come again.
        """
        return await self._reports.keep(
            client,
            lambda place: read_videosdk_post(place, document, payload, user_agent),
            size=len(payload),
            address=address,
        )


def read_videosdk_post(
    place: Place, document: Mapping[str, object], payload: bytes, user_agent: str = ""
) -> Report:
    """Everything that is kept of one body.

    Raises:
        Invalid: it does not say whose it is.
    """
    forwarder, said = read_post(document)
    _require_names(forwarder, place.client)
    recording, skipped = plausible(said, place.received_at)
    report = Report(
        workspace_id=place.client.workspace_id,
        peer_id=peer_id_of(_call_of(forwarder, place.client)),
        number=0,
        digest=digest_of(payload),
        received_at=place.received_at,
        source_id=place.client.source_id,
        dialect=said.format,
        payload=payload,
    )
    sighting = _sighting(place, forwarder, recording, peer_id=report.peer_id, user_agent=user_agent)
    return msgspec.structs.replace(with_rows(report, recording, skipped), sighting=sighting)


def _require_names(forwarder: Forwarder, client: ReportingClient) -> None:
    """A token says for itself who reports in which meeting."""
    if not (forwarder.meeting or client.meeting_id):
        raise Invalid("meetingId is required.", hint="It is the id of the room.", field="meetingId")
    if not (forwarder.participant or client.participant_id):
        raise Invalid("participantId is required.", field="participantId")
    if not (forwarder.session or forwarder.peer):
        raise Invalid(
            "sessionId is required, or peer.",
            hint="Where the session's id is not known, let peer be a UUID that is made when somebody joins.",
            field="sessionId",
        )


def _call_of(forwarder: Forwarder, client: ReportingClient) -> str:
    """Names one connection of one participant among all there are of the workspace."""
    who = client.participant_id or forwarder.participant
    return forwarder.peer or f"videosdk/{forwarder.session}/{who}"


def _sighting(
    place: Place, forwarder: Forwarder, recording: Recording, *, peer_id: str, user_agent: str
) -> Sighting | None:
    """What a body says of its peer; None when nothing in it has a time."""
    times = sorted(times_of(recording))
    if not times:
        return None
    client = place.client
    sighting = Sighting(
        workspace_id=client.workspace_id,
        peer_id=peer_id,
        first_at=moment_of(times[0]),
        last_at=moment_of(times[-1]),
        meeting=client.meeting_id or shown(forwarder.meeting) or peer_id,
        has_left=forwarder.has_left,
        participant_id=client.participant_id,
        custom_id=shown(forwarder.participant) or None,
        name=shown(forwarder.name),
        user_agent=shown(user_agent)[:USER_AGENT_LENGTH],
        sdk=shown(forwarder.sdk)[:SDK_LENGTH],
        sdk_version=shown(forwarder.sdk_version)[:SDK_LENGTH],
        address=place.address,
        labels={"videosdk_session_id": session} if (session := shown(forwarder.session)) else {},
    )
    return checked_sighting(sighting, now=moment_of(place.received_at))
