"""The end of sessions: peers that vanished leave, and sessions that are empty end."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final, TypeAlias

import msgspec

from sonde.directory import Directory
from sonde.directory.directory import Transaction
from sonde.directory.records import SilentPeer
from sonde.model.peers import LeaveReason
from sonde.services.attendance import hold_meeting, settle
from sonde.services.clock import Clock, utc_now

SWEPT_EVERY: Final = 5.0
"""Seconds between two looks."""

PEER_TIME_OUT: Final = timedelta(seconds=60)
"""A peer that reported, and of which nothing was heard for this long, has left."""

ANNOUNCED_TIME_OUT: Final = timedelta(days=1)
"""A peer that only the application spoke of, and that never reported, is kept for this long."""

CATCH_UP: Final = timedelta(seconds=120)
"""After a start, or a pause of the whole machine, nobody times out and nothing ends for this long.

What happened meanwhile lies with the clients, which need a while to notice that the server is back.
"""

LastSamples: TypeAlias = Callable[[int, Collection[str]], Mapping[str, datetime]]
"""Gives the time of the latest sample of each of a workspace's peers that it knows of."""


def no_samples(_workspace_id: int, _peer_ids: Collection[str]) -> Mapping[str, datetime]:
    """Knows of no samples, so that the directory's own times hold."""
    return {}


class SessionSweeper:
    """Lets peers time out and ends sessions. Several processes may do it side by side.

    Args:
        directory: where sessions are kept.
        now: the present moment.
        last_samples: asked for the exact end of those who time out; the directory knows it to ten seconds.
    """

    def __init__(
        self, directory: Directory, now: Clock = utc_now, last_samples: LastSamples = no_samples
    ) -> None:
        self._directory = directory
        self._now = now
        self._last_samples = last_samples
        self._awake_since = self._last_sweep = now()

    def sweep(self) -> None:
        """Look once.

        Raises:
            Unavailable: the directory cannot be reached.
        """
        now = self._now()
        if now - self._last_sweep > PEER_TIME_OUT:
            self._awake_since = now
        self._last_sweep = now
        if now - self._awake_since < CATCH_UP:
            return
        self._time_out(now)
        self._end_deserted(now)

    def _time_out(self, now: datetime) -> None:
        with self._directory.read() as tx:
            silent = _silent(tx, now)
        for workspace_id, of_workspace in groupby(silent, key=lambda each: each.workspace_id):
            peers = list(of_workspace)
            last = self._last_samples(workspace_id, [each.peer_id for each in peers if each.has_reported])
            for meeting_id, of_meeting in groupby(peers, key=lambda each: each.meeting_id):
                self._time_out_in(workspace_id, meeting_id, peers=list(of_meeting), last=last)

    def _time_out_in(
        self,
        workspace_id: int,
        meeting_id: str,
        *,
        peers: list[SilentPeer],
        last: Mapping[str, datetime],
    ) -> None:
        with self._directory.write() as tx:
            hold_meeting(tx, workspace_id, meeting_id)
            for silent in peers:
                peer = tx.peers.get(workspace_id, silent.peer_id)
                if peer is None or peer.left_at is not None or peer.heard_at != silent.heard_at:
                    continue
                seen = max(peer.last_seen_at, last.get(peer.peer_id, peer.last_seen_at))
                left_at = seen if peer.has_reported else peer.heard_at + ANNOUNCED_TIME_OUT
                tx.peers.update(
                    msgspec.structs.replace(
                        peer, last_seen_at=seen, left_at=left_at, leave_reason=LeaveReason.TIME_OUT
                    )
                )

    def _end_deserted(self, now: datetime) -> None:
        with self._directory.read() as tx:
            deserted = tx.sessions.deserted()
        for session in deserted:
            with self._directory.write() as tx:
                meeting = hold_meeting(tx, session.workspace_id, session.meeting_id)
                held = tx.sessions.get(session.workspace_id, session.session_id)
                if held is not None and held.ended_at is None:
                    settle(tx, held, meeting, now=now, may_end=True)


def _silent(tx: Transaction, now: datetime) -> list[SilentPeer]:
    return tx.peers.silent(reporting_since=now - PEER_TIME_OUT, announced_since=now - ANNOUNCED_TIME_OUT)
