"""What a report changes about a peer that is known: the same in whatever order reports come."""

from datetime import datetime, timedelta
from typing import Final, TypeVar

import msgspec

from sonde.model.peers import Device, LeaveReason, Peer, Place
from sonde.model.sightings import Sighting

RETURN_AFTER: Final = timedelta(seconds=30)
"""A peer that reports this long after it left has come back; before that, clocks differ or news crossed."""

Described = TypeVar("Described", Device, Place)


class Looks(msgspec.Struct, frozen=True, kw_only=True):
    """What a peer's user agent and address tell."""

    device: Device
    place: Place


def merge(peer: Peer, sighting: Sighting, looks: Looks, *, now: datetime) -> Peer:
    """A peer after a report, the same one in whatever order reports come. What the latest one tells holds."""
    is_latest = sighting.last_at >= peer.last_seen_at or not peer.has_reported
    left_at, leave_reason = _leaving(peer, sighting, is_latest=is_latest)
    return msgspec.structs.replace(
        peer,
        view_type=(sighting.view_type if is_latest else None) or peer.view_type,
        device=_fill_in(peer.device, looks.device, is_latest=is_latest),
        place=_fill_in(peer.place, looks.place, is_latest=is_latest),
        labels=peer.labels | sighting.labels if is_latest else sighting.labels | peer.labels,
        created_at=min(peer.created_at, sighting.first_at),
        connected_at=_earliest(peer.connected_at, sighting.connected_at),
        last_seen_at=max(peer.last_seen_at, sighting.last_at) if peer.has_reported else sighting.last_at,
        heard_at=max(peer.heard_at, now),
        has_reported=True,
        left_at=left_at,
        leave_reason=leave_reason,
    )


def _leaving(
    peer: Peer, sighting: Sighting, *, is_latest: bool
) -> tuple[datetime | None, LeaveReason | None]:
    """When a peer left, after a report of it."""
    unchanged = (peer.left_at, peer.leave_reason)
    if not is_latest or (peer.leave_reason is not None and peer.leave_reason.is_final):
        return unchanged
    if sighting.has_left:
        return max(peer.left_at or sighting.last_at, sighting.last_at), LeaveReason.LEFT
    if peer.left_at is None:
        return unchanged
    grace = RETURN_AFTER if peer.leave_reason is LeaveReason.LEFT else timedelta()
    return (None, None) if sighting.last_at > peer.left_at + grace else unchanged


def _fill_in(known: Described, told: Described, *, is_latest: bool) -> Described:
    """What is known with what is told; where both say something, the later word holds."""
    first, second = (told, known) if is_latest else (known, told)
    chosen = {
        field: value if value not in {"", None} else getattr(second, field)
        for field, value in msgspec.structs.asdict(first).items()
    }
    return msgspec.structs.replace(first, **chosen)


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
