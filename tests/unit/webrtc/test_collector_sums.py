"""Differences are summed up to the very numbers that were measured, many lists at once or one alone."""

from fractions import Fraction

from hypothesis import example, given
from hypothesis import strategies as st

from sonde.webrtc.dialects.collector_sums import NUMBER_MAX, sums

counts = st.integers(-(2**66), 2**66) | st.integers(-5, 5)
decimals = st.floats(-(2.0**54), 2.0**54) | st.integers(-(10**9), 10**9).map(lambda n: n / 10**6)
lists = st.lists(
    st.lists(counts, min_size=3, max_size=3) | st.lists(decimals | counts, min_size=3, max_size=3)
)


def exact(entries):
    """The sums in whole numbers or in whole millionths; None when they are too large to be believed."""
    unit = 1 if all(type(entry) is int for entry in entries) else 10**6
    if unit > 1 and any(abs(entry) > NUMBER_MAX for entry in entries):
        return None
    found, total = [], 0
    for entry in entries:
        total += round(entry * unit)
        found.append(total)
    if max(map(abs, found)) > NUMBER_MAX * unit:
        return None
    return [total if unit == 1 else float(Fraction(total, unit)) for total in found]


@given(lists)
@example([[0.1, 0.2, 1e-6], [-1e-7, 0.0, 0.0], [1.7e12, 1000.25, 0.5], [2.0**53, -1.0, 1.0], [1e300, 0.5, 1]])
def test_sums_are_exact_however_large(entries):
    """Each column is what its list alone adds up to, and its bounds are those of its values."""
    for column, numbers in zip(sums(entries), map(exact, entries), strict=True):
        assert (column and column.values) == numbers
        assert column is None or "-0.0" not in map(str, column.values)
        assert column is None or (column.least, column.most) == (min(numbers), max(numbers))


def test_gaps_and_words_stay_where_they_are():
    """The sum goes on behind them; what is neither costs its list."""
    found = sums([[5, None, 1], ["new", "new", "old"], [True, 2, None], [1, [2], 3], ["x" * 1001, 1, 1]])
    assert [column and column.values for column in found] == [
        [5.0, None, 6.0],
        ["new", "new", "old"],
        [True, 2.0, None],
        None,
        None,
    ]
