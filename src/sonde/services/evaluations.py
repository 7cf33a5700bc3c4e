"""When a session is worked out, and working it out: intervals, scores, issues and distributions of its peers.

That happens when a session has gone quiet, and when somebody asks while it goes on. Nothing but what the
store and the directory hold decides whether it is due, so that a restart forgets nothing.
"""

import threading
import time
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import structlog

from sonde.directory import Directory
from sonde.model.errors import NotFound
from sonde.model.people import Access
from sonde.model.samples import SampleSpan
from sonde.model.sessions import Session
from sonde.services.clock import Clock, utc_now
from sonde.services.concluding import conclude
from sonde.services.report_keeping import keep_bodies
from sonde.services.reports import nanoseconds
from sonde.services.sighting_checks import checked_uuid
from sonde.store import Store
from sonde.store.conclusions import PeerKey, insert_conclusions, select_progress, select_stale
from sonde.store.peer_reports import select_settled
from sonde.store.samples import count_samples, select_recordings

QUIET: Final = timedelta(seconds=90)
"""A peer that was not heard of for so long is worked out; later news have it worked out again."""

SETTLED: Final = timedelta(seconds=60)
"""After so long all of a payload is in the store, which notes it before what is in it. A peer that was worked
out earlier, because somebody asked, is worked out once more when it has gone quiet."""

REACH: Final = timedelta(days=2)
"""How far back peers are looked for that were not worked out."""

CONCLUDED_EVERY: Final = 10.0
"""Seconds between two looks for such peers."""

PEERS_AT_ONCE: Final = 200
"""Most peers that one look works out."""

TOGETHER_MAX: Final = 100_000
"""Samples up to which the peers of a session are worked out together; with more, each for itself."""

PATIENCE: Final = 20
"""Working out a live session again waits this many times as long as it took; one that ended does not wait."""

RESTS_MAX: Final = 10_000
"""Most sessions of which it is remembered how long they rest."""

_log = structlog.get_logger()


class Group(NamedTuple):
    """Peers that are worked out together: those of a session, or one that has none.

    Attributes:
        over_since: when it was known that the session has ended, milliseconds since the epoch; 0 while it
            goes on.
    """

    workspace_id: int
    session_id: str
    peers: list[str]
    over_since: int = 0


class EvaluatedPeer(PeerKey, frozen=True):
    """A peer with its session; empty for a peer that has none."""

    session_id: str = ""


class Evaluations:
    """What is concluded, kept as fresh as is worth the while.

    Args:
        directory: knows which peers belong together.
        store: has their samples, and keeps what is concluded.
    """

    def __init__(self, directory: Directory, store: Store, now: Clock = utc_now) -> None:
        self._directory = directory
        self._store = store
        self._now = now
        self._lock = threading.Lock()
        self._rests: OrderedDict[PeerKey, float] = OrderedDict()

    def of_peer(self, access: Access, peer_id: str) -> EvaluatedPeer:
        """A peer whose session is worked out as far as is worth the while.

        Raises:
            Invalid: the id is no UUID.
            NotFound: nothing is known of such a peer.
            Unavailable: the store or the directory cannot be used now.
        """
        key = PeerKey(access.workspace.workspace_id, checked_uuid(peer_id, field="peer_id"))
        group = self._group_of(key)
        has_reported = self._refresh(group)
        if not (group.session_id or has_reported):
            raise no_peer(peer_id)
        return EvaluatedPeer(key.workspace_id, key.peer_id, group.session_id)

    def of_session(self, access: Access, session_id: str) -> list[str]:
        """The peers of a session that is worked out in the same way.

        Raises:
            Invalid: the id is no UUID.
            NotFound: the workspace has no such session.
            Unavailable: the store or the directory cannot be used now.
        """
        session_id = checked_uuid(session_id, field="session_id")
        workspace_id = access.workspace.workspace_id
        with self._directory.read() as tx:
            session = tx.sessions.get(workspace_id, session_id)
            if session is None:
                raise NotFound(f"There is no session {session_id} in this workspace.")
            peers = tx.peers.ids_of_session(workspace_id, session_id)
        if peers:
            self._refresh(Group(workspace_id, session_id, peers, _over_since(session)))
        return peers

    def conclude_quiet(self) -> int:
        """Work out the sessions whose peers have gone quiet; how many peers that were.

        Raises:
            Unavailable: the store or the directory cannot be used now.
        """
        now = self._now()
        quiet_since = _milliseconds(now - QUIET)
        stale = select_stale(
            self._store,
            since=_milliseconds(now - REACH),
            quiet_since=quiet_since,
            settling=SETTLED // timedelta(milliseconds=1),
            limit=PEERS_AT_ONCE,
        )
        done: set[PeerKey] = set()
        for key in stale:
            if key not in done:
                done |= self._conclude_if_quiet(key, quiet_since)
        return len(done)

    def conclude_again(self, key: PeerKey) -> set[PeerKey]:
        """Work out the session of a peer, whatever is known of it; all the peers in it.

        Raises:
            Unavailable: the store or the directory cannot be used now.
        """
        group = self._group_of(key)
        with self._lock:
            self._conclude(group)
        return _keys(group)

    def _refresh(self, group: Group) -> bool:
        """Work peers out if that is due; returns whether any of them ever reported."""
        has_reported, is_due = self._look(group)
        if is_due:
            # Whoever waits for somebody who works the same out finds it done.
            with self._lock:
                if self._look(group)[1]:
                    self._conclude(group)
        return has_reported

    def _look(self, group: Group) -> tuple[bool, bool]:
        """Whether any of the peers ever reported, and whether they are due."""
        progress = select_progress(self._store, group.workspace_id, group.peers)
        is_behind = any(each.heard > each.computed for each in progress)
        # What is seen of a session that ended is what stays of it.
        is_final = any(each.computed < group.over_since for each in progress)
        rests_until = self._rests.get(PeerKey(group.workspace_id, group.peers[0]), 0.0)
        return bool(progress), is_behind and (is_final or time.monotonic() >= rests_until)

    def _conclude_if_quiet(self, key: PeerKey, quiet_since: int) -> set[PeerKey]:
        """The peers that were worked out; none while one of the session still reports."""
        group = self._group_of(key)
        progress = select_progress(self._store, group.workspace_id, group.peers)
        if any(each.heard >= quiet_since for each in progress):
            return {key}
        with self._lock:
            self._conclude(group)
        return _keys(group)

    def _group_of(self, key: PeerKey) -> Group:
        """The session of a peer; a peer of which the directory knows nothing is alone."""
        with self._directory.read() as tx:
            session_id = tx.peers.session_of(key.workspace_id, key.peer_id)
            if session_id is None:
                return Group(key.workspace_id, "", [key.peer_id])
            peers = tx.peers.ids_of_session(key.workspace_id, session_id)
            session = tx.sessions.get(key.workspace_id, session_id)
        return Group(key.workspace_id, session_id, peers, _over_since(session))

    def _conclude(self, group: Group) -> None:
        workspace_id, session_id, peers, _ = group
        began = time.monotonic()
        now = self._now()
        computed_at, settled = _milliseconds(now), _milliseconds(now - SETTLED)
        spans = [SampleSpan(workspace_id=workspace_id, peer_id=peer_id) for peer_id in peers]
        is_small = sum(count_samples(self._store, span) for span in spans) <= TOGETHER_MAX
        for together in [spans] if is_small else [[span] for span in spans]:
            # Before the samples: a payload that comes in between makes what is kept of its peer old.
            payloads = select_settled(
                self._store, workspace_id, [span.peer_id for span in together], until=settled
            )
            recordings = {span.peer_id: select_recordings(self._store, span) for span in together}
            concluded = conclude(
                recordings, workspace_id=workspace_id, session_id=session_id, computed_at=computed_at
            )
            insert_conclusions(self._store, concluded)
            keep_bodies(self._store, recordings, payloads, workspace_id=workspace_id, computed_at=computed_at)
        took = time.monotonic() - began
        self._rest(PeerKey(workspace_id, peers[0]), PATIENCE * took)
        _log.debug("session.concluded", session_id=session_id, peers=len(peers), took=round(took, 3))

    def _rest(self, key: PeerKey, seconds: float) -> None:
        self._rests[key] = time.monotonic() + seconds
        self._rests.move_to_end(key)
        while len(self._rests) > RESTS_MAX:
            self._rests.popitem(last=False)


def no_peer(peer_id: str) -> NotFound:
    """What is said of a peer of which nothing came yet, or ever will."""
    return NotFound(
        f"There is no peer {peer_id} in this workspace.",
        hint="What a client reports can be read about a second after it was accepted.",
    )


def _keys(group: Group) -> set[PeerKey]:
    return {PeerKey(group.workspace_id, peer_id) for peer_id in group.peers}


def _over_since(session: Session | None) -> int:
    return 0 if session is None or session.ended_at is None else _milliseconds(session.updated_at)


def _milliseconds(moment: datetime) -> int:
    return nanoseconds(moment) // 10**6
