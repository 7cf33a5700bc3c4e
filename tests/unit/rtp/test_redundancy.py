"""What redundancy leaves of loss."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.rtp.redundancy import (
    recover,
    recover_by_parity,
    residual_bursty_loss,
    residual_parity_loss,
    residual_random_loss,
)

streams = st.lists(st.booleans(), min_size=1, max_size=80)


def read(pattern):
    """Outcomes of a string in which 1 is received and 0 is lost."""
    return np.array([letter == "1" for letter in pattern], dtype=bool)


@pytest.mark.parametrize(("generations", "left"), [(0, 0.05), (1, 0.0025), (2, 0.000125)])
def test_redundancy_removes_random_loss(generations, left):
    """Of five percent, one generation leaves a quarter percent and two leave an eightieth."""
    assert residual_random_loss(0.05, generations=generations) == pytest.approx(left)


@pytest.mark.parametrize(("generations", "left"), [(0, 0.0741), (1, 0.0556), (2, 0.0417)])
def test_redundancy_hardly_helps_against_bursts(generations, left):
    """Copies next to a loss share its fate."""
    assert residual_bursty_loss(p=0.02, q=0.25, generations=generations) == pytest.approx(left, abs=5e-5)


@pytest.mark.parametrize(
    ("generations", "playable"),
    [(0, "1000110"), (1, "1001110"), (2, "1011110"), (3, "1111110"), (9, "1111110")],
)
def test_copies_in_later_packets_fill_losses(generations, playable):
    """A packet is saved by any of the next ones that repeat it; nothing follows the last one."""
    assert recover(read("1000110"), generations=generations).tolist() == read(playable).tolist()


@given(streams, st.integers(0, 5))
def test_a_further_generation_never_hurts(outcomes, generations):
    """What could be played before can be played with one more copy."""
    before = recover(np.array(outcomes), generations=generations)
    assert np.all(recover(np.array(outcomes), generations=generations + 1) >= before)


def test_chain_loses_what_the_formula_says():
    """A long stream made by a two-state chain, repaired packet by packet, has the residual loss foretold."""
    rng = np.random.default_rng(3)
    runs = np.column_stack([rng.geometric(0.02, 20_000), rng.geometric(0.25, 20_000)]).ravel()
    outcomes = np.repeat(np.tile([True, False], 20_000), runs)
    for generations in (0, 1, 2):
        measured = 1 - recover(outcomes, generations=generations).mean()
        foretold = residual_bursty_loss(p=0.02, q=0.25, generations=generations)
        assert measured == pytest.approx(foretold, rel=0.03)


@pytest.mark.parametrize(
    ("received", "parity", "playable"),
    [
        ("110111101", "111", "111111111"),
        ("110111101", "101", "111111111"),
        ("110111101", "010", "110111101"),
        ("100111101", "111", "100111111"),
        ("1101110", "111", "1111111"),
    ],
)
def test_parity_brings_back_one_packet_of_a_group(received, parity, playable):
    """Of three, one lost packet comes back if the parity packet came, and two never do."""
    assert recover_by_parity(read(received), read(parity), group=3).tolist() == read(playable).tolist()


def test_parity_needs_one_packet_for_each_group():
    """Parity that does not fit the stream is an error, not a guess."""
    with pytest.raises(ValueError, match="2 parity packets for 3 groups"):
        recover_by_parity(read("1111111"), read("11"), group=3)


@pytest.mark.parametrize("group", [1, 4, 10])
def test_parity_leaves_of_random_loss_what_the_formula_says(group):
    """A long random stream, repaired group by group, has the residual loss foretold."""
    chance = np.random.default_rng(5)
    outcomes, parity = chance.random(200_000) >= 0.05, chance.random(200_000 // group) >= 0.05
    left = 1 - recover_by_parity(outcomes, parity, group=group).mean()
    assert left == pytest.approx(residual_parity_loss(0.05, group=group), rel=0.1)


def test_parity_of_single_packets_is_repetition():
    """A group of one is a copy."""
    assert residual_parity_loss(0.05, group=1) == pytest.approx(residual_random_loss(0.05, generations=1))
