"""What a collector's batch says of its peer, and what several say of the same one."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import msgspec

from sonde.model.errors import Invalid
from sonde.model.peers import peer_id_of
from sonde.model.sightings import Machine, Place, Sighting
from sonde.services.report_times import events_of, moment_of, times_of
from sonde.services.sighting_checks import checked_sighting
from sonde.webrtc.dialects.collector import Batch
from sonde.webrtc.event import EventKind
from sonde.webrtc.recording import Recording

_FIELDS: Final = {
    "custom_id": "participant.id",
    "name": "participant.name",
    "sdk": "collector.name",
    "sdk_version": "collector.version",
    "network": "device.network",
}
"""How a batch calls what a sighting calls otherwise."""

_GOODBYES: Final = frozenset({EventKind.CLOSED, EventKind.LEFT, EventKind.PAGE_UNLOADED})


def sighting_of(batch: Batch, recording: Recording, place: Place) -> Sighting | None:
    """What a batch says of its peer, as `Sessions.saw` takes it; None when nothing in it has a time.

    Args:
        batch: what came.
        recording: what is plausible of it.
        place: where it came from.

    Raises:
        Invalid: something is named in a way that cannot be used; `field` is its name in the batch.
    """
    times = sorted(times_of(recording))
    if not times:
        return None
    sighting = _sighting(batch, recording, place, times)
    try:
        return checked_sighting(sighting, now=sighting.last_at)
    except Invalid as error:
        field = _FIELDS.get(error.field, error.field)
        raise Invalid(error.message.replace(error.field, field, 1), hint=error.hint, field=field) from error


def _sighting(batch: Batch, recording: Recording, place: Place, times: Sequence[int]) -> Sighting:
    client, peer_id = place.client, peer_id_of(batch.peer)
    return Sighting(
        workspace_id=client.workspace_id,
        peer_id=peer_id,
        first_at=moment_of(times[0]),
        last_at=moment_of(times[-1]),
        # Without any name the call is a room of its own.
        meeting=client.meeting_id or batch.meeting or peer_id,
        connected_at=_connected_at(recording),
        has_left=any(each.kind in _GOODBYES and each.at == times[-1] for each in events_of(recording)),
        participant_id=client.participant_id,
        custom_id=batch.participant.id or None,
        name=batch.participant.name,
        user_agent=batch.user_agent,
        sdk=batch.collector.name,
        sdk_version=batch.collector.version,
        machine=Machine(
            cpus=batch.device.cpus, is_mobile=batch.device.mobile, network=batch.device.network or ""
        ),
        address=place.address,
        labels=batch.labels,
    )


def _connected_at(recording: Recording) -> datetime | None:
    times = [
        event.at
        for event in events_of(recording)
        if event.kind is EventKind.CONNECTION_STATE and event.value == "connected"
    ]
    return moment_of(min(times)) if times else None


def merged(sightings: Iterable[Sighting]) -> list[Sighting]:
    """One sighting for each peer, of what several say; what different tokens say is not mixed."""
    found: dict[tuple[int, str, str | None], Sighting] = {}
    for new in sightings:
        key = (new.workspace_id, new.peer_id, new.participant_id)
        found[key] = _joined(found[key], new) if key in found else new
    return list(found.values())


def _joined(one: Sighting, other: Sighting) -> Sighting:
    older, newer = sorted((one, other), key=lambda each: each.last_at)
    connected = [each.connected_at for each in (one, other) if each.connected_at is not None]
    # Some clients name their kit and their machine once, when they join.
    kit = newer if newer.sdk else older
    return msgspec.structs.replace(
        newer,
        sdk=kit.sdk,
        sdk_version=kit.sdk_version,
        machine=kit.machine,
        first_at=min(one.first_at, other.first_at),
        connected_at=min(connected, default=None),
        has_left=newer.has_left,
        labels={**older.labels, **newer.labels},
    )
