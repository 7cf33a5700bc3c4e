"""Numbers that were kept in single precision are shown without digits they never had."""

from math import isnan

from hypothesis import given
from hypothesis import strategies as st

from sonde.store.buckets import single_precision

SIZES = st.floats(min_value=1e-9, max_value=1e12) | st.just(0.0)


@given(st.lists(SIZES | SIZES.map(lambda value: -value), min_size=1))
def test_six_digits_are_left(values):
    """As the usual way to print six digits has them, but for a tie, which may go either way."""
    [[shown]] = single_precision([[values]])
    for value, found in zip(values, shown, strict=True):
        assert abs(found - value) <= abs(value) * 5.000001e-6
        assert found == float(f"{found:.6g}")


def test_what_is_not_there_stays_apart_from_zero():
    """None becomes NaN; no number at all is no trouble."""
    [[[nothing, zero]]] = single_precision([[[None, 0.0]]])
    assert isnan(nothing)
    assert zero == 0.0
    assert single_precision([]) == []
