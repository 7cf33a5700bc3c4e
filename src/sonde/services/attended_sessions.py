"""Sessions with everyone in them, for programs that may see one room only, or all rooms of a workspace."""

from collections.abc import Collection
from typing import TypeAlias

from sonde.directory import Directory
from sonde.model.attendance import AttendedSession, Attendee, attendees_of
from sonde.model.errors import NotFound
from sonde.model.listing import NumberedPage, PageNumber, SessionFilter, SessionListing
from sonde.model.people import Access
from sonde.model.sessions import Meeting
from sonde.services.active_sessions import ActiveSessions
from sonde.services.clock import Clock, utc_now
from sonde.services.sessions import Sessions
from sonde.services.text import NAME_LENGTH, checked_text

Rooms: TypeAlias = Collection[str]


class AttendedSessions:
    """The sessions of each workspace, with the people in them.

    Each of `rooms` is the id or custom id of the only meeting that is looked at; none limit nothing.

    Args:
        directory: where they are kept.
        sessions: ends them.
        active: puts people out of them.
        now: the present moment.
    """

    def __init__(
        self, directory: Directory, sessions: Sessions, active: ActiveSessions, now: Clock = utc_now
    ) -> None:
        self._directory = directory
        self._now = now
        self._sessions = sessions
        self._active = active

    def page(self, access: Access, wanted: SessionFilter, page: PageNumber) -> NumberedPage[AttendedSession]:
        """One page of the sessions that are wanted, the one that began last first.

        Raises:
            Invalid: a room's name is no plain text.
        """
        for name in wanted.rooms:
            checked_text(name, field="roomId", longest=NAME_LENGTH)
        workspace_id = access.workspace.workspace_id
        with self._directory.read() as tx:
            listing = SessionListing(wanted=wanted)
            found, total = tx.sessions.numbered(workspace_id, listing, page, now=self._now())
            peers = tx.peers.in_sessions([each.session_id for each in found])
            meetings = tx.meetings.some(workspace_id, {each.meeting_id for each in found})
        shown = [
            AttendedSession(
                session=each,
                meeting=meetings[each.meeting_id],
                attendees=attendees_of(peers[each.session_id]),
            )
            for each in found
        ]
        return NumberedPage(items=shown, total=total, offset=page.offset)

    def get(self, access: Access, session_id: str, *, rooms: Rooms = ()) -> AttendedSession:
        """One of the workspace's sessions.

        Raises:
            NotFound: the workspace has no such session, or not in these rooms.
        """
        workspace_id = access.workspace.workspace_id
        with self._directory.read() as tx:
            session = tx.sessions.get(workspace_id, session_id)
            meetings = tx.meetings.some(workspace_id, [session.meeting_id]) if session else {}
            peers = tx.peers.of_session(workspace_id, session_id) if session else []
        meeting = meetings.get(session.meeting_id) if session else None
        if session is None or meeting is None or not all(map(meeting.goes_by, rooms)):
            raise NotFound(f"There is no session {session_id[:40]}.", field="sessionId")
        return AttendedSession(session=session, meeting=meeting, attendees=attendees_of(peers))

    def room(self, access: Access, name: str, *, rooms: Rooms = ()) -> Meeting:
        """One of the workspace's meetings, by its id or the application's own one.

        Raises:
            Invalid: the name is no plain text.
            NotFound: the workspace has no such meeting, or it is none of these rooms.
        """
        checked_text(name, field="roomId", longest=NAME_LENGTH)
        with self._directory.read() as tx:
            meeting = tx.meetings.named(access.workspace.workspace_id, name)
        if meeting is None or not all(map(meeting.goes_by, rooms)):
            raise NotFound(f"There is no room {name[:40]}.", field="roomId")
        return meeting

    def attendee(self, access: Access, session_id: str, name: str, *, rooms: Rooms = ()) -> Attendee:
        """Somebody in a session, by their id or the application's own one.

        Raises:
            NotFound: there is no such session, or nobody of that name in it.
        """
        return attendee_in(self.get(access, session_id, rooms=rooms), name)

    def live(self, access: Access, *, session_id: str = "", rooms: Rooms = ()) -> AttendedSession:
        """A session that goes on: that of an id, or the newest one of the rooms.

        Raises:
            NotFound: there is no such session, or it does not go on.
        """
        if session_id:
            found = [self.get(access, session_id, rooms=rooms)]
        else:
            wanted = SessionFilter(is_live=True, rooms=tuple(rooms))
            found = self.page(access, wanted, PageNumber(number=1, size=1)).items
        if not found or found[0].session.ended_at is not None:
            raise NotFound("Nothing goes on there.", field="roomId")
        return found[0]

    def end(
        self, access: Access, *, session_id: str = "", rooms: Rooms = (), ignores_ended: bool = False
    ) -> AttendedSession:
        """End a session for everyone.

        Args:
            access: who asks.
            session_id: which one; empty for the newest one.
            rooms: whose session it must be.
            ignores_ended: a session of that id that has ended is shown, and not refused.

        Raises:
            Denied: not an administrator.
            NotFound: there is no such session, or it does not go on.
        """
        if session_id and ignores_ended:
            found = self.get(access, session_id, rooms=rooms)
            if found.session.ended_at is not None:
                return found
        else:
            found = self.live(access, session_id=session_id, rooms=rooms)
        self._sessions.end(access, found.session.session_id)
        return self.get(access, found.session.session_id)

    def remove(self, access: Access, name: str, *, session_id: str = "", rooms: Rooms = ()) -> Attendee:
        """Put somebody out of a session that goes on; the other arguments as for `live`.

        Raises:
            Denied: not an administrator.
            NotFound: there is no such session, it does not go on, or nobody of that name is in it.
        """
        found = self.live(access, session_id=session_id, rooms=rooms)
        attendee = attendee_in(found, name)
        if not attendee.is_there:
            raise _nobody(name)
        ids = [each.peer_id for each in attendee.peers]
        self._active.kick(access, found.meeting.meeting_id, ids=ids)
        return attendee


def attendee_in(attended: AttendedSession, name: str) -> Attendee:
    """Somebody in a session, by their id or the application's own one.

    Raises:
        NotFound: nobody in it has that name.
    """
    for attendee in attended.attendees:
        if attendee.goes_by(name):
            return attendee
    raise _nobody(name)


def _nobody(name: str) -> NotFound:
    return NotFound(f"There is no participant {name[:40]} in this session.", field="participantId")
