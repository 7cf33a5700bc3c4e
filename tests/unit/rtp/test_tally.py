"""Percentiles from counts, exact as long as there are few values, and rounded on record beyond."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.rtp.tally import Tally

values = st.lists(st.integers(-(10**12), 10**12) | st.integers(-5, 5), min_size=1, max_size=200)


def tally_of(*chunks, **options):
    """A tally fed in chunks."""
    tally = Tally(**options)
    for chunk in chunks:
        tally.add(np.array(chunk, dtype=np.int64))
    return tally


@given(values, values, st.integers(1, 1000))
def test_percentiles_are_nearest_rank(first, second, per_mille):
    """However the values come, a percentile is the one at its place in the sorted row."""
    tally, ordered = tally_of(first, second), sorted([*first, *second])
    assert tally.percentile(per_mille) == ordered[math.ceil(len(ordered) * per_mille / 1000) - 1]
    assert (tally.minimum, tally.maximum, tally.total) == (ordered[0], ordered[-1], len(ordered))
    assert tally.mean == pytest.approx(sum(ordered) / len(ordered), abs=1e-3)


@given(values, st.integers(-10, 10))
def test_what_is_above_a_limit_is_counted(found, limit):
    """The limit itself is not above it."""
    assert tally_of(found).count_above(limit) == sum(value > limit for value in found)


@given(values)
def test_signs_can_be_dropped(found):
    """Absolute values are counted together, whatever their signs were."""
    sizes = tally_of(found).magnitudes()
    assert sizes.counted[0].tolist() == sorted({abs(value) for value in found})
    assert sizes.total == len(found)


@given(values, values, st.integers(-(10**9), 10**9))
def test_tallies_add_up(first, second, shift):
    """Absorbing another tally, moved, is the same as having added its values so."""
    joined = tally_of(first)
    joined.absorb(tally_of(second), shift=shift)
    direct = tally_of([*first, *(value + shift for value in second)])
    assert [column.tolist() for column in joined.counted] == [column.tolist() for column in direct.counted]


@given(values)
def test_too_many_values_are_rounded_down(found):
    """The number kept stays within its limit, none is lost, and the grid says how coarse they are."""
    tally = tally_of(found, most_values=8)
    rounded = sorted(value // tally.grid * tally.grid for value in found)
    assert len(tally) <= 8
    assert tally.total == len(found)
    assert (tally.minimum, tally.maximum) == (rounded[0], rounded[-1])
    assert tally.percentile(500) == rounded[math.ceil(len(found) / 2) - 1]


def test_few_values_are_exact():
    """A grid of one means that nothing was rounded."""
    assert tally_of(range(1000)).grid == 1
