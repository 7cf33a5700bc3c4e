"""From our peers to the vendor's participants. Pure."""

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from msgspec import UNSET

from sonde.api.realtimekit.people_shapes import ParticipantItem, PeerEventItem, PeopleQuery
from sonde.api.realtimekit.units import show_minutes, show_moment
from sonde.model.listing import PeopleListing
from sonde.model.peers import Peer, PeerEventKind, peer_events
from sonde.model.sessions import ViewType
from sonde.services.session_pages import Attendance

EventName = Literal["PEER_CREATED", "PEER_JOINING", "PEER_LEAVING"]

ViewTypeName = Literal["GROUP_CALL", "WEBINAR", "AUDIO_ROOM", "LIVESTREAM", "CHAT"]

EVENTS: Final[Mapping[PeerEventKind, EventName]] = {
    PeerEventKind.CREATED: "PEER_CREATED",
    PeerEventKind.JOINING: "PEER_JOINING",
    PeerEventKind.LEAVING: "PEER_LEAVING",
}
"""The events that the vendor has a name for."""

VIEW_TYPES: Final[Mapping[ViewType, ViewTypeName]] = {
    ViewType.GROUP_CALL: "GROUP_CALL",
    ViewType.WEBINAR: "WEBINAR",
    ViewType.AUDIO_ROOM: "AUDIO_ROOM",
    ViewType.LIVESTREAM: "LIVESTREAM",
    ViewType.CHAT: "CHAT",
}


def show_participant(attendance: Attendance, *, with_events: bool) -> ParticipantItem:
    """A connection, or a person with all of theirs, as clients see them."""
    person = attendance.peers[0].participant
    return ParticipantItem(
        id=attendance.peers[0].peer_id,
        user_id=person.participant_id,
        custom_participant_id=person.custom_id,
        display_name=person.name,
        preset_name=person.preset,
        joined_at=show_moment(attendance.joined_at),
        left_at=show_moment(attendance.left_at) if attendance.left_at else None,
        duration=show_minutes(attendance.minutes),
        created_at=show_moment(attendance.created_at),
        updated_at=show_moment(attendance.updated_at),
        peer_events=show_events(attendance.peers) if with_events else UNSET,
    )


def show_events(peers: Iterable[Peer]) -> list[PeerEventItem]:
    """What happened to some connections, each in order."""
    return [
        PeerEventItem(
            id=event.event_id,
            event_name=EVENTS[event.kind],
            minutes_consumed=show_minutes(event.minutes),
            participant_id=peer.participant.participant_id,
            peer_id=peer.peer_id,
            preset_view_type=VIEW_TYPES[peer.view_type],
            session_id=peer.session_id,
            socket_session_id=None,
            created_at=show_moment(event.at),
            updated_at=show_moment(event.at),
        )
        for peer in peers
        for event in peer_events(peer)
        if event.kind in EVENTS
    ]


def listing_of(query: PeopleQuery) -> PeopleListing:
    """The participants that are wanted."""
    return PeopleListing(
        words=query.search,
        by_duration=query.sort_by == "duration",
        descending=query.sort_order == "DESC",
        consolidated=query.view == "consolidated",
    )
