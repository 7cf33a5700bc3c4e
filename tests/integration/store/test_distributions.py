"""Distributions of numbers: mergeable over any streams, true to their error, and never doubled."""

from collections.abc import Sequence
from math import floor

import msgspec
import numpy as np
import pytest

from sonde.model.conclusions import PeerConclusions, PeerSummary, StreamPoint
from sonde.model.distributions import PERCENTILES, RELATIVE_ERROR, NumberDistribution
from sonde.store import Store
from sonde.store.conclusions import insert_conclusions
from sonde.store.distributions import DistributionSpan, select_distributions

pytestmark = pytest.mark.integration

SECOND = 10**9
SESSIONS = {"one": ("ann", "bob"), "two": ("cem",)}
SINGLE = 1e-6
"""What single precision may do to a number."""


def points(jitters: Sequence[float], losses: Sequence[float], **changes) -> tuple[StreamPoint, ...]:
    """A second each, of sound received."""
    return tuple(
        StreamPoint(
            connection="1",
            stream_id=changes.get("stream_id", "I1"),
            start=second * SECOND,
            end=(second + 1) * SECOND,
            direction="recv",
            kind="audio",
            source="microphone",
            jitter=jitter,
            loss_ratio=loss,
            mos=changes.get("mos", 4.0),
            r_factor=80.0,
            scale=changes.get("scale", "narrowband"),
        )
        for second, (jitter, loss) in enumerate(zip(jitters, losses, strict=True))
    )


def keep(store: Store, session: str, peers: dict[str, tuple[StreamPoint, ...]], *, computed_at: int) -> None:
    """Keep what was concluded of a session."""
    conclusions = [
        PeerConclusions(
            workspace_id=1,
            peer_id=peer,
            session_id=session,
            computed_at=computed_at,
            summary=PeerSummary(),
            points=found,
        )
        for peer, found in peers.items()
    ]
    insert_conclusions(store, conclusions)


def ask(store: Store, *sessions: str, **which) -> dict[str, NumberDistribution]:
    """The distributions of these sessions, by number."""
    span = DistributionSpan(workspace_id=which.pop("workspace_id", 1), session_ids=sessions, **which)
    return {found.number: found for found in select_distributions(store, span)}


def test_many_streams_merge_to_what_their_values_give(store):
    """Percentiles of a sketch are within its error of numpy's, and those of a histogram exact to the bin."""
    chance = np.random.default_rng(5)
    jitters, losses = [], []
    for number, (session, peers) in enumerate(SESSIONS.items()):
        heard = {peer: chance.lognormal(-4 + number, 1, 700) for peer in peers}
        lost = {peer: chance.beta(1, 20, 700) for peer in peers}
        keep(store, session, {peer: points(heard[peer], lost[peer]) for peer in peers}, computed_at=1)
        jitters += [*heard.values()]
        losses += [*lost.values()]
    found = ask(store, *SESSIONS)
    values = np.concatenate(jitters)
    jitter = found["jitter"]
    assert (jitter.streams, jitter.intervals, jitter.seconds) == (3, 2100, 2100.0)
    assert jitter.mean_over_time == pytest.approx(values.mean(), rel=1e-5)
    assert (jitter.low, jitter.high) == pytest.approx((values.min(), values.max()), rel=1e-5)
    for name, share in PERCENTILES.items():
        lower, higher = (float(np.quantile(values, share, method=way)) for way in ("lower", "higher"))
        error = RELATIVE_ERROR + SINGLE
        assert lower * (1 - error) <= jitter.percentiles[name] <= higher * (1 + error), name
    bins = [floor(float(np.float32(value)) / 0.001 + 0.5) for value in np.concatenate(losses)]
    loss = found["loss_ratio"]
    assert loss.histogram.counts == {bin_: bins.count(bin_) for bin_ in sorted(set(bins))}
    assert (loss.relative_error, jitter.relative_error, jitter.histogram) == (0.0, RELATIVE_ERROR, None)
    exact = float(np.quantile(bins, 0.9, method="inverted_cdf")) * 0.001
    assert loss.percentiles["p90"] == pytest.approx(exact, abs=1e-9)


def test_repetitions_and_later_news_count_once(store):
    """The same conclusions again change nothing; later ones take their place, streams that vanished too."""
    first = {"ann": points([0.01] * 9, [0.0] * 9), "bob": points([0.02] * 9, [0.0] * 9)}
    for _ in range(3):
        keep(store, "one", first, computed_at=1)
    before = ask(store, "one")
    assert (before["jitter"].intervals, before["jitter"].histogram) == (18, None)
    assert before["loss_ratio"].histogram.counts == {0: 18}
    moved = {"ann": points([0.04] * 5, [0.1] * 5, stream_id="I2"), "bob": first["bob"]}
    keep(store, "one", moved, computed_at=2)
    after = ask(store, "one")
    assert after["loss_ratio"].histogram.counts == {0: 9, 100: 5}
    assert after["jitter"].high == pytest.approx(0.04)


def test_a_question_is_about_what_it_names(store):
    """Sessions, one peer of them, and nobody else's workspace; classes and scales are kept apart."""
    good, bad = points([0.01] * 4, [0.0] * 4), points([0.08] * 4, [0.5] * 4, scale="fullband", mos=2.0)
    keep(store, "one", {"ann": good, "bob": bad}, computed_at=1)
    keep(
        store,
        "two",
        {"cem": tuple(msgspec.structs.replace(each, direction="send") for each in good)},
        computed_at=1,
    )
    assert ask(store, "one", peer_id="ann")["jitter"].high == pytest.approx(0.01)
    assert ask(store, "two")["jitter"].direction == "send"
    assert ask(store, "one", workspace_id=2) == ask(store) == {}
    span = DistributionSpan(workspace_id=1, session_ids=["one", "two"])
    scores = [
        (each.direction, each.scale, each.histogram.counts)
        for each in select_distributions(store, span)
        if each.number == "mos"
    ]
    assert scores == [
        ("recv", "fullband", {200: 4}),
        ("recv", "narrowband", {400: 4}),
        ("send", "narrowband", {400: 4}),
    ]
