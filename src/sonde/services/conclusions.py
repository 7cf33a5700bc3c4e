"""Intervals, scores, issues and distributions of sessions: worked out, kept and found again.

They are worked out when a session has gone quiet, and when somebody asks while it goes on. Nothing but what
the store and the directory hold decides whether that is due, so that a restart forgets nothing.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import BinaryIO, Final

import msgspec
import structlog

from sonde.directory import Directory
from sonde.model.conclusions import PeerIssue, PeerSummary, PointBucket
from sonde.model.errors import Invalid, NotFound, SondeError
from sonde.model.people import Access
from sonde.model.samples import SampleSpan, StreamKey
from sonde.quality.averages import as_mos
from sonde.services.clock import Clock, utc_now
from sonde.services.concluding import conclude
from sonde.services.reports import nanoseconds
from sonde.services.samples import SampleWindow, span_of
from sonde.services.sighting_checks import checked_uuid
from sonde.store import Store
from sonde.store.conclusions import (
    BucketSpan,
    PeerKey,
    insert_conclusions,
    select_buckets,
    select_computed,
    select_issues,
    select_newest,
    select_stale,
    select_summary,
)
from sonde.store.exports import Form
from sonde.store.sample_exports import export_points
from sonde.store.samples import count_samples, select_recordings

QUIET: Final = timedelta(seconds=90)
"""A peer that was not heard of for so long is worked out; later news have it worked out again."""

REACH: Final = timedelta(days=2)
"""How far back peers are looked for that were not worked out."""

ROUND: Final = 10.0
"""Seconds between two looks for such peers."""

PEERS_AT_ONCE: Final = 200
"""Most peers that one look works out."""

TOGETHER_MAX: Final = 100_000
"""Samples up to which the peers of a session are worked out together; with more, each for itself."""

PATIENCE: Final = 20
"""Working out a live session again waits this many times as long as it took."""

RESTS_MAX: Final = 10_000
"""Most sessions of which it is remembered how long they rest."""

BUCKETS_MAX: Final = 20_000
"""Most buckets in one answer."""

SCORES: Final = frozenset({"mos", "mos_low", "mos_high", "r_factor"})
"""The numbers of a bucket that are on a scale."""

_log = structlog.get_logger()


class Conclusions:
    """What is concluded from samples.

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

    def summary(self, access: Access, peer_id: str) -> PeerSummary:
        """A peer's streams and distributions.

        Raises:
            NotFound: nothing is known of such a peer.
            Unavailable: the store cannot be asked now.
        """
        key = self._current(access, peer_id)
        summary = select_summary(self._store, key)
        if summary is None:
            raise NotFound(f"The peer {peer_id} reported nothing.")
        return summary

    def issues(self, access: Access, peer_ids: Sequence[str]) -> list[PeerIssue]:
        """The issues of some peers of one session, by their start.

        Raises:
            NotFound: nothing is known of such a peer.
            Unavailable: the store cannot be asked now.
        """
        keys = [self._current(access, peer_id) for peer_id in peer_ids]
        found = [issue for key in keys for issue in select_issues(self._store, key)]
        return sorted(found, key=lambda each: (each.issue.start, each.issue.type, each.issue.peer))

    def buckets(
        self, access: Access, peer_id: str, window: SampleWindow, *, width: float, stream: StreamKey | None
    ) -> list[PointBucket]:
        """The intervals of a peer's streams, or of one, put together to a wanted width.

        Args:
            access: who asks, and in which workspace.
            peer_id: whose streams.
            window: intervals that begin within it.
            width: of a bucket in seconds.
            stream: which one; None for all.

        Raises:
            Invalid: so many buckets are no answer.
            NotFound: nothing is known of such a peer.
            Unavailable: the store cannot be asked now.
        """
        key = self._current(access, peer_id)
        span = span_of(access, peer_id, window)
        found = select_buckets(
            self._store,
            BucketSpan(
                workspace_id=key.workspace_id,
                peer_id=key.peer_id,
                start=span.start,
                end=span.end,
                width=max(round(width * 10**9), 1),
                connection=stream.connection if stream else "",
                stream_id=stream.stream_id if stream else "",
            ),
            limit=BUCKETS_MAX + 1,
        )
        if len(found) > BUCKETS_MAX:
            raise Invalid(
                f"The answer would have more than {BUCKETS_MAX} buckets.",
                hint="Ask for wider ones, or for a shorter time.",
                field="width",
            )
        return [_comparable(bucket) for bucket in found]

    def export(
        self, access: Access, peer_id: str, window: SampleWindow, *, stream: StreamKey | None, form: Form
    ) -> BinaryIO:
        """A file of the intervals of a peer's streams, or of one, each for itself.

        Raises:
            Limited: there is too much for one answer.
            Unavailable: the store cannot be asked now.
        """
        self._current(access, peer_id)
        return export_points(self._store, span_of(access, peer_id, window), stream, form)

    def bring_up_to_date(self, access: Access, peer_id: str) -> None:
        """Work the session of a peer out, as far as is worth the while.

        Raises:
            Unavailable: the store or the directory cannot be used now.
        """
        self._current(access, peer_id)

    def conclude_quiet(self) -> int:
        """Work out the sessions whose peers have gone quiet; how many peers that were.

        Raises:
            Unavailable: the store or the directory cannot be used now.
        """
        now = self._now()
        quiet_since = _milliseconds(now - QUIET)
        stale = select_stale(
            self._store, since=_milliseconds(now - REACH), quiet_since=quiet_since, limit=PEERS_AT_ONCE
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
        session_id, peers = self._session_of(key)
        with self._lock:
            self._conclude(key.workspace_id, session_id, peers)
        return {PeerKey(key.workspace_id, peer_id) for peer_id in peers}

    def _current(self, access: Access, peer_id: str) -> PeerKey:
        """A peer whose session is worked out as far as is worth the while; raises Invalid for no UUID."""
        key = PeerKey(access.workspace.workspace_id, checked_uuid(peer_id, field="peer_id"))
        session_id, peers = self._session_of(key)
        with self._lock:
            if self._is_due(key.workspace_id, peers):
                self._conclude(key.workspace_id, session_id, peers)
        return key

    def _is_due(self, workspace_id: int, peers: Sequence[str]) -> bool:
        newest = select_newest(self._store, workspace_id, peers)
        computed = select_computed(self._store, workspace_id, peers)
        if all(computed.get(peer_id, -1) >= heard for peer_id, heard in newest.items()):
            return False
        return time.monotonic() >= self._rests.get(PeerKey(workspace_id, peers[0]), 0.0)

    def _conclude_if_quiet(self, key: PeerKey, quiet_since: int) -> set[PeerKey]:
        """The peers that were worked out; none while one of the session still reports."""
        session_id, peers = self._session_of(key)
        newest = select_newest(self._store, key.workspace_id, peers)
        if max(newest.values(), default=0) >= quiet_since:
            return {key}
        with self._lock:
            self._conclude(key.workspace_id, session_id, peers)
        return {PeerKey(key.workspace_id, peer_id) for peer_id in peers}

    def _session_of(self, key: PeerKey) -> tuple[str, list[str]]:
        """The session of a peer and all peers in it; a peer of which the directory knows nothing is alone."""
        with self._directory.read() as tx:
            peer = tx.peers.get(key.workspace_id, key.peer_id)
            if peer is None:
                return "", [key.peer_id]
            peers = tx.peers.of_session(key.workspace_id, peer.session_id)
        return peer.session_id, sorted(each.peer_id for each in peers)

    def _conclude(self, workspace_id: int, session_id: str, peers: Sequence[str]) -> None:
        began = time.monotonic()
        computed_at = _milliseconds(self._now())
        spans = [SampleSpan(workspace_id=workspace_id, peer_id=peer_id) for peer_id in peers]
        is_small = sum(count_samples(self._store, span) for span in spans) <= TOGETHER_MAX
        for group in [spans] if is_small else [[span] for span in spans]:
            recordings = {span.peer_id: select_recordings(self._store, span) for span in group}
            concluded = conclude(
                recordings, workspace_id=workspace_id, session_id=session_id, computed_at=computed_at
            )
            insert_conclusions(self._store, concluded)
        took = time.monotonic() - began
        self._rest(PeerKey(workspace_id, peers[0]), PATIENCE * took)
        _log.debug("session.concluded", session_id=session_id, peers=len(peers), took=round(took, 3))

    def _rest(self, key: PeerKey, seconds: float) -> None:
        self._rests[key] = time.monotonic() + seconds
        self._rests.move_to_end(key)
        while len(self._rests) > RESTS_MAX:
            self._rests.popitem(last=False)


class Concluder:
    """Works out quiet sessions in the background, for as long as the server runs."""

    def __init__(self, conclusions: Conclusions) -> None:
        self._conclusions = conclusions
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="concluder", daemon=True)

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def close(self) -> None:
        """Stop after what is being worked out."""
        self._closing.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._closing.wait(ROUND):
            try:
                self._conclusions.conclude_quiet()
            except SondeError as error:
                _log.warning("concluder.failed", reason=error.message)
            except Exception:  # noqa: BLE001 - whatever it is, other sessions must not wait for a restart
                _log.exception("concluder.broken")


def _comparable(bucket: PointBucket) -> PointBucket:
    """A bucket whose scores may be put together: sound is averaged on R, and nothing across scales."""
    if len(bucket.scales) != 1:
        least, mean, most = (_without_scores(each) for each in (bucket.least, bucket.mean, bucket.most))
        return msgspec.structs.replace(bucket, least=least, mean=mean, most=most)
    if "r_factor" not in bucket.mean:
        return bucket
    mos = as_mos(bucket.mean["r_factor"], bucket.scales[0])
    return msgspec.structs.replace(bucket, mean={**bucket.mean, "mos": mos})


def _without_scores(numbers: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in numbers.items() if name not in SCORES}


def _milliseconds(moment: datetime) -> int:
    return nanoseconds(moment) // 10**6
