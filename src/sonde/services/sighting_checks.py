"""What a sighting may say: it comes from browsers, which may be anybody's."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from sonde.model.errors import Invalid
from sonde.model.sightings import Sighting
from sonde.services.text import NAME_LENGTH, checked_name, checked_text

FUTURE_MAX: Final = timedelta(days=1)
"""How far a client's clock may be ahead."""

LABELS_MAX: Final = 32
LABEL_LENGTH: Final = 255
USER_AGENT_LENGTH: Final = 1024


def checked_sighting(sighting: Sighting, *, now: datetime) -> Sighting:
    """A sighting with its words trimmed. Cheap enough for every batch before it is acknowledged.

    Raises:
        Invalid: a part of it cannot be used; `field` is its name in `Sighting`.
    """
    _check_times(sighting, now=now)
    return msgspec.structs.replace(
        sighting,
        peer_id=checked_uuid(sighting.peer_id, field="peer_id"),
        meeting=checked_name(sighting.meeting, field="meeting"),
        custom_id=checked_name(sighting.custom_id, field="custom_id") if sighting.custom_id else None,
        name=checked_text(sighting.name, field="name", longest=NAME_LENGTH).strip(),
        preset=checked_text(sighting.preset, field="preset", longest=NAME_LENGTH).strip(),
        user_agent=checked_text(sighting.user_agent, field="user_agent", longest=USER_AGENT_LENGTH),
        sdk=checked_text(sighting.sdk, field="sdk", longest=64),
        sdk_version=checked_text(sighting.sdk_version, field="sdk_version", longest=64),
        machine=msgspec.structs.replace(
            sighting.machine,
            network=checked_text(sighting.machine.network, field="network", longest=LABEL_LENGTH),
        ),
        labels=checked_labels(sighting.labels),
    )


def checked_uuid(value: str, *, field: str) -> str:
    """A UUID in lower case.

    Raises:
        Invalid: it is something else.
    """
    try:
        return str(UUID(value))
    except ValueError:
        raise Invalid(f"{field} must be a UUID.", field=field) from None


def checked_labels(labels: dict[str, str]) -> dict[str, str]:
    """Labels, which are short and few.

    Raises:
        Invalid: one is too long or not printable, or there are too many.
    """
    if len(labels) > LABELS_MAX:
        raise Invalid(f"labels must be at most {LABELS_MAX}.", field="labels")
    return {
        checked_name(name, field="labels"): checked_text(value, field="labels", longest=LABEL_LENGTH)
        for name, value in labels.items()
    }


def _check_times(sighting: Sighting, *, now: datetime) -> None:
    if sighting.first_at > sighting.last_at:
        raise Invalid("first_at must not be after last_at.", field="first_at")
    latest = max(sighting.last_at, sighting.connected_at or sighting.last_at)
    if latest > now + FUTURE_MAX:
        raise Invalid("last_at must not be more than a day ahead of the server's clock.", field="last_at")
