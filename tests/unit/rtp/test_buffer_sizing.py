"""Other depths of the de-jitter buffer, from stored histograms."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.rtp.buffer import count_discards, count_discards_in
from sonde.rtp.buffer_sizing import depth_for, discards_at, tabulate
from sonde.rtp.delay import UPPER_EDGES, PdvHistogram, histogram

MILLISECOND = 1_000_000
EDGES = (UPPER_EDGES / 1e9).tolist()

variations = st.lists(st.integers(0, 1_200 * MILLISECOND), min_size=1, max_size=60).map(np.array)
streams = st.lists(variations, min_size=1, max_size=5)


def table_of(streams):
    """The histograms of these delay variations."""
    return tabulate([histogram(pdv) for pdv in streams])


@given(streams, st.lists(st.sampled_from(EDGES), max_size=10))
def test_discards_are_exact_on_the_edges(streams, depths):
    """Every stream and depth at once gives what counting each one's packets gives."""
    found = discards_at(table_of(streams), depths)
    assert found.tolist() == [[count_discards(pdv, depth) for depth in depths] for pdv in streams]


@given(streams, st.lists(st.floats(0, 2), max_size=10))
def test_discards_are_those_of_one_histogram_alone(streams, depths):
    """Also between edges, many histograms are answered as each one is."""
    single = [[count_discards_in(histogram(pdv), depth) for depth in depths] for pdv in streams]
    assert discards_at(table_of(streams), depths).tolist() == single


@given(streams, st.floats(0, 1), st.integers(0, 50))
def test_depth_is_enough_and_the_edge_below_is_not(streams, ratio, lost):
    """The depth keeps the wanted ratio, and no smaller edge does."""
    sent = np.array([len(pdv) + lost for pdv in streams])
    depths = depth_for(table_of(streams), sent, discard_ratio=ratio)
    for pdv, packets, depth in zip(streams, sent.tolist(), depths.tolist(), strict=True):
        limit = ratio * packets + 1e-9
        if math.isfinite(depth):
            assert count_discards(pdv, depth) <= limit
        below = [edge for edge in EDGES if edge < depth][-1:]
        assert all(count_discards(pdv, edge) > limit for edge in below)


@pytest.mark.parametrize(
    ("ratio", "depth"), [(0.0, math.inf), (0.01, 0.050), (0.1, 0.020), (0.5, 0.001), (1.0, 0.001)]
)
def test_depth_by_hand(ratio, depth):
    """Of a hundred packets 50 vary by 1 ms at most, 40 by 20 ms, 9 by 50 ms, one by more than 1 s."""
    table = tabulate([PdvHistogram(counts={0: 50, 19: 40, 49: 9, 360: 1})])
    assert depth_for(table, np.array([100]), discard_ratio=ratio).tolist() == [depth]


def test_ratio_that_binary_fractions_miss_is_met():
    """29 percent of a hundred packets are 29, although the product falls a bit short of it."""
    table = tabulate([PdvHistogram(counts={0: 71, 30: 29})])
    assert 0.29 * 100 < 29
    assert depth_for(table, np.array([100]), discard_ratio=0.29).tolist() == [0.001]


def test_no_histograms_give_no_answers():
    """An empty table is not an error."""
    table = tabulate([])
    assert discards_at(table, [0.04]).shape == (0, 1)
    assert depth_for(table, np.array([], dtype=np.int64), discard_ratio=0.01).shape == (0,)
