"""The people of a session on the wire, under the vendor's names. Pure."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from sonde.api.realtimekit.schema import PageQuery, Paging, Query, about


class PersonQuery(Query, frozen=True, kw_only=True):
    """What the answer about one participant takes."""

    include_peer_events: Annotated[bool, about("Show when each connection came and went.")] = False


class PeopleQuery(PageQuery, frozen=True, kw_only=True):
    """What the list of participants takes."""

    include_peer_events: Annotated[bool, about("Show when each connection came and went.")] = False
    search: Annotated[
        str,
        Meta(max_length=255, description="Only those with these words in the name, or with this whole id."),
    ] = ""
    sort_by: Annotated[Literal["joinedAt", "duration"], about("What to sort by.")] = "joinedAt"
    sort_order: Annotated[Literal["ASC", "DESC"], about("Ascending, which is usual, or descending.")] = "ASC"
    view: Annotated[
        Literal["raw", "consolidated"],
        about("Each connection, or each person with the time in breakout rooms added."),
    ] = "raw"


class PeerEventItem(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a connection as a whole."""

    id: str
    event_name: Literal["PEER_CREATED", "PEER_JOINING", "PEER_LEAVING"]
    minutes_consumed: float
    participant_id: str
    peer_id: str
    preset_view_type: Literal["GROUP_CALL", "WEBINAR", "AUDIO_ROOM", "LIVESTREAM", "CHAT"]
    session_id: str
    socket_session_id: Annotated[None, about("Signalling is not seen by this server.")]
    created_at: str
    updated_at: str


class ParticipantItem(msgspec.Struct, frozen=True, kw_only=True):
    """A connection, or a person with all of theirs."""

    id: Annotated[str, about("The connection: the peer's id.")]
    user_id: Annotated[str, about("The person: the id that adding the participant gave.")]
    custom_participant_id: str | None
    display_name: str
    preset_name: str
    joined_at: str
    left_at: str | None
    duration: Annotated[float, about("Minutes.")]
    created_at: str
    updated_at: str
    peer_events: list[PeerEventItem] | UnsetType = UNSET


class ParticipantsData(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of the list of participants; its paging is within."""

    participants: list[ParticipantItem]
    paging: Paging


class ParticipantData(msgspec.Struct, frozen=True, kw_only=True):
    """The answer about one participant."""

    participant: ParticipantItem
