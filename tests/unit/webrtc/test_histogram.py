"""Exact histograms of bounded quantities."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.webrtc.histogram import MOS_WIDTH, add_histograms, histogram

MOS = st.floats(1, 5, allow_nan=False)


def test_percentiles_are_exact_to_the_bin():
    """The tenth percentile of 1.00, 1.01 ... 1.99 is the tenth value."""
    found = histogram([1 + n / 100 for n in range(100)], MOS_WIDTH)
    assert found.percentile(0.1) == pytest.approx(1.09)
    assert found.percentile(0.5) == pytest.approx(1.49)
    assert found.percentile(1.0) == pytest.approx(1.99)


def test_an_empty_histogram_has_no_percentile():
    """Nothing measured is None."""
    assert histogram([], MOS_WIDTH).percentile(0.5) is None
    assert histogram([], MOS_WIDTH).mean() is None


@given(st.lists(st.lists(MOS, max_size=20), min_size=1, max_size=6), st.integers())
def test_parts_add_up_in_any_order(parts: list[list[float]], seed: int):
    """The histograms of a call's parts make that of the call, whichever comes first."""
    made = [histogram(part, MOS_WIDTH) for part in parts]
    random.Random(seed).shuffle(made)
    assert add_histograms(made) == histogram([value for part in parts for value in part], MOS_WIDTH)


@given(st.lists(MOS, min_size=1, max_size=50))
def test_the_mean_is_right_to_half_a_bin(values: list[float]):
    """The mean of the bins' middles is no further from the true one than half a bin."""
    mean = histogram(values, MOS_WIDTH).mean()
    assert mean == pytest.approx(sum(values) / len(values), abs=MOS_WIDTH / 2 + 1e-9)


def test_bins_of_two_widths_do_not_add_up():
    """Ratios and MOS have different bins; adding them is a mistake that shows."""
    with pytest.raises(ValueError, match="one width"):
        add_histograms([histogram([1.0], 0.01), histogram([1.0], 0.001)])
