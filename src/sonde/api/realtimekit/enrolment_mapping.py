"""From our participants to the vendor's. Pure."""

from typing import Any

from sonde.api.realtimekit.enrolment_shapes import (
    AdmittedParticipant,
    ListedParticipant,
    RemovedParticipant,
)
from sonde.api.realtimekit.units import show_moment
from sonde.model.peers import Participant
from sonde.model.presets import Preset


def show_listed(participant: Participant) -> ListedParticipant:
    """A participant as clients see it."""
    return ListedParticipant(**_members(participant))


def show_admitted(participant: Participant, token: str) -> AdmittedParticipant:
    """A participant and a token of theirs."""
    return AdmittedParticipant(**_members(participant), token=token)


def show_removed(participant: Participant, preset: Preset | None) -> RemovedParticipant:
    """A participant who was taken off the list, and the preset that they had."""
    return RemovedParticipant(
        id=participant.participant_id,
        custom_participant_id=participant.custom_id or participant.participant_id,
        preset_id=preset.preset_id if preset else "",
        created_at=show_moment(participant.created_at),
        updated_at=show_moment(participant.updated_at),
    )


def _members(participant: Participant) -> dict[str, Any]:
    return {
        "id": participant.participant_id,
        "name": participant.name or None,
        "picture": participant.picture or None,
        "custom_participant_id": participant.custom_id or participant.participant_id,
        "preset_name": participant.preset,
        "created_at": show_moment(participant.created_at),
        "updated_at": show_moment(participant.updated_at),
    }
