"""Messages of RealtimeKit's statistics client, taken like any report."""

from collections.abc import Mapping
from typing import Final

import msgspec

from sonde.model.errors import Invalid
from sonde.model.peers import peer_id_of
from sonde.model.reports import Receipt, Report
from sonde.model.sightings import Machine, Place, ReportingClient, Sighting
from sonde.services.report_reading import digest_of, with_rows
from sonde.services.report_times import moment_of, plausible, times_of
from sonde.services.reports import Reports
from sonde.services.sighting_checks import USER_AGENT_LENGTH, checked_sighting
from sonde.services.text import shown
from sonde.webrtc.dialects.callstats import Joined, is_message, read_message
from sonde.webrtc.dialects.callstats_stats import number_of
from sonde.webrtc.event import EventKind
from sonde.webrtc.recording import Recording

PEER_ID_LENGTH: Final = 255

ENTRIES_MAX: Final = 25
"""Entries of one message: the client never sends more."""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """What a request says of its sender.

    Attributes:
        address: where it came from.
        user_agent: of the browser; empty when it does not say.
    """

    address: str
    user_agent: str = ""


class CallstatsMessages:
    """What RealtimeKit's statistics clients measured, on its way to the store.

    Args:
        reports: keeps them like any others.
    """

    def __init__(self, reports: Reports) -> None:
        self._reports = reports

    async def take(
        self, client: ReportingClient, message: Mapping[str, object], body: bytes, *, origin: Origin
    ) -> Receipt:
        """Take one message. It is on the disk when this returns; repeated entries change nothing.

        Args:
            client: whose token it came with.
            message: the body, decoded.
            body: as it came.
            origin: where it came from.

        Raises:
            Invalid: it names no peer, or has no entries, or too many.
            Unavailable: it cannot be kept now, and should come again.
        """
        _check(message)
        return await self._reports.keep(
            client,
            lambda place: read_callstats(place, message, body, origin.user_agent),
            size=len(body),
            address=origin.address,
        )


def read_callstats(place: Place, message: Mapping[str, object], body: bytes, user_agent: str = "") -> Report:
    """Everything that is kept of one message.

    Args:
        place: where it came from.
        message: the body, decoded and with a peer of its own.
        body: as it came.
        user_agent: of the request, where the message does not name the browser.
    """
    joined, said = read_message(message)
    recording, skipped = plausible(said, place.received_at)
    times = sorted(times_of(recording))
    report = Report(
        workspace_id=place.client.workspace_id,
        peer_id=peer_id_of(str(message["peerId"])),
        number=number_of(times[0]) if times else 0,
        digest=digest_of(body),
        received_at=place.received_at,
        source_id=place.client.source_id,
        dialect=said.format,
        payload=body,
    )
    sighting = _sighting(place, report.peer_id, recording, joined, user_agent) if times else None
    return msgspec.structs.replace(with_rows(report, recording, skipped), sighting=sighting)


def _check(message: Mapping[str, object]) -> None:
    """Raises Invalid for what is no message, or one of nobody."""
    peer_id = message.get("peerId")
    if not isinstance(peer_id, str) or not 0 < len(peer_id) <= PEER_ID_LENGTH or not peer_id.isprintable():
        raise Invalid(f"peerId must be a text of 1 to {PEER_ID_LENGTH} printable characters.", field="peerId")
    if not is_message(message):
        raise Invalid("payload.entries must be a list.", field="payload.entries")
    entries = message["payload"]["entries"]  # type: ignore[index]  # it is a message
    if len(entries) > ENTRIES_MAX:
        raise Invalid(f"payload.entries must be at most {ENTRIES_MAX}.", field="payload.entries")


def _sighting(place: Place, peer_id: str, recording: Recording, joined: Joined, user_agent: str) -> Sighting:
    """What a message says of its peer: the person and the meeting are the token's."""
    times = sorted(times_of(recording))
    (call,) = recording.peers
    client = place.client
    joins = [event.at for event in call.events if event.kind is EventKind.JOINED]
    sighting = Sighting(
        workspace_id=client.workspace_id,
        peer_id=peer_id,
        first_at=moment_of(times[0]),
        last_at=moment_of(times[-1]),
        meeting=client.meeting_id or peer_id,
        connected_at=moment_of(min(joins)) if joins else None,
        has_left=any(event.kind is EventKind.LEFT and event.at == times[-1] for event in call.events),
        participant_id=client.participant_id,
        user_agent=shown(joined.user_agent or user_agent)[:USER_AGENT_LENGTH],
        sdk=shown(joined.sdk)[:64],
        sdk_version=shown(joined.sdk_version)[:64],
        machine=Machine(cpus=joined.cpus, is_mobile=joined.is_mobile, webgl=joined.webgl),
        address=place.address,
        labels={name: shown(text) for name, text in joined.labels.items()},
    )
    return checked_sighting(sighting, now=moment_of(place.received_at))
