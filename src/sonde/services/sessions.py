"""Sessions: how reports and applications make them, and what can be read of them."""

from collections.abc import Collection, Iterable
from datetime import datetime

import msgspec

from sonde.directory import Directory
from sonde.directory.directory import Transaction
from sonde.directory.records import PeerNews
from sonde.model.errors import Conflict, Invalid, NotFound
from sonde.model.listing import Position, SessionFilter
from sonde.model.peers import LeaveReason, Peer
from sonde.model.people import Access
from sonde.model.presence import sum_up
from sonde.model.sessions import EndReason, Meeting, MeetingStatus, Session, Totals
from sonde.model.sightings import SeenPeer, Sighting
from sonde.services.accounts import require_admin
from sonde.services.attendance import admit, end_for_all, hold_meeting, note, open_meeting
from sonde.services.clock import Clock, utc_now
from sonde.services.devices import read_device
from sonde.services.known_peers import KnownPeers
from sonde.services.places import Places
from sonde.services.reported_peers import Looks
from sonde.services.sighting_checks import checked_sighting, checked_uuid
from sonde.services.text import NAME_LENGTH, checked_text

ATTEMPTS = 3
"""How often a sighting is written when others make the same meeting or peer at the same moment."""

TOGETHER_MAX = 1000
"""Most sessions that one question may be about."""


class SessionDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A session, its meeting, and what it adds up to."""

    session: Session
    meeting: Meeting
    totals: Totals


class Sessions:
    """The sessions of each workspace.

    Args:
        directory: where they are kept.
        now: the present moment.
        places: finds where an address is.
    """

    def __init__(self, directory: Directory, now: Clock = utc_now, places: Places | None = None) -> None:
        self._directory = directory
        self._now = now
        self._places = places or Places()
        self._known = KnownPeers()

    def saw(self, sightings: Iterable[Sighting]) -> list[SeenPeer]:
        """Take note of who was there, and tell where each belongs, in the order given.

        The first sighting of a peer opens its session if need be. The same sightings again, or in another
        order, change nothing. Of a peer of which nothing is new, at most every ten seconds are written.

        Raises:
            Invalid: a part of a sighting cannot be used; see `checked_sighting`.
            NotFound: a participant's token was used for another meeting.
            Denied: a participant's token was used for the peer of another participant.
            Unavailable: the directory cannot be reached.
        """
        now = self._now()
        seen: list[SeenPeer] = []
        stale: dict[SeenPeer, Sighting] = {}
        for sighting in sightings:
            known = self._known.recall(sighting, now=now)
            seen.append(known.seen if known else self._record(sighting))
            if known and not known.is_current:
                stale[known.seen] = max(stale.get(known.seen, sighting), sighting, key=_last_at)
        for sighting in self._advance(stale):
            self._record(sighting)
        return seen

    def last_seen(self, workspace_id: int, peer_ids: Collection[str]) -> dict[str, datetime]:
        """The latest report of each of a workspace's peers that reported to this process lately."""
        return self._known.latest(workspace_id, peer_ids)

    def join(self, access: Access, arrival: Sighting) -> Peer:
        """Let a peer into a meeting, as its application says; it may report, or never do.

        Raises:
            Denied: not an administrator.
            Invalid: a part of the arrival cannot be used.
            NotFound: the workspace has no such meeting, or the meeting no such participant.
            Conflict: the meeting is inactive.
        """
        require_admin(access)
        arrival = checked_sighting(arrival, now=self._now())
        looks = self._look_at(arrival)
        workspace_id = access.workspace.workspace_id
        with self._directory.write() as tx:
            if tx.meetings.get(workspace_id, arrival.meeting) is None:
                raise NotFound(f"There is no meeting {arrival.meeting} in this workspace.")
            meeting = open_meeting(tx, workspace_id, arrival.meeting, now=self._now())
            present = tx.peers.get(workspace_id, arrival.peer_id)
            if present is not None:
                return present
            if meeting.settings.status is MeetingStatus.INACTIVE:
                raise Conflict(f"The meeting {meeting.meeting_id} is inactive.", field="status")
            return admit(tx, arrival, looks, meeting=meeting, has_reported=False, now=self._now())

    def leave(self, access: Access, peer_id: str) -> Peer:
        """Note that a peer left just now; of one that has left before nothing changes.

        Raises:
            Denied: not an administrator.
            NotFound: the workspace has no such peer.
        """
        require_admin(access)
        workspace_id = access.workspace.workspace_id
        with self._directory.write() as tx:
            meeting_id = tx.peers.meeting_of(workspace_id, peer_id)
            if meeting_id is None:
                raise _no_peer(peer_id)
            hold_meeting(tx, workspace_id, meeting_id)
            peer = _found_peer(tx.peers.get(workspace_id, peer_id), peer_id)
            if peer.left_at is None:
                left_at = max(self._now(), peer.joined_at)
                peer = msgspec.structs.replace(peer, left_at=left_at, leave_reason=LeaveReason.LEFT)
                tx.peers.update(peer)
            return peer

    def end(self, access: Access, session_id: str) -> SessionDetail:
        """End a session and its breakout rooms for everyone; of one that was ended so nothing changes.

        Raises:
            Denied: not an administrator.
            NotFound: the workspace has no such session.
        """
        require_admin(access)
        workspace_id = access.workspace.workspace_id
        with self._directory.write() as tx:
            session = _found(tx.sessions.get(workspace_id, session_id), session_id)
            hold_meeting(tx, workspace_id, session.meeting_id)
            rooms = tx.sessions.rooms_of(session_id)
            for meeting_id in sorted({room.meeting_id for room in rooms}):
                hold_meeting(tx, workspace_id, meeting_id)
            for each in (session.session_id, *(room.session_id for room in rooms)):
                held = tx.sessions.get(workspace_id, each)
                if held is not None and held.end_reason is not EndReason.REQUEST:
                    end_for_all(tx, held, now=self._now())
        return self.get(access, session_id)

    def get(self, access: Access, session_id: str) -> SessionDetail:
        """One of the workspace's sessions.

        Raises:
            NotFound: the workspace has no such session.
        """
        with self._directory.read() as tx:
            session = _found(tx.sessions.get(access.workspace.workspace_id, session_id), session_id)
            return describe_sessions(tx, [session], now=self._now())[0]

    def page(
        self, access: Access, wanted: SessionFilter, *, limit: int, after: Position | None = None
    ) -> list[SessionDetail]:
        """The workspace's sessions behind a position, the one that began last first.

        Raises:
            Invalid: the words to look for are not plain text.
        """
        checked_text(wanted.participant, field="participant", longest=NAME_LENGTH)
        with self._directory.read() as tx:
            sessions = tx.sessions.page(access.workspace.workspace_id, wanted, limit=limit, after=after)
            return describe_sessions(tx, sessions, now=self._now())

    def ids(self, access: Access, wanted: SessionFilter) -> list[str]:
        """The ids of all the workspace's sessions that a filter names.

        Raises:
            Invalid: they are more than one question may be about, or the words to look for are no plain text.
        """
        checked_text(wanted.participant, field="participant", longest=NAME_LENGTH)
        with self._directory.read() as tx:
            found = tx.sessions.page(
                access.workspace.workspace_id, wanted, limit=TOGETHER_MAX + 1, after=None
            )
        if len(found) > TOGETHER_MAX:
            raise Invalid(
                f"These are more than {TOGETHER_MAX} sessions.", hint="Ask for a shorter time.", field="since"
            )
        return [each.session_id for each in found]

    def rooms(self, access: Access, session_id: str) -> list[SessionDetail]:
        """The breakout rooms of a session, in the order in which they began.

        Raises:
            NotFound: the workspace has no such session.
        """
        with self._directory.read() as tx:
            _found(tx.sessions.get(access.workspace.workspace_id, session_id), session_id)
            return describe_sessions(tx, tx.sessions.rooms_of(session_id), now=self._now())

    def peers(self, access: Access, session_id: str) -> list[Peer]:
        """A session's peers, in the order in which they came.

        Raises:
            Invalid: the id is no UUID.
            NotFound: the workspace has no such session.
        """
        session_id = checked_uuid(session_id, field="session_id")
        workspace_id = access.workspace.workspace_id
        with self._directory.read() as tx:
            _found(tx.sessions.get(workspace_id, session_id), session_id)
            return tx.peers.of_session(workspace_id, session_id)

    def peer(self, access: Access, peer_id: str) -> Peer:
        """One of the workspace's peers.

        Raises:
            NotFound: the workspace has no such peer.
        """
        with self._directory.read() as tx:
            return _found_peer(tx.peers.get(access.workspace.workspace_id, peer_id), peer_id)

    def _record(self, sighting: Sighting) -> SeenPeer:
        """Write all that a sighting says."""
        now = self._now()
        checked = checked_sighting(sighting, now=now)
        looks = self._look_at(checked)
        for attempt in range(ATTEMPTS):
            try:
                seen = self._try_to_record(checked, looks, now=now)
                break
            except Conflict:
                # Somebody else was faster; what they made is found the next time.
                if attempt == ATTEMPTS - 1:
                    raise
        self._known.remember(sighting, seen, now=now)
        return seen

    def _try_to_record(self, sighting: Sighting, looks: Looks, *, now: datetime) -> SeenPeer:
        with self._directory.write() as tx:
            meeting_id = tx.peers.meeting_of(sighting.workspace_id, sighting.peer_id)
            meeting = open_meeting(tx, sighting.workspace_id, meeting_id or sighting.meeting, now=now)
            peer = tx.peers.get(sighting.workspace_id, sighting.peer_id)
            if peer is None:
                peer = admit(tx, sighting, looks, meeting=meeting, has_reported=True, now=now)
            else:
                note(tx, peer, sighting, looks, meeting=meeting, now=now)
            return SeenPeer(
                peer_id=peer.peer_id,
                session_id=peer.session_id,
                meeting_id=meeting.meeting_id,
                participant_id=peer.participant.participant_id,
            )

    def _advance(self, stale: dict[SeenPeer, Sighting]) -> list[Sighting]:
        """Write that known peers are still there; returns the sightings of those that had left meanwhile."""
        if not stale:
            return []
        now = self._now()
        news = [
            PeerNews(workspace_id=each.workspace_id, peer_id=seen.peer_id, last_seen_at=each.last_at)
            for seen, each in stale.items()
        ]
        with self._directory.write() as tx:
            there = tx.peers.advance(news, heard=now)
        for seen, sighting in stale.items():
            self._known.remember(sighting, seen, now=now)
        return [
            sighting for seen, sighting in stale.items() if (sighting.workspace_id, seen.peer_id) not in there
        ]

    def _look_at(self, sighting: Sighting) -> Looks:
        return Looks(
            device=read_device(
                sighting.user_agent,
                sdk=sighting.sdk,
                sdk_version=sighting.sdk_version,
                machine=sighting.machine,
            ),
            place=self._places.find(sighting.address),
        )


def describe_sessions(
    tx: Transaction, sessions: Collection[Session], *, now: datetime
) -> list[SessionDetail]:
    """Sessions with what they add up to: kept for those that ended, worked out for the others."""
    live = [each.session_id for each in sessions if each.ended_at is None]
    totals = tx.sessions.totals([each.session_id for each in sessions])
    totals |= {
        session_id: sum_up(presences) for session_id, presences in tx.peers.presences(live, now=now).items()
    }
    workspace_ids = {each.workspace_id for each in sessions}
    meetings: dict[str, Meeting] = {}
    for workspace_id in workspace_ids:
        meetings |= tx.meetings.some(workspace_id, {each.meeting_id for each in sessions})
    return [
        SessionDetail(session=each, meeting=meetings[each.meeting_id], totals=totals[each.session_id])
        for each in sessions
    ]


def _last_at(sighting: Sighting) -> datetime:
    return sighting.last_at


def _found(session: Session | None, session_id: str) -> Session:
    if session is None:
        raise NotFound(f"There is no session {session_id} in this workspace.")
    return session


def _found_peer(peer: Peer | None, peer_id: str) -> Peer:
    if peer is None:
        raise _no_peer(peer_id)
    return peer


def _no_peer(peer_id: str) -> NotFound:
    return NotFound(f"There is no peer {peer_id} in this workspace.")
