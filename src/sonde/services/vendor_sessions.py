"""Sessions that are hosted elsewhere: begun, ended and filled by what the vendor says of them.

All of it comes out the same however often and in whatever order it is told. What a session or a peer is
recognised by is its own id or the time, never that an event came first.
"""

from datetime import datetime
from typing import Final

import msgspec

from sonde.directory import Directory
from sonde.directory.directory import Transaction
from sonde.model.errors import Conflict
from sonde.model.peers import Device, LeaveReason, Peer, Place
from sonde.model.session_news import NewsKind, SessionNews, Vendor
from sonde.model.sessions import EndReason, Meeting, Session
from sonde.model.sightings import Sighting
from sonde.services.attendance import admit, begin, end_for_all, open_meeting
from sonde.services.clock import Clock, utc_now
from sonde.services.reported_peers import Looks
from sonde.services.sighting_checks import checked_sighting
from sonde.services.text import NAME_LENGTH, checked_text
from sonde.services.vendor_keys import VendorKeys

ATTEMPTS: Final = 3
"""How often news are written when others make the same meeting or peer at the same moment."""

NOTHING: Final = Looks(device=Device(), place=Place())
"""What vendors tell of a peer's device and place."""


class VendorSessions:
    """Takes what vendors tell.

    Args:
        directory: where sessions are kept.
        keys: what the vendors sign with.
        now: the present moment.
    """

    def __init__(self, directory: Directory, keys: VendorKeys, now: Clock = utc_now) -> None:
        self._directory = directory
        self._keys = keys
        self._now = now

    def check(self, vendor: Vendor, body: bytes, signature: str) -> None:
        """Refuse a body that the vendor did not sign; see `VendorKeys.check`.

        Raises:
            NotFound: this server takes nothing of that vendor.
            Unauthenticated: the vendor did not sign this.
        """
        self._keys.check(vendor, body, signature)

    def take(self, news: SessionNews) -> None:
        """Keep what is told. The same again, or in another order, changes nothing.

        Raises:
            Invalid: a part of it cannot be used.
            Unavailable: the directory cannot be reached.
        """
        now = self._now()
        checked_text(news.title, field="title", longest=NAME_LENGTH)
        sighting = checked_sighting(_sighting(news), now=now)
        for attempt in range(ATTEMPTS):
            try:
                with self._directory.write() as tx:
                    self._keep(tx, news, sighting, now=now)
            except Conflict:
                # Somebody else was faster; what they made is found the next time.
                if attempt == ATTEMPTS - 1:
                    raise
            else:
                return

    def _keep(self, tx: Transaction, news: SessionNews, sighting: Sighting, *, now: datetime) -> None:
        known = tx.peers.meeting_of(news.workspace_id, sighting.peer_id)
        meeting = open_meeting(tx, news.workspace_id, known or sighting.meeting, now=now)
        _entitle(tx, meeting, news, now=now)
        match news.kind:
            case NewsKind.STARTED:
                begin(tx, sighting, meeting=meeting, now=now)
            case NewsKind.ENDED:
                _end(tx, meeting, sighting, has_start=news.since is not None, now=now)
            case NewsKind.JOINED | NewsKind.LEFT:
                peer = tx.peers.get(news.workspace_id, sighting.peer_id)
                if peer is None:
                    admit(tx, sighting, NOTHING, meeting=meeting, has_reported=False, now=now)
                elif news.kind is NewsKind.LEFT:
                    _let_leave(tx, peer, news.at)


def _sighting(news: SessionNews) -> Sighting:
    """News as a sighting: somebody was there from then until then."""
    return Sighting(
        workspace_id=news.workspace_id,
        peer_id=news.peer_id,
        first_at=min(news.since or news.at, news.at),
        last_at=news.at,
        meeting=news.meeting,
        has_left=news.kind is NewsKind.LEFT,
        custom_id=news.custom_id,
        name=news.name,
    )


def _entitle(tx: Transaction, meeting: Meeting, news: SessionNews, *, now: datetime) -> None:
    """Give the vendor's title to a meeting that has none but its id; a title that people gave stays."""
    title = news.title.strip()
    if title and meeting.settings.title == news.meeting:
        settings = msgspec.structs.replace(meeting.settings, title=title)
        tx.meetings.update(meeting.workspace_id, meeting.meeting_id, settings, now=now)


def _end(tx: Transaction, meeting: Meeting, sighting: Sighting, *, has_start: bool, now: datetime) -> None:
    """End the session that went on then, and no later one: what is told may be old."""
    going_on = tx.sessions.around(meeting.meeting_id, since=sighting.first_at, until=sighting.last_at)
    nearest = min(going_on, key=lambda each: abs(each.started_at - sighting.first_at), default=None)
    session = nearest if has_start else next(iter(going_on), None)
    if session is None and has_start:
        session = begin(tx, sighting, meeting=meeting, now=now)
    if session is not None and session.end_reason is not EndReason.REQUEST:
        end_for_all(tx, session, now=now, ended_at=max(sighting.last_at, session.started_at))


def _let_leave(tx: Transaction, peer: Peer, at: datetime) -> None:
    """Note when a peer left. If the end of its session was told first, this is the better word."""
    if peer.left_at is not None and peer.leave_reason is not LeaveReason.SESSION_ENDED:
        return
    session = tx.sessions.get(peer.workspace_id, peer.session_id)
    left_at = max(min(at, _latest(session, at)), peer.joined_at)
    tx.peers.update(
        msgspec.structs.replace(peer, left_at=left_at, leave_reason=peer.leave_reason or LeaveReason.LEFT)
    )


def _latest(session: Session | None, at: datetime) -> datetime:
    """The latest moment at which somebody can have left a session."""
    return session.ended_at if session is not None and session.ended_at is not None else at
