import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.quality.mos import good_or_better, mos_to_r, poor_or_worse, r_to_mos


@given(st.floats(6.52, 100))
def test_round_trip_from_r(r):
    """Where the scale is one to one, a rating survives the way to MOS and back."""
    assert mos_to_r(max(1.0, r_to_mos(r))) == pytest.approx(r, abs=1e-3)


@given(st.floats(1, 4.5))
def test_round_trip_from_mos(mos):
    """Every MOS on the scale survives the way to R and back."""
    assert r_to_mos(mos_to_r(mos)) == pytest.approx(mos, abs=1e-9)


def test_ends_of_the_scale():
    """R is held within 0 and 100 before it becomes a MOS."""
    assert (r_to_mos(-20.0), r_to_mos(0.0), r_to_mos(100.0), r_to_mos(120.0)) == (1.0, 1.0, 4.5, 4.5)


def test_the_raw_polynomial_dips_below_one():
    """The dip is kept, so that whoever shows a MOS must raise it knowingly."""
    assert min(r_to_mos(np.linspace(0.1, 6.5, 200))) == pytest.approx(0.9888, abs=1e-4)


def test_mos_of_one_has_two_ratings():
    """The inverse takes the larger of the two, where the curve rises."""
    assert mos_to_r(1.0) == pytest.approx(80 - math.sqrt(5400), abs=1e-9)


@given(st.lists(st.floats(-50, 150), min_size=1))
def test_columns_equal_single_values(values):
    """Each function treats an element of a column as if it stood alone."""
    column = np.array(values)
    for function in (r_to_mos, good_or_better, poor_or_worse):
        assert list(function(column)) == [function(value) for value in values]


def test_a_single_value_gives_a_plain_float():
    """Nothing of NumPy leaks into results that are stored or sent."""
    results = [r_to_mos(80), mos_to_r(4), good_or_better(80), poor_or_worse(80)]
    assert {type(result) for result in results} == {float}


@pytest.mark.parametrize("mos", [0.99, 4.51, math.nan, math.inf])
def test_mos_off_the_scale_is_refused(mos):
    """There is no rating for a MOS below 1 or above 4.5."""
    with pytest.raises(ValueError, match=r"^mos must be between 1 and 4\.5"):
        mos_to_r(mos)


@pytest.mark.parametrize("function", [r_to_mos, good_or_better, poor_or_worse])
@pytest.mark.parametrize("r", [math.nan, math.inf])
def test_r_must_be_finite(function, r):
    """A rating that is no number is refused by name."""
    with pytest.raises(ValueError, match=r"^r must be finite"):
        function(r)
