"""Statistics of VideoSDK's clients that applications forward: taken like any report."""

import asyncio
from collections.abc import Mapping
from typing import Final

import msgspec

from sonde.model.errors import Invalid
from sonde.model.peers import peer_id_of
from sonde.model.reports import Receipt, Report
from sonde.model.sightings import ReportingClient, Sighting
from sonde.services.clock import Clock, utc_now
from sonde.services.report_reading import Place, digest_of, moment_of, plausible, times_of, with_rows
from sonde.services.reports import SMALL, nanoseconds, pack_report
from sonde.services.sighting_checks import USER_AGENT_LENGTH, checked_sighting
from sonde.spool import Spool
from sonde.webrtc.dialects.videosdk import Forwarder, read_post
from sonde.webrtc.recording import Recording

SDK_LENGTH: Final = 64


class VideoSdkPosts:
    """What applications forward.

    Args:
        spool: where reports wait for the store.
    """

    def __init__(self, spool: Spool, now: Clock = utc_now) -> None:
        self._spool = spool
        self._now = now

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
        place = Place(client=client, address=address, received_at=nanoseconds(self._now()))
        if len(payload) <= SMALL:
            body, report = _pack(place, document, payload, user_agent)
        else:
            body, report = await asyncio.to_thread(_pack, place, document, payload, user_agent)
        await asyncio.shield(asyncio.wrap_future(self._spool.append([body])))
        return Receipt(
            accepted=report.snapshots,
            skipped=sum(report.skipped.values()),
            time=place.received_at // 1000,
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


def _pack(
    place: Place, document: Mapping[str, object], payload: bytes, user_agent: str
) -> tuple[bytes, Report]:
    report = read_videosdk_post(place, document, payload, user_agent)
    return pack_report(report), report


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
        meeting=client.meeting_id or _plain(forwarder.meeting) or peer_id,
        has_left=forwarder.has_left,
        participant_id=client.participant_id,
        custom_id=_plain(forwarder.participant) or None,
        name=_plain(forwarder.name),
        user_agent=_plain(user_agent)[:USER_AGENT_LENGTH],
        sdk=_plain(forwarder.sdk)[:SDK_LENGTH],
        sdk_version=_plain(forwarder.sdk_version)[:SDK_LENGTH],
        address=place.address,
        labels={"videosdk_session_id": session} if (session := _plain(forwarder.session)) else {},
    )
    return checked_sighting(sighting, now=moment_of(place.received_at))


def _plain(text: str) -> str:
    """A client's word as it can be shown."""
    return "".join(each if each.isprintable() else " " for each in text).strip()
