"""Losses in bursts: statistics over many packets with fixed seeds."""

import math
from collections.abc import Iterator
from itertools import groupby, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonde.impair.bursts import last_draw
from sonde.impair.impairment import Impairment
from sonde.impair.plan import Direction, PacketName, decide

STREAMS = 8
PACKETS = 4096


def losses(seed: int, ssrc: int, impairment: Impairment, packets: int = PACKETS) -> list[bool]:
    names = (PacketName(ssrc=ssrc, sequence=n, direction=Direction.FORWARD) for n in range(packets))
    return [decide(seed, name, impairment).drop for name in names]


def runs(lost: list[bool]) -> Iterator[int]:
    """Lengths of the runs of lost packets that have both ends."""
    lengths = [(value, len(list(run))) for value, run in groupby(lost)]
    yield from (length for value, length in lengths[1:-1] if value)


@pytest.mark.parametrize(("loss", "burst_ratio"), [(0.05, 3.0), (0.1, 1.5), (0.3, 10.0), (0.2, 60.0)])
def test_loss_and_burst_ratio_are_those_asked_for(loss: float, burst_ratio: float) -> None:
    """Over 32,000 packets, within four standard errors; BurstR is mean run over 1 / (1 - loss) (G.107)."""
    impairment = Impairment(loss=loss, burst_ratio=burst_ratio)
    streams = [losses(11, ssrc, impairment) for ssrc in range(STREAMS)]
    total = STREAMS * PACKETS
    # Correlated losses say less: their variance is (2 BurstR - 1) times that of independent ones.
    error = math.sqrt(loss * (1 - loss) * (2 * burst_ratio - 1) / total)
    assert sum(map(sum, streams)) / total == pytest.approx(loss, abs=4 * error)
    lengths = [length for lost in streams for length in runs(lost)]
    mean = sum(lengths) / len(lengths)
    expected = burst_ratio / (1 - loss)
    assert mean == pytest.approx(expected, abs=4 * expected / math.sqrt(len(lengths)))


def test_the_chain_has_no_beginning() -> None:
    """Every place is lost equally often, also the first of a stream and those where blocks meet."""
    impairment = Impairment(loss=0.3, burst_ratio=5.0)
    for place in (0, 1, 1023, 1024, 1025, 40_000, 65_535):
        name = {"sequence": place, "direction": Direction.REVERSE}
        lost = sum(decide(3, PacketName(ssrc=ssrc, **name), impairment).drop for ssrc in range(2000))
        assert lost / 2000 == pytest.approx(0.3, abs=4 * math.sqrt(0.3 * 0.7 / 2000))


def test_the_state_remembers_nothing_but_itself() -> None:
    """What comes after a lost packet does not depend on the one before it: a chain of order one."""
    impairment = Impairment(loss=0.3, burst_ratio=3.0)
    lost = [each for ssrc in range(STREAMS) for each in losses(5, ssrc, impairment)]
    after: dict[bool, list[bool]] = {False: [], True: []}
    for before, now, following in zip(lost, lost[1:], lost[2:], strict=False):
        if now:
            after[before].append(following)
    short, long = (sum(values) / len(values) for values in after.values())
    # 1 - (1 - loss) / BurstR, whatever was before.
    assert short == pytest.approx(1 - 0.7 / 3, abs=0.03)
    assert long == pytest.approx(1 - 0.7 / 3, abs=0.03)


def test_a_burst_ratio_of_one_is_independent_loss() -> None:
    """The limit of the two states is the plain decision, packet by packet."""
    almost = losses(7, 1, Impairment(loss=0.1, burst_ratio=1.0 + 1e-9), 2000)
    assert almost == losses(7, 1, Impairment(loss=0.1), 2000)


@given(
    order=st.permutations(range(300, 360)), burst_ratio=st.floats(1.1, 100), seed=st.integers(0, 2**64 - 1)
)
@settings(max_examples=30)
def test_the_order_of_questions_does_not_matter(order: list[int], burst_ratio: float, seed: int) -> None:
    """Each packet has its fate, whoever was asked about before."""
    impairment = Impairment(loss=0.3, burst_ratio=burst_ratio)

    def fate(sequence: int) -> bool:
        return decide(
            seed, PacketName(ssrc=9, sequence=sequence, direction=Direction.FORWARD), impairment
        ).drop

    asked = {sequence: fate(sequence) for sequence in order}
    assert [asked[sequence] for sequence in sorted(asked)] == [fate(sequence) for sequence in sorted(asked)]


@given(low=st.floats(0, 1), high=st.floats(0, 1), sequence=st.integers(0, 65_535))
def test_more_loss_keeps_the_losses_of_bursts(low: float, high: float, sequence: int) -> None:
    """Who is lost at a ratio is also lost at any higher one with the same burst ratio."""
    name = PacketName(ssrc=2, sequence=sequence, direction=Direction.FORWARD)
    at_low, at_high = (
        decide(1, name, Impairment(loss=loss, burst_ratio=4.0)).drop for loss in sorted((low, high))
    )
    assert at_high or not at_low


@given(stream=st.binary(max_size=30), sequence=st.integers(0, 2**40), burst_ratio=st.floats(1.01, 100))
def test_looking_back_has_an_end(stream: bytes, sequence: int, burst_ratio: float) -> None:
    """The last throw of the dice is the packet's own or one of the thousand before it."""
    drawn = last_draw(stream, sequence, burst_ratio)
    assert 0 <= sequence - drawn < 1024
    assert last_draw(stream, drawn, burst_ratio) == drawn


def test_throws_become_rarer_with_the_burst_ratio() -> None:
    """One packet in BurstR throws the dice."""
    for burst_ratio in (2.0, 20.0):
        drawn = [last_draw(b"a stream", n, burst_ratio) for n in range(51_200)]
        throws = 1 + sum(later != earlier for earlier, later in pairwise(drawn))
        assert throws / 51_200 == pytest.approx(1 / burst_ratio, rel=0.08)
