"""Sessions and peers by what is known of them in two places: who was there, and how good it was.

The directory has the order and the store has the quality, so candidates come from the one in their order and
are judged by the other, some hundred at a time. A search that finds little stops after a while and says where
it got to: the next page goes on from there.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

import msgspec

from sonde.directory import Directory
from sonde.model.errors import Invalid
from sonde.model.listing import PeerFilter, Position, SessionFilter
from sonde.model.peers import Peer
from sonde.model.people import Access
from sonde.services.evaluations import Evaluations
from sonde.services.sessions import SessionDetail, Sessions
from sonde.services.text import NAME_LENGTH, checked_text
from sonde.store import Store
from sonde.store.peer_matches import select_matching
from sonde.webrtc.issues.catalogue import TYPES

CANDIDATES: Final = 500
"""Sessions whose peers are judged at once."""

LOOKS_MAX: Final = 20
"""How many times that for one page."""


class SessionPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some of the sessions that are wanted.

    Attributes:
        sessions: the one that began last first; there may be none although there is more to look at.
        end: where to go on; None when there is nothing behind.
    """

    sessions: list[SessionDetail]
    end: Position | None


class CallSearch:
    """Looks for sessions and peers.

    Args:
        directory: knows who was there.
        store: has what is concluded.
        sessions: lists candidates.
        evaluations: keeps fresh what is concluded of a session that is asked for.
    """

    def __init__(
        self, directory: Directory, store: Store, *, sessions: Sessions, evaluations: Evaluations
    ) -> None:
        self._directory = directory
        self._store = store
        self._sessions = sessions
        self._evaluations = evaluations

    def sessions(
        self, access: Access, wanted: SessionFilter, *, limit: int, after: Position | None = None
    ) -> SessionPage:
        """The workspace's sessions behind a position, the one that began last first.

        By quality only those are found that were worked out, which is within two minutes of the last report.

        Raises:
            Invalid: the words to look for are not plain text, or there is no such issue.
            Unavailable: the store or the directory cannot be used now.
        """
        _check(wanted.peer)
        at_once = CANDIDATES if wanted.peer.asks_for_quality else limit + 1
        found: list[SessionDetail] = []
        for _ in range(LOOKS_MAX):
            candidates = self._sessions.page(access, wanted, limit=at_once, after=after)
            found += self._judged(access, candidates, wanted.peer)
            if len(found) > limit:
                return SessionPage(sessions=found[:limit], end=_position(found[limit - 1]))
            if len(candidates) < at_once:
                return SessionPage(sessions=found, end=None)
            after = _position(candidates[-1])
        return SessionPage(sessions=found, end=after)

    def peers(
        self,
        access: Access,
        session_id: str,
        wanted: PeerFilter,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Peer]:
        """Those of a session's peers that are wanted, in the order in which they came.

        Args:
            access: who asks, and in which workspace.
            session_id: UUID of the session.
            wanted: what is asked of them.
            since: only peers that were there after this moment.
            until: only peers that came before this moment.

        Raises:
            Invalid: the id is no UUID, or there is no such issue.
            NotFound: the workspace has no such session.
            Unavailable: the store or the directory cannot be used now.
        """
        _check(wanted)
        found = [
            peer
            for peer in self._sessions.peers(access, session_id)
            if _runs(peer, wanted)
            and (since is None or peer.left_at is None or peer.left_at > since)
            and (until is None or peer.created_at < until)
        ]
        if not (wanted.asks_for_quality and found):
            return found
        self._evaluations.of_session(access, session_id)
        matching = self._matching(access, [peer.peer_id for peer in found], wanted)
        return [peer for peer in found if peer.peer_id in matching]

    def _judged(
        self, access: Access, candidates: Sequence[SessionDetail], wanted: PeerFilter
    ) -> list[SessionDetail]:
        if not wanted.asks_for_quality:
            return list(candidates)
        with self._directory.read() as tx:
            peers = tx.peers.of_sessions([each.session.session_id for each in candidates], wanted)
        matching = self._matching(access, [each for ids in peers.values() for each in ids], wanted)
        return [
            each for each in candidates if not matching.isdisjoint(peers.get(each.session.session_id, ()))
        ]

    def _matching(self, access: Access, peer_ids: Collection[str], wanted: PeerFilter) -> set[str]:
        return select_matching(self._store, access.workspace.workspace_id, peer_ids, wanted)


def _check(wanted: PeerFilter) -> None:
    checked_text(wanted.sdk, field="sdk", longest=NAME_LENGTH)
    checked_text(wanted.sdk_version, field="sdk_version", longest=NAME_LENGTH)
    if wanted.issue and wanted.issue not in TYPES:
        raise Invalid(
            f"There is no type of issue called {wanted.issue[:40]!r}.",
            hint=f"There are: {', '.join(TYPES)}.",
            field="issue",
        )


def _runs(peer: Peer, wanted: PeerFilter) -> bool:
    return wanted.sdk in {"", peer.device.sdk} and wanted.sdk_version in {"", peer.device.sdk_version}


def _position(found: SessionDetail) -> Position:
    return Position(at=found.session.started_at, record_id=found.session.session_id)
