"""Who is in which session: where a new peer belongs, what a report changes, and when a session is over.

All of it happens while the meeting is held, so that of several who come at once only one opens a session.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import NAMESPACE_URL, uuid4, uuid5

import msgspec

from sonde.directory.directory import Transaction
from sonde.model.errors import Denied, NotFound
from sonde.model.peers import LeaveReason, Participant, Peer
from sonde.model.presence import sum_up
from sonde.model.sessions import EndReason, Meeting, MeetingSettings, Session, Totals, ViewType
from sonde.model.sightings import Sighting
from sonde.services.reported_peers import Looks, merge

HISTORY: Final = timedelta(hours=1)
"""A peer whose latest sample was older than this when it came tells of a call of the past."""

_PARTICIPANTS = uuid5(NAMESPACE_URL, "urn:sonde:participant")


def open_meeting(tx: Transaction, workspace_id: int, name: str, *, now: datetime) -> Meeting:
    """Find the meeting of that id or custom id, or make one, and hold it.

    The meeting that it is a breakout room of is held before it: everybody takes the locks in this order.

    Raises:
        Conflict: somebody else has just made it; asked again, it is found.
    """
    meeting = tx.meetings.named(workspace_id, name)
    if meeting is None:
        return tx.meetings.add(workspace_id, MeetingSettings(title=name, custom_id=name), now=now)
    if meeting.settings.parent_meeting_id is not None:
        hold_meeting(tx, workspace_id, meeting.settings.parent_meeting_id)
    return hold_meeting(tx, workspace_id, meeting.meeting_id)


def hold_meeting(tx: Transaction, workspace_id: int, meeting_id: str) -> Meeting:
    """Hold a meeting until the transaction ends.

    Raises:
        NotFound: the workspace has no such meeting.
    """
    meeting = tx.meetings.hold(workspace_id, meeting_id)
    if meeting is None:
        raise NotFound(f"There is no meeting {meeting_id} in this workspace.")
    return meeting


def admit(
    tx: Transaction, sighting: Sighting, looks: Looks, *, meeting: Meeting, has_reported: bool, now: datetime
) -> Peer:
    """Add a peer to the session that it came to, or to a new one. The meeting is held.

    Raises:
        NotFound: the meeting has no such participant.
        Conflict: somebody else has just added the peer.
    """
    session = begin(tx, sighting, meeting=meeting, now=now)
    participant = _enrol(tx, meeting, sighting, now=now)
    left_at, leave_reason = _leaving_of_newcomer(session, sighting)
    peer = Peer(
        peer_id=sighting.peer_id,
        workspace_id=meeting.workspace_id,
        session_id=session.session_id,
        participant=participant,
        view_type=sighting.view_type or participant.view_type,
        device=looks.device,
        place=looks.place,
        labels=sighting.labels,
        created_at=sighting.first_at,
        connected_at=sighting.connected_at,
        last_seen_at=sighting.last_at,
        heard_at=now,
        has_reported=has_reported,
        left_at=left_at,
        leave_reason=leave_reason,
    )
    tx.peers.add(peer)
    settle(tx, session, meeting, since=peer.created_at, now=now)
    return peer


def begin(tx: Transaction, sighting: Sighting, *, meeting: Meeting, now: datetime) -> Session:
    """The session that went on when somebody was sighted, or a new one. The meeting is held."""
    return _session_of(tx, meeting, sighting) or _open_session(tx, meeting, sighting, now=now)


def note(
    tx: Transaction, peer: Peer, sighting: Sighting, looks: Looks, *, meeting: Meeting, now: datetime
) -> None:
    """Keep what a report says of a peer that is known. The meeting is held.

    Raises:
        Denied: it came with the token of another participant.
    """
    if sighting.participant_id not in {None, peer.participant.participant_id}:
        raise Denied(f"The peer {peer.peer_id} is a connection of another participant.")
    noted = merge(peer, sighting, looks, now=now)
    if sighting.last_at >= peer.last_seen_at:
        _rename(tx, peer.participant, sighting, now=now)
    tx.peers.update(noted)
    session = tx.sessions.get(peer.workspace_id, peer.session_id)
    if session is not None:
        settle(tx, session, meeting, since=noted.created_at, now=now)


def settle(
    tx: Transaction,
    session: Session,
    meeting: Meeting,
    *,
    now: datetime,
    since: datetime | None = None,
    may_end: bool = False,
) -> Session:
    """Work out whether a session goes on, from who is in it, and keep that. The meeting is held.

    Somebody was in it from `since` on. Only with `may_end` a live session ends by this; whoever brings news
    of somebody leaves it open, because more may follow.
    """
    ended_at, reason = session.ended_at, session.end_reason
    if reason is not EndReason.REQUEST:
        may_be_over = may_end or session.ended_at is not None
        ended_at = _end(tx, session, meeting, now=now) if may_be_over else None
        reason = EndReason.EMPTY if ended_at else None
    settled = msgspec.structs.replace(
        session,
        started_at=min(session.started_at, since or session.started_at),
        ended_at=ended_at,
        end_reason=reason,
    )
    if settled != session:
        settled = msgspec.structs.replace(settled, updated_at=now)
    if settled != session or ended_at:
        tx.sessions.update(settled, totals=_totals(tx, session, now=now) if ended_at else None)
    return settled


def end_for_all(
    tx: Transaction, session: Session, *, now: datetime, ended_at: datetime | None = None
) -> Session:
    """End a session for everyone who is in it: at a moment, or now. The meeting is held."""
    at = ended_at or now
    for peer in tx.peers.present(session.session_id):
        tx.peers.update(msgspec.structs.replace(peer, left_at=at, leave_reason=LeaveReason.SESSION_ENDED))
    ended = msgspec.structs.replace(session, ended_at=at, end_reason=EndReason.REQUEST, updated_at=now)
    tx.sessions.update(ended, totals=_totals(tx, session, now=now))
    return ended


def _totals(tx: Transaction, session: Session, *, now: datetime) -> Totals:
    return sum_up(tx.peers.presences([session.session_id], now=now)[session.session_id])


def _end(tx: Transaction, session: Session, meeting: Meeting, *, now: datetime) -> datetime | None:
    """When a session ended; None while somebody is in it or in its breakout rooms, or may still come."""
    rooms = tx.sessions.rooms_of(session.session_id)
    ends = [session.started_at, tx.peers.last_left(session.session_id), *(room.ended_at for room in rooms)]
    if any(room.ended_at is None for room in rooms) or tx.peers.is_anybody_in(session.session_id):
        return None
    quiet_since = max(each for each in ends if each is not None)
    ended_at = quiet_since + _keep_alive(meeting)
    return ended_at if ended_at <= now else None


def _session_of(tx: Transaction, meeting: Meeting, sighting: Sighting) -> Session | None:
    """The session of a meeting that a peer came to, the newest if several went on then."""
    keep_alive = _keep_alive(meeting)
    candidates = tx.sessions.around(
        meeting.meeting_id, since=sighting.first_at, until=sighting.last_at + keep_alive
    )
    for session in candidates:
        if session.ended_at is not None or _reaches(tx, session, sighting.first_at - keep_alive):
            return session
    return None


def _reaches(tx: Transaction, session: Session, moment: datetime) -> bool:
    """Whether a live session went on at a moment or later, as far as is known."""
    if session.started_at >= moment:
        return True
    is_there = tx.peers.is_anybody_in(session.session_id, lag=HISTORY)
    return is_there or tx.peers.was_anybody_in(session.session_id, moment)


def _open_session(tx: Transaction, meeting: Meeting, sighting: Sighting, *, now: datetime) -> Session:
    session = Session(
        session_id=str(uuid4()),
        workspace_id=meeting.workspace_id,
        meeting_id=meeting.meeting_id,
        parent_session_id=_parent_session_id(tx, meeting, sighting),
        started_at=sighting.first_at,
        ended_at=None,
        end_reason=None,
        created_at=now,
        updated_at=now,
    )
    tx.sessions.add(session)
    return session


def _parent_session_id(tx: Transaction, meeting: Meeting, sighting: Sighting) -> str | None:
    """The session that a breakout room's session belongs to, if that goes on."""
    if meeting.settings.parent_meeting_id is None:
        return None
    parent = hold_meeting(tx, meeting.workspace_id, meeting.settings.parent_meeting_id)
    session = _session_of(tx, parent, sighting)
    return session.session_id if session else None


def _enrol(tx: Transaction, meeting: Meeting, sighting: Sighting, *, now: datetime) -> Participant:
    """The participant that a peer is a connection of, made if need be."""
    known = _known_participant(tx, meeting, sighting)
    if known is not None:
        return _rename(tx, known, sighting, now=now)
    # Of somebody without an id nothing is known but this connection, so they are one with it.
    anonymous = uuid5(_PARTICIPANTS, f"{meeting.workspace_id}/{sighting.peer_id}")
    return tx.participants.add(
        Participant(
            participant_id=str(anonymous if sighting.custom_id is None else uuid4()),
            workspace_id=meeting.workspace_id,
            meeting_id=meeting.meeting_id,
            custom_id=sighting.custom_id,
            name=sighting.name,
            preset=sighting.preset,
            view_type=sighting.view_type or ViewType.GROUP_CALL,
            created_at=now,
            updated_at=now,
        )
    )


def _known_participant(tx: Transaction, meeting: Meeting, sighting: Sighting) -> Participant | None:
    if sighting.participant_id is not None:
        named = tx.participants.get(meeting.workspace_id, sighting.participant_id)
        if named is None or named.meeting_id != meeting.meeting_id:
            raise NotFound(f"There is no participant {sighting.participant_id} in this meeting.")
        return named
    if sighting.custom_id is None:
        return None
    return tx.participants.by_custom_id(meeting.workspace_id, meeting.meeting_id, sighting.custom_id)


def _rename(tx: Transaction, participant: Participant, sighting: Sighting, *, now: datetime) -> Participant:
    """Take over what a client says of its person; what a token says is the application's and stays."""
    if sighting.participant_id is not None:
        return participant
    renamed = msgspec.structs.replace(
        participant,
        name=sighting.name or participant.name,
        preset=sighting.preset or participant.preset,
    )
    if renamed == participant:
        return participant
    renamed = msgspec.structs.replace(renamed, updated_at=now)
    tx.participants.update(renamed)
    return renamed


def _leaving_of_newcomer(session: Session, sighting: Sighting) -> tuple[datetime | None, LeaveReason | None]:
    """When somebody left of whom the first news is this."""
    if session.end_reason is EndReason.REQUEST and session.ended_at is not None:
        return min(sighting.last_at, session.ended_at), LeaveReason.SESSION_ENDED
    return (sighting.last_at, LeaveReason.LEFT) if sighting.has_left else (None, None)


def _keep_alive(meeting: Meeting) -> timedelta:
    return timedelta(seconds=meeting.settings.keep_alive)
