from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.impair.plan import (
    DELAY_MAX,
    SEED_MAX,
    Decision,
    Direction,
    Impairment,
    Kind,
    Scenario,
    Step,
    choose,
    decide,
    remark,
    rtp_name,
    spare,
)
from sonde.model.errors import Invalid

SSRC = 0x1234ABCD
seeds = st.integers(0, SEED_MAX)
sequences = st.integers(0, 0xFFFF)
ratios = st.floats(0, 1)


def schedule(impairment: Impairment, *, count: int, seed: int = 7, ssrc: int = SSRC) -> list[Decision]:
    return [
        decide(seed, ssrc, sequence=n, direction=Direction.FORWARD, impairment=impairment)
        for n in range(count)
    ]


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
    at_low, at_high = (
        decide(seed, SSRC, sequence=sequence, direction=Direction.REVERSE, impairment=Impairment(loss=loss))
        for loss in sorted((low, high))
    )
    assert at_high.drop or not at_low.drop


@given(seed=seeds, ssrc=st.integers(0, 2**32 - 1), sequence=sequences)
def test_extremes_are_certain(seed: int, ssrc: int, sequence: int) -> None:
    """Ratio 0 never happens and ratio 1 always does."""

    def fate(**ratio: float) -> Decision:
        impairment = Impairment(**ratio)
        return decide(seed, ssrc, sequence=sequence, direction=Direction.FORWARD, impairment=impairment)

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

    def drops(parts: dict[str, object]) -> list[bool]:
        return [decide(sequence=n, impairment=Impairment(loss=0.5), **parts).drop for n in range(64)]

    assert drops(name) == drops(dict(name))
    assert drops(name) != drops(name | other)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("loss", 1.01),
        ("loss", -0.1),
        ("loss", float("nan")),
        ("duplicate", 2.0),
        ("reorder", -1.0),
        ("delay", -0.001),
        ("delay", DELAY_MAX + 1),
        ("jitter", float("inf")),
        ("reorder_delay", -1.0),
        ("dscp", 64),
        ("dscp", -1),
    ],
)
def test_impairment_refuses_what_no_path_does(field: str, value: float) -> None:
    """A value out of range is refused by the name of its field."""
    with pytest.raises(Invalid) as caught:
        Impairment(**{field: value})
    assert caught.value.field == field


def test_spare_keeps_what_every_packet_suffers() -> None:
    """Spared packets are neither lost, doubled nor held back, but the path stays as long and as marked."""
    harsh = Impairment(
        loss=1.0, delay=0.02, jitter=0.01, duplicate=1.0, reorder=1.0, reorder_delay=1.0, dscp=8
    )
    assert spare(harsh) == Impairment(delay=0.02, jitter=0.01, reorder_delay=1.0, dscp=8)


@pytest.mark.parametrize(
    ("elapsed", "loss"), [(0, 0.0), (19.9, 0.0), (20, 0.1), (34.9, 0.1), (35, 0.5), (60, 0.0), (200.0, 0.1)]
)
def test_scenario_repeats(elapsed: float, loss: float) -> None:
    """Each step holds until the next one, and the period starts over."""
    steps = tuple(
        Step(start=start, impairment=Impairment(loss=at)) for start, at in ((0, 0.0), (20, 0.1), (35, 0.5))
    )
    assert choose(Scenario(steps=steps, period=60), elapsed).loss == loss


def test_a_plain_impairment_always_holds() -> None:
    """Without a scenario the time does not matter."""
    assert choose(Impairment(loss=0.3), 1e6) == Impairment(loss=0.3)


@pytest.mark.parametrize("starts", [(), (1,), (0, 5, 5), (0, 9, 3), (0, 60)])
def test_scenario_refuses_gaps_and_disorder(starts: tuple[float, ...]) -> None:
    """Steps that leave a time without an impairment, or never come, are refused."""
    with pytest.raises(Invalid, match="steps"):
        Scenario(steps=tuple(Step(start=at, impairment=Impairment()) for at in starts), period=60)


@given(tos=st.integers(0, 255), dscp=st.integers(0, 63))
def test_remark_changes_only_the_code_point(tos: int, dscp: int) -> None:
    """ECN survives a rewrite, and no rewrite changes nothing."""
    assert remark(tos, dscp) >> 2 == dscp
    assert remark(tos, dscp) & 3 == tos & 3
    assert remark(tos, None) == tos


@given(
    ssrc=st.integers(0, 2**32 - 1), sequence=sequences, marker=st.sampled_from([0, 0x80]), filling=st.binary()
)
def test_rtp_is_named_by_its_header(ssrc: int, sequence: int, marker: int, filling: bytes) -> None:
    """SSRC and sequence are read from where RFC 3550 5.1 has them."""
    header = bytes([0x80, marker]) + sequence.to_bytes(2) + bytes(4) + ssrc.to_bytes(4)
    assert rtp_name(header + filling) == (ssrc, sequence)


@pytest.mark.parametrize(
    "payload",
    [b"", b"\x80" * 11, b"\x01" * 40, b"\x40" * 40, b"\xc0" * 40, b"\x80\xc8" + bytes(26)],
    ids=["empty", "short", "control", "version 1", "version 3", "sender report"],
)
def test_other_datagrams_have_no_name(payload: bytes) -> None:
    """Control frames, truncated headers, other versions and RTCP are not taken for RTP."""
    assert rtp_name(payload) is None
