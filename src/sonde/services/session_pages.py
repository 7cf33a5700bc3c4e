"""Sessions and who was in them, in numbered pages that are searched and sorted."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from sonde.directory import Directory
from sonde.model.errors import NotFound
from sonde.model.listing import NumberedPage, PageNumber, PeopleListing, SessionListing, cut_page
from sonde.model.peers import Peer
from sonde.model.people import Access
from sonde.services.clock import Clock, utc_now
from sonde.services.sessions import SessionDetail, describe_sessions
from sonde.services.text import NAME_LENGTH, checked_text


class Attendance(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody was in a session, with one connection or several.

    Attributes:
        peers: the connections in the order in which they came; at least one, all of one person.
        joined_at: when the first one came.
        left_at: when the last one left; None while one is there.
        minutes: sum over the connections, up to the latest that is known of each.
        created_at, updated_at: the first and the latest that is known of them.
    """

    peers: tuple[Peer, ...]
    joined_at: datetime
    left_at: datetime | None
    minutes: float
    created_at: datetime
    updated_at: datetime


class SessionPages:
    """Pages of sessions and of people."""

    def __init__(self, directory: Directory, now: Clock = utc_now) -> None:
        self._directory = directory
        self._now = now

    def sessions(
        self, access: Access, listing: SessionListing, page: PageNumber
    ) -> NumberedPage[SessionDetail]:
        """One page of the workspace's sessions.

        Raises:
            Invalid: the words to look for are not plain text.
        """
        checked_text(listing.words, field="search", longest=NAME_LENGTH)
        now = self._now()
        with self._directory.read() as tx:
            found, total = tx.sessions.numbered(access.workspace.workspace_id, listing, page, now=now)
            return NumberedPage(items=describe_sessions(tx, found, now=now), total=total, offset=page.offset)

    def people(
        self, access: Access, session_id: str, listing: PeopleListing, page: PageNumber
    ) -> NumberedPage[Attendance]:
        """One page of those who were in a session.

        Raises:
            NotFound: the workspace has no such session.
        """
        now = self._now()
        peers = self._peers(access, session_id, with_rooms=listing.consolidated)
        groups = _by_person(peers) if listing.consolidated else [[peer] for peer in peers]
        found = [_attendance(group, now) for group in groups if _is_meant(group, listing.words)]
        found.sort(
            key=lambda each: (
                each.minutes if listing.by_duration else each.joined_at.timestamp(),
                each.peers[0].peer_id,
            ),
            reverse=listing.descending,
        )
        return cut_page(found, page)

    def person(self, access: Access, session_id: str, wanted: str) -> Attendance:
        """A connection of a session by its id, or a person in it by theirs.

        Raises:
            NotFound: the workspace has no such session, or nobody of that id was in it.
        """
        peers = self._peers(access, session_id)
        found = [peer for peer in peers if peer.peer_id == wanted] or [
            peer for peer in peers if peer.participant.participant_id == wanted
        ]
        if not found:
            raise NotFound(f"There was no participant {wanted} in the session {session_id}.")
        return _attendance(found, self._now())

    def _peers(self, access: Access, session_id: str, *, with_rooms: bool = False) -> list[Peer]:
        """Those of a session in the order in which they came, and then those of its breakout rooms."""
        workspace_id = access.workspace.workspace_id
        with self._directory.read() as tx:
            if tx.sessions.get(workspace_id, session_id) is None:
                raise NotFound(f"There is no session {session_id} in this workspace.")
            rooms = tx.sessions.rooms_of(session_id) if with_rooms else []
            sessions = [session_id, *(room.session_id for room in rooms)]
            return [peer for each in sessions for peer in tx.peers.of_session(workspace_id, each)]


def _by_person(peers: Iterable[Peer]) -> list[list[Peer]]:
    """The connections of each person; who has an id of the application is known by it in every room."""
    groups: dict[str, list[Peer]] = {}
    for peer in peers:
        person = peer.participant
        groups.setdefault(person.custom_id or f"/{person.participant_id}", []).append(peer)
    return list(groups.values())


def _is_meant(peers: Iterable[Peer], words: str) -> bool:
    wanted = words.strip().casefold()
    return not wanted or any(
        wanted in each.participant.name.casefold()
        or wanted
        in {each.peer_id, each.participant.participant_id, (each.participant.custom_id or "").casefold()}
        for each in peers
    )


def _attendance(peers: list[Peer], now: datetime) -> Attendance:
    left = [peer.left_at for peer in peers if peer.left_at is not None]
    spent = sum((max(peer.until(now) - peer.joined_at, timedelta()) for peer in peers), timedelta())
    return Attendance(
        peers=tuple(peers),
        joined_at=min(peer.joined_at for peer in peers),
        left_at=max(left) if len(left) == len(peers) else None,
        minutes=spent / timedelta(minutes=1),
        created_at=min(peer.created_at for peer in peers),
        updated_at=max(peer.left_at or peer.last_seen_at for peer in peers),
    )
