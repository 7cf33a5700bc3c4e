from collections import Counter
from itertools import pairwise
from statistics import fmean, pstdev

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonde.impair.impairment import Impairment, JitterShape
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


def test_a_pattern_goes_by_the_place_in_the_stream() -> None:
    """Each zero is lost, over and over, wherever the sequence numbers begin; random losses come on top."""
    names = [
        PacketName(ssrc=1, sequence=(65_500 + n) % 65_536, place=n, direction=Direction.FORWARD)
        for n in range(-3, 100)
    ]
    lost = [name.place for name in names if decide(1, name, Impairment(loss_pattern="1101")).drop]
    assert lost == [-2, *range(2, 100, 4)]
    both = Impairment(loss_pattern="1101", loss=0.3)
    assert {name.place for name in names if decide(1, name, both).drop} > set(lost)


def test_marks_are_rewritten_from_a_place_on() -> None:
    """The first packets of a stream keep their mark, and a packet from before the first one does too."""
    impairment = Impairment(dscp=8, dscp_from=100)

    def mark(place: int) -> int | None:
        name = PacketName(ssrc=1, sequence=7, place=place, direction=Direction.FORWARD)
        return decide(1, name, impairment).dscp

    assert [mark(place) for place in (-1, 0, 99, 100, 70_000)] == [None, None, None, 8, 8]


@pytest.mark.parametrize(
    ("shape", "mean", "deviation", "highest"),
    [
        (JitterShape.UNIFORM, 0.5, 12**-0.5, 1.0),
        (JitterShape.EXPONENTIAL, 1.0, 1.0, 10.0),
        (JitterShape.NORMAL, 3.0, 1.0, 6.0),
    ],
)
def test_jitter_has_the_shape_asked_for(shape, mean, deviation, highest) -> None:
    """Mean and standard deviation over 20,000 packets, in units of the jitter; none is below the delay."""
    decisions = schedule(Impairment(delay=0.02, jitter=0.003, jitter_shape=shape), count=20_000)
    jitter = [(decision.delay - 0.02) / 0.003 for decision in decisions]
    assert fmean(jitter) == pytest.approx(mean, abs=4 * deviation / 20_000**0.5)
    assert pstdev(jitter) == pytest.approx(deviation, rel=0.05)
    assert min(jitter) >= -1e-9
    assert max(jitter) <= highest + 1e-9


def test_damage_has_the_ratios_asked_for_and_changes_nothing_else() -> None:
    """Cut and corrupted packets are independent of each other, and whoever is lost or late stays so."""
    plain = Impairment(loss=0.1, jitter=0.01, duplicate=0.1)
    harsh = msgspec.structs.replace(plain, truncate=0.2, corrupt=0.3)
    before, after = schedule(plain, count=20_000), schedule(harsh, count=20_000)
    for one, other in zip(before, after, strict=True):
        assert (one.copies, one.delay) == (other.copies, other.delay)
    kept = [decision for decision in after if not decision.drop]
    cut = [decision.kept < 1 for decision in kept]
    corrupted = [decision.inverted is not None for decision in kept]
    assert fmean(cut) == pytest.approx(0.2, abs=4 * 0.003)
    assert fmean(corrupted) == pytest.approx(0.3, abs=4 * 0.0035)
    both = [each and other for each, other in zip(cut, corrupted, strict=True)]
    assert fmean(both) == pytest.approx(0.06, abs=4 * 0.0018)


@given(data=st.data(), seed=seeds)
@settings(max_examples=30)
def test_decisions_do_not_depend_on_the_order_of_questions(data, seed) -> None:
    """Asked forwards or in any order, with everything switched on, each packet has the same fate."""
    everything = Impairment(
        loss=0.2,
        burst_ratio=4,
        loss_pattern="1110",
        jitter=0.01,
        jitter_shape=JitterShape.EXPONENTIAL,
        duplicate=0.1,
        reorder=0.1,
        dscp=8,
        dscp_from=20,
        truncate=0.1,
        corrupt=0.1,
    )
    names = [PacketName(ssrc=5, sequence=n, place=n, direction=Direction.REVERSE) for n in range(1000, 1060)]
    in_order = {name: decide(seed, name, everything) for name in names}
    for name in data.draw(st.permutations(names)):
        assert decide(seed, name, everything) == in_order[name]
