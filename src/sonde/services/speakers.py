"""Who spoke: what an engine or a file says of a speaker, completed by who was in the session."""

from collections.abc import Iterable
from datetime import datetime

from sonde.model.peers import Peer
from sonde.model.transcripts import Speaker


class Speakers:
    """The people of a session, found by whatever name they go by.

    Args:
        peers: of the session, in the order in which they came.
    """

    def __init__(self, peers: Iterable[Peer]) -> None:
        self._by_peer: dict[str, Peer] = {}
        self._by_participant: dict[str, list[Peer]] = {}
        self._by_custom_id: dict[str, list[Peer]] = {}
        by_name: dict[str, list[Peer]] = {}
        for peer in peers:
            person = peer.participant
            self._by_peer[peer.peer_id] = peer
            self._by_participant.setdefault(person.participant_id, []).append(peer)
            if person.custom_id:
                self._by_custom_id.setdefault(person.custom_id, []).append(peer)
            if person.name:
                by_name.setdefault(person.name.casefold(), []).append(peer)
        # Of two people of one name nobody knows which of them spoke.
        self._by_name = {name: found for name, found in by_name.items() if _is_one_person(found)}

    def find(self, told: Speaker, *, start_at: datetime) -> Speaker:
        """A speaker with all that is known; what was told wins, and strangers stay as they were told.

        Args:
            told: what the engine or the file says.
            start_at: when they spoke; of several connections of a person the one is meant that was there.
        """
        peer = self._by_peer.get(told.peer_id or "") or _present(self._connections(told), start_at)
        if peer is None:
            return told
        person = peer.participant
        return Speaker(
            peer_id=told.peer_id or peer.peer_id,
            participant_id=told.participant_id or person.participant_id,
            custom_id=told.custom_id or person.custom_id,
            name=told.name or person.name,
        )

    def _connections(self, told: Speaker) -> list[Peer]:
        if told.peer_id:
            return []
        if told.participant_id:
            return self._by_participant.get(told.participant_id, [])
        if told.custom_id:
            return self._by_custom_id.get(told.custom_id, [])
        return self._by_name.get(told.name.casefold(), [])


def _is_one_person(peers: list[Peer]) -> bool:
    return len({each.participant.participant_id for each in peers}) == 1


def _present(peers: list[Peer], at: datetime) -> Peer | None:
    there = [each for each in peers if each.joined_at <= at and (each.left_at is None or at <= each.left_at)]
    return next(iter(there or peers), None)
