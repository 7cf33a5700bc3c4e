"""Changes of route, told from spikes and noise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.rtp.level_shift import SHIFT_MIN, SIDE_MIN, LevelShift, find_level_shift, variation_from

MILLISECOND = 1_000_000


def levels(*parts):
    """Delays of so many packets at such a level in milliseconds, one part after the other."""
    return np.concatenate([np.full(packets, level) for packets, level in parts]) * MILLISECOND


@given(
    before=st.integers(SIDE_MIN, 200),
    after=st.integers(SIDE_MIN, 200),
    amount=st.integers(SHIFT_MIN + 1, 10**10) | st.integers(-(10**10), -SHIFT_MIN - 1),
    offset=st.integers(-(10**17), 10**17),
)
def test_clean_shift_is_found_to_the_packet(before, after, amount, offset):
    """Wherever it lies, up or down, and whatever the clocks show."""
    delays = np.repeat([offset, offset + amount], [before, after])
    assert find_level_shift(delays) == LevelShift(before, amount)
    assert not variation_from(delays, LevelShift(before, amount)).any()


@pytest.mark.parametrize(
    "delays",
    [
        levels((0, 0)),
        levels((2 * SIDE_MIN - 1, 0)),
        levels((250, 40)),
        levels((125, 40), (125, 60)),
        levels((SIDE_MIN - 1, 40), (231, 90)),
        levels((231, 40), (SIDE_MIN - 1, 90)),
        levels((2000, 40), (99, 90)),
        levels((100, 40), (SIDE_MIN - 1, 200), (131, 40)),
    ],
    ids=[
        "nothing",
        "few",
        "constant",
        "exactly 20 ms",
        "short start",
        "short end",
        "a long stream's last moments",
        "spike",
    ],
)
def test_what_is_no_shift(delays):
    """A level must differ by more than 20 ms and last for 20 packets."""
    assert find_level_shift(delays) is None


@pytest.mark.parametrize(("deviation", "found"), [(9, True), (11, False)])
def test_shift_must_stand_out_of_the_variation(deviation, found):
    """A shift of 30 ms among delays that mostly lie 9 ms from their level counts, among 11 ms not."""
    noise = np.tile([-deviation, deviation, 0, -deviation, deviation], 50) * MILLISECOND
    shift = find_level_shift(levels((125, 100), (125, 130)) + noise)
    assert (shift is not None) == found


def test_noise_alone_is_no_shift():
    """Queues as on a busy path, ever so long ones among them, are variation and not a level."""
    chance = np.random.default_rng(11)
    for scale in (5, 20, 80):
        for _ in range(50):
            assert find_level_shift(chance.exponential(scale * MILLISECOND, 250).astype(np.int64)) is None


def test_shift_is_found_among_noise_and_spikes():
    """With queues of 2 ms and spikes of a second, the place is right to the packet."""
    chance = np.random.default_rng(12)
    for place in (30, 125, 220):
        delays = levels((place, 40), (250 - place, 75)) + chance.exponential(2e6, 250).astype(np.int64)
        delays[[5, 60, 200]] += 1000 * MILLISECOND
        shift = find_level_shift(delays)
        assert shift.place == place
        assert shift.amount == pytest.approx(35 * MILLISECOND, abs=2 * MILLISECOND)


def test_variation_starts_anew_on_both_sides():
    """Each packet is compared with the smallest delay of its own level."""
    delays = np.array([3, 1, 2, 9, 8, 7])
    assert variation_from(delays, LevelShift(3, 6)).tolist() == [2, 0, 1, 2, 1, 0]
