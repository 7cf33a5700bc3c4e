"""PDV, its percentiles and its histogram."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.rtp.delay import (
    OVERFLOW_BIN,
    UPPER_EDGES,
    PdvHistogram,
    delay_variation,
    histogram,
    nearest_rank,
    spread,
)

MILLISECOND = 1_000_000

values = st.lists(st.integers(0, 2_000 * MILLISECOND), min_size=1, max_size=300)


@given(values, st.sampled_from([1, 500, 950, 990, 999, 1000]))
def test_nearest_rank_is_the_smallest_value_with_enough_below(numbers, per_mille):
    """Recomputed from the definition with exact fractions, which no rounding can bend."""
    ordered = sorted(numbers)
    share = Fraction(per_mille, 1000)
    expected = next(v for v in ordered if Fraction(sum(n <= v for n in ordered), len(ordered)) >= share)
    assert nearest_rank(np.array(ordered), per_mille) == expected


@given(values)
def test_spread_agrees_with_numpy(numbers):
    """Mean and every percentile equal numpy's own, computed by its inverted distribution function."""
    array = np.array(numbers)
    found = spread(np.sort(array))
    percentiles = np.percentile(array, [50, 95, 99, 99.9, 100], method="inverted_cdf")
    assert [found.p50, found.p95, found.p99, found.p999, found.maximum] == percentiles.tolist()
    assert found.mean == pytest.approx(array.mean())


@given(values, st.integers(-(10**18), 10**18))
def test_clock_offset_does_not_change_the_variation(numbers, offset):
    """PDV is exact whatever the clocks say, and its smallest value is zero."""
    variation = delay_variation(np.array(numbers) + offset)
    assert variation.tolist() == delay_variation(np.array(numbers)).tolist()
    assert variation.min() == 0


def test_bins_are_one_millisecond_then_five():
    """200 bins of 1 ms, 160 of 5 ms, and the rest."""
    widths = np.diff(UPPER_EDGES, prepend=0) // MILLISECOND
    assert widths.tolist() == [1] * 200 + [5] * 160
    assert UPPER_EDGES[-1] == 1000 * MILLISECOND


@pytest.mark.parametrize(
    ("pdv", "bin_number"),
    [
        (0, 0),
        (MILLISECOND, 0),
        (MILLISECOND + 1, 1),
        (40 * MILLISECOND, 39),
        (200 * MILLISECOND, 199),
        (200 * MILLISECOND + 1, 200),
        (205 * MILLISECOND, 200),
        (1000 * MILLISECOND, OVERFLOW_BIN - 1),
        (1000 * MILLISECOND + 1, OVERFLOW_BIN),
        (10**15, OVERFLOW_BIN),
    ],
)
def test_bin_includes_its_upper_edge(pdv, bin_number):
    """Only so is "later than 40 ms" a sum of whole bins."""
    assert histogram(np.array([pdv])) == PdvHistogram(counts={bin_number: 1})


@given(values)
def test_histogram_holds_every_packet_once(numbers):
    """Nothing is dropped, and no bin is stored empty."""
    counts = histogram(np.array(numbers)).counts
    assert sum(counts.values()) == len(numbers)
    assert min(counts.values()) > 0
