"""The session that goes on in a meeting: which it is, and putting people out of it."""

from collections.abc import Collection

import msgspec

from sonde.directory import Directory
from sonde.directory.directory import Transaction
from sonde.model.errors import NotFound
from sonde.model.listing import SessionFilter
from sonde.model.peers import LeaveReason, Participant, Peer
from sonde.model.people import Access
from sonde.model.sessions import Session
from sonde.services.accounts import require_admin
from sonde.services.attendance import hold_meeting
from sonde.services.clock import Clock, utc_now
from sonde.services.sessions import SessionDetail, Sessions


class ActiveSessions:
    """The live sessions of each workspace, by their meetings.

    Args:
        directory: where they are kept.
        sessions: shows and ends them.
        now: the present moment.
    """

    def __init__(self, directory: Directory, sessions: Sessions, now: Clock = utc_now) -> None:
        self._directory = directory
        self._sessions = sessions
        self._now = now

    def of(self, access: Access, meeting_id: str) -> SessionDetail:
        """The session that goes on in a meeting, the newest if there are several.

        Raises:
            NotFound: the workspace has no such meeting, or nothing goes on in it.
        """
        with self._directory.read() as tx:
            session = _live(tx, access.workspace.workspace_id, meeting_id)
        return self._sessions.get(access, session.session_id)

    def kick(
        self,
        access: Access,
        meeting_id: str,
        *,
        ids: Collection[str] = (),
        custom_ids: Collection[str] = (),
    ) -> list[Participant]:
        """Put people out of the session that goes on; late reports of theirs do not bring them back.

        Of those who are not in it nothing changes. Whoever connects again comes back as another peer.

        Args:
            access: who asks.
            meeting_id: the session's meeting.
            ids: of participants, or of single peers.
            custom_ids: the application's own ids of participants.

        Returns:
            Who was put out, in the order of their ids.

        Raises:
            Denied: not an administrator.
            NotFound: the workspace has no such meeting, or nothing goes on in it.
        """
        require_admin(access)
        workspace_id = access.workspace.workspace_id
        kicked: dict[str, Participant] = {}
        with self._directory.write() as tx:
            hold_meeting(tx, workspace_id, meeting_id)
            session = _live(tx, workspace_id, meeting_id)
            for peer in tx.peers.present(session.session_id):
                person = peer.participant
                if {peer.peer_id, person.participant_id} & set(ids) or person.custom_id in set(custom_ids):
                    tx.peers.update(self._removed(peer))
                    kicked[person.participant_id] = person
        return [kicked[each] for each in sorted(kicked)]

    def kick_all(self, access: Access, meeting_id: str) -> int:
        """End the session that goes on, and its breakout rooms, for everyone.

        Returns:
            How many connections were in it.

        Raises:
            Denied: not an administrator.
            NotFound: the workspace has no such meeting, or nothing goes on in it.
        """
        require_admin(access)
        found = self.of(access, meeting_id)
        self._sessions.end(access, found.session.session_id)
        return found.totals.live_peers

    def _removed(self, peer: Peer) -> Peer:
        left_at = max(self._now(), peer.joined_at)
        return msgspec.structs.replace(peer, left_at=left_at, leave_reason=LeaveReason.REMOVED)


def _live(tx: Transaction, workspace_id: int, meeting_id: str) -> Session:
    if tx.meetings.get(workspace_id, meeting_id) is None:
        raise NotFound(f"There is no meeting {meeting_id} in this workspace.")
    wanted = SessionFilter(is_live=True, meeting_id=meeting_id)
    found = tx.sessions.page(workspace_id, wanted, limit=1)
    if not found:
        raise NotFound(f"Nothing goes on in the meeting {meeting_id}.")
    return found[0]
