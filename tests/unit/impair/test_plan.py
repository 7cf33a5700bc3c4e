from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.impair.impairment import Impairment
from sonde.impair.plan import SEED_MAX, Decision, Direction, Kind, PacketName, decide

SSRC = 0x1234ABCD
seeds = st.integers(0, SEED_MAX)
sequences = st.integers(0, 0xFFFF)
ratios = st.floats(0, 1)


def schedule(impairment: Impairment, *, count: int, seed: int = 7, ssrc: int = SSRC) -> list[Decision]:
    names = [PacketName(ssrc=ssrc, sequence=n, place=n, direction=Direction.FORWARD) for n in range(count)]
    return [decide(seed, name, impairment) for name in names]


def test_decisions_are_pinned() -> None:
    """A seed means the same schedule in every release: this one was computed by the first."""
    lost = [n for n, decision in enumerate(schedule(Impairment(loss=0.02), count=250)) if decision.drop]
    assert lost == [61, 76, 110, 121, 208]


def test_ratios_and_spread_over_many_packets() -> None:
    """Over 100,000 packets the ratios are the ones asked for, within four standard errors."""
    impairment = Impairment(
        loss=0.02, delay=0.03, jitter=0.005, duplicate=0.1, reorder=0.05, reorder_delay=0.5
    )
    decisions = schedule(impairment, count=100_000)
    copies = Counter(decision.copies for decision in decisions)
    kept = [decision.delay for decision in decisions if not decision.drop]
    in_time = [delay for delay in kept if delay < 0.5]
    assert copies[0] / 100_000 == pytest.approx(0.02, abs=4 * 0.00045)
    assert copies[2] / len(kept) == pytest.approx(0.1, abs=4 * 0.00096)
    assert 1 - len(in_time) / len(kept) == pytest.approx(0.05, abs=4 * 0.0007)
    assert sum(in_time) / len(in_time) == pytest.approx(0.0325, abs=4 * 0.000005)
    assert min(in_time) >= 0.03
    assert max(in_time) <= 0.035


def test_losses_are_independent_of_their_neighbours() -> None:
    """A packet after a lost one is lost as often as any other."""
    drops = [decision.drop for decision in schedule(Impairment(loss=0.2), count=50_000)]
    after_loss = [later for earlier, later in pairwise(drops) if earlier]
    assert sum(after_loss) / len(after_loss) == pytest.approx(0.2, abs=4 * 0.004)


@given(seed=seeds, sequence=sequences, low=ratios, high=ratios)
def test_more_loss_keeps_the_losses(seed: int, sequence: int, low: float, high: float) -> None:
    """Who is lost at a ratio is also lost at any higher one."""
    name = PacketName(ssrc=SSRC, sequence=sequence, direction=Direction.REVERSE)
    at_low, at_high = (decide(seed, name, Impairment(loss=loss)) for loss in sorted((low, high)))
    assert at_high.drop or not at_low.drop


@given(seed=seeds, ssrc=st.integers(0, 2**32 - 1), sequence=sequences)
def test_extremes_are_certain(seed: int, ssrc: int, sequence: int) -> None:
    """Ratio 0 never happens and ratio 1 always does."""

    def fate(**ratio: float) -> Decision:
        name = PacketName(ssrc=ssrc, sequence=sequence, direction=Direction.FORWARD)
        return decide(seed, name, Impairment(**ratio))

    assert fate() == Decision(copies=1, delay=0.0, dscp=None)
    assert fate(loss=1.0).drop
    assert fate(duplicate=1.0).copies == 2
    assert fate(reorder=1.0, reorder_delay=0.1).delay == 0.1


@pytest.mark.parametrize(
    "other",
    [
        {"seed": 2},
        {"ssrc": SSRC + 1},
        {"direction": Direction.REVERSE},
        {"kind": Kind.CONTROL},
    ],
    ids=lambda other: next(iter(other)),
)
def test_each_part_of_the_name_matters(other: dict[str, object]) -> None:
    """Another seed, stream, direction or kind has another schedule."""
    name = {"seed": 1, "ssrc": SSRC, "direction": Direction.FORWARD, "kind": Kind.RTP}

    def drops(seed: int, **parts: object) -> list[bool]:
        names = [PacketName(sequence=n, **parts) for n in range(64)]
        return [decide(seed, each, Impairment(loss=0.5)).drop for each in names]

    assert drops(**name) == drops(**name)
    assert drops(**name) != drops(**{**name, **other})
