"""What is concluded of peers and sessions, found again: summaries, issues, intervals in buckets."""

from collections.abc import Sequence
from typing import BinaryIO, Final

import msgspec

from sonde.model.conclusions import PeerIssue, PeerSummary, PointBucket
from sonde.model.distributions import NumberDistribution
from sonde.model.errors import Invalid
from sonde.model.people import Access
from sonde.model.samples import StreamKey
from sonde.quality.averages import as_mos
from sonde.services.evaluations import Evaluations
from sonde.services.samples import SampleWindow, span_of
from sonde.store import Store
from sonde.store.buckets import BucketSpan, select_buckets
from sonde.store.conclusions import select_issues, select_summary
from sonde.store.distributions import DistributionSpan, select_distributions
from sonde.store.exports import Form
from sonde.store.sample_exports import export_points

BUCKETS_MAX: Final = 20_000
"""Most buckets in one answer."""

SCORES: Final = frozenset({"mos", "mos_low", "mos_high", "r_factor"})
"""The numbers of a bucket that are on a scale."""

TWO_SCALES: Final = "There are scores on different scales, which must not be put together."


class Conclusions:
    """What is concluded from samples.

    Args:
        evaluations: keep it fresh.
        store: has it.
    """

    def __init__(self, evaluations: Evaluations, store: Store) -> None:
        self._evaluations = evaluations
        self._store = store

    def summary(self, access: Access, peer_id: str) -> PeerSummary:
        """A peer's streams and distributions; empty while it has not reported.

        Raises:
            NotFound: nothing is known of such a peer.
            Unavailable: the store cannot be asked now.
        """
        key = self._evaluations.of_peer(access, peer_id)
        return select_summary(self._store, key) or PeerSummary()

    def issues_of_peer(self, access: Access, peer_id: str) -> list[PeerIssue]:
        """The issues of a peer, by their start.

        Raises:
            NotFound: nothing is known of such a peer.
            Unavailable: the store cannot be asked now.
        """
        key = self._evaluations.of_peer(access, peer_id)
        return select_issues(self._store, key.workspace_id, [key.peer_id])

    def issues_of_session(self, access: Access, session_id: str) -> list[PeerIssue]:
        """The issues of all peers of a session, by their start.

        Raises:
            NotFound: the workspace has no such session.
            Unavailable: the store cannot be asked now.
        """
        peers = self._evaluations.of_session(access, session_id)
        return select_issues(self._store, access.workspace.workspace_id, peers)

    def distributions_of_peer(self, access: Access, peer_id: str) -> list[NumberDistribution]:
        """How the numbers of a peer's streams were spread, by class of streams and number.

        Raises:
            NotFound: nothing is known of such a peer.
            Unavailable: the store cannot be asked now.
        """
        found = self._evaluations.of_peer(access, peer_id)
        return self._distributions(access, [found.session_id], found.peer_id)

    def distributions_of_session(self, access: Access, session_id: str) -> list[NumberDistribution]:
        """The same of the streams of all peers of a session.

        Raises:
            NotFound: the workspace has no such session.
            Unavailable: the store cannot be asked now.
        """
        self._evaluations.of_session(access, session_id)
        return self._distributions(access, [session_id.lower()])

    def distributions(self, access: Access, session_ids: Sequence[str]) -> list[NumberDistribution]:
        """The same of many sessions, as far as they have been worked out.

        Raises:
            Unavailable: the store cannot be asked now.
        """
        return self._distributions(access, session_ids)

    def buckets(
        self, access: Access, peer_id: str, window: SampleWindow, *, width: float, stream: StreamKey
    ) -> list[PointBucket]:
        """The intervals of a peer's streams put together to a wanted width.

        Args:
            access: who asks, and in which workspace.
            peer_id: whose streams.
            window: intervals that begin within it.
            width: of a bucket in seconds.
            stream: which; an empty name of a connection or stream stands for all.

        Raises:
            Invalid: so many buckets are no answer.
            NotFound: nothing is known of such a peer.
            Unavailable: the store cannot be asked now.
        """
        key = self._evaluations.of_peer(access, peer_id)
        span = span_of(access, peer_id, window)
        found = select_buckets(
            self._store,
            BucketSpan(
                workspace_id=key.workspace_id,
                peer_id=key.peer_id,
                start=span.start,
                end=span.end,
                width=max(round(width * 10**9), 1),
                connection=stream.connection,
                stream_id=stream.stream_id,
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
        self, access: Access, peer_id: str, window: SampleWindow, *, stream: StreamKey, form: Form
    ) -> BinaryIO:
        """A file of the intervals of a peer's streams, each for itself; otherwise as `buckets`.

        Raises:
            Limited: there is too much for one answer.
            Unavailable: the store cannot be asked now.
        """
        self._evaluations.of_peer(access, peer_id)
        return export_points(self._store, span_of(access, peer_id, window), stream, form)

    def _distributions(
        self, access: Access, session_ids: Sequence[str], peer_id: str = ""
    ) -> list[NumberDistribution]:
        span = DistributionSpan(
            workspace_id=access.workspace.workspace_id, session_ids=session_ids, peer_id=peer_id
        )
        return _on_r(select_distributions(self._store, span))


def _on_r(found: Sequence[NumberDistribution]) -> list[NumberDistribution]:
    """The same with the mean MOS of sound by the mean of R, which is additive."""
    ratings = {_class(each): each.mean_over_time for each in found if each.number == "r_factor"}
    return [
        msgspec.structs.replace(each, mean_over_time=as_mos(ratings[_class(each)], each.scale))
        if each.number == "mos" and each.scale and _class(each) in ratings
        else each
        for each in found
    ]


def _class(found: NumberDistribution) -> tuple[str, str, str | None, str | None]:
    return found.direction, found.kind, found.source, found.scale


def _comparable(bucket: PointBucket) -> PointBucket:
    """A bucket whose scores may be put together: sound is averaged on R, and nothing across scales."""
    if len(bucket.scales) != 1:
        least, mean, most = (_without_scores(each) for each in (bucket.least, bucket.mean, bucket.most))
        reason = TWO_SCALES if bucket.scales else bucket.reason
        return msgspec.structs.replace(bucket, least=least, mean=mean, most=most, reason=reason)
    if "r_factor" not in bucket.mean:
        return bucket
    mos = float(f"{as_mos(bucket.mean['r_factor'], bucket.scales[0]):.6g}")
    mean = {**bucket.mean, "mos": mos}
    for name, outer in (("mos_low", min), ("mos_high", max)):
        if name in mean:
            # A mean of MOS and one of R are not the same, and a score is never outside of its limits.
            mean[name] = outer(mean[name], mos)
    return msgspec.structs.replace(bucket, mean=mean)


def _without_scores(numbers: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in numbers.items() if name not in SCORES}
