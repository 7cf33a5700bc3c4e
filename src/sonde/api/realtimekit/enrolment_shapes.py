"""People on the list of a meeting, as they are on the wire, under the vendor's names. Pure."""

from typing import Annotated

import msgspec
from msgspec import Meta

from sonde.api.realtimekit.schema import about

Name = Annotated[str, Meta(max_length=255)]
Picture = Annotated[str, Meta(max_length=2048, description="Address of an image, https://...")]


class ParticipantBody(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who shall be on a meeting's list."""

    custom_participant_id: Annotated[
        str, Meta(min_length=1, max_length=255, description="Your own id of the person.")
    ]
    preset_name: Annotated[
        str,
        Meta(min_length=1, max_length=255, description="One of the app's presets, or any other name."),
    ]
    name: Name | None = None
    picture: Picture | None = None


class ParticipantChangeBody(msgspec.Struct, frozen=True, kw_only=True):
    """What shall be different about a participant."""

    name: Name | None = None
    picture: Picture | None = None
    preset_name: Name | None = None


class ListedParticipant(msgspec.Struct, frozen=True, kw_only=True):
    """A person on the list of a meeting."""

    id: str
    name: str | None
    picture: str | None
    custom_participant_id: Annotated[str, about("The application's own id; else the same as `id`.")]
    preset_name: str
    created_at: str
    updated_at: str


class AdmittedParticipant(ListedParticipant, frozen=True, kw_only=True):
    """A person on the list of a meeting, with a token that is shown this once."""

    token: Annotated[str, about("Lets their client report, for a day.")]


class RemovedParticipant(msgspec.Struct, frozen=True, kw_only=True):
    """A person who was taken off the list."""

    id: str
    custom_participant_id: str
    preset_id: Annotated[str, about("Of the preset of that name; empty where the app has none.")]
    created_at: str
    updated_at: str


class ParticipantToken(msgspec.Struct, frozen=True, kw_only=True):
    """Lets a participant's client report."""

    token: str
