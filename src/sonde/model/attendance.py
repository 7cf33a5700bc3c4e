"""Sessions with the people in them: each participant with all connections they had."""

from collections.abc import Iterable

import msgspec

from sonde.model.peers import Participant, Peer
from sonde.model.sessions import Meeting, Session


class Attendee(msgspec.Struct, frozen=True, kw_only=True):
    """A person in a session.

    Attributes:
        peers: their connections, at least one, in the order in which they came.
    """

    participant: Participant
    peers: tuple[Peer, ...]

    @property
    def is_there(self) -> bool:
        """Whether any of their connections has not left."""
        return any(each.left_at is None for each in self.peers)

    @property
    def latest(self) -> Peer:
        """The connection that came last."""
        return self.peers[-1]

    def goes_by(self, name: str) -> bool:
        """Whether this is their id, or the application's own one."""
        return name in {self.participant.participant_id, self.participant.custom_id}


class AttendedSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session, its meeting, and who was in it, in the order in which they came."""

    session: Session
    meeting: Meeting
    attendees: tuple[Attendee, ...]


def attendees_of(peers: Iterable[Peer]) -> tuple[Attendee, ...]:
    """The people whose connections these are, in the order in which they first came."""
    connections: dict[str, list[Peer]] = {}
    for peer in peers:
        connections.setdefault(peer.participant.participant_id, []).append(peer)
    return tuple(
        Attendee(participant=each[0].participant, peers=tuple(each)) for each in connections.values()
    )
