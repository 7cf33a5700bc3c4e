"""The collector in Python writes what the server reads."""

import pytest
from collector_ticks import reports_of
from hypothesis import given
from hypothesis import strategies as st

from sonde.collect.columns import Columns, column, rounded
from sonde.webrtc.dialects.collector_columns import Columns as Reader
from sonde.webrtc.dialects.notes import Notebook

decimals = st.integers(-(10**12), 10**12).map(lambda n: n / 10**6)
values = st.booleans() | st.text("ab", max_size=3) | decimals | st.integers(1 - 2**30, 2**30 - 1)
rows = st.dictionaries(st.sampled_from(["a", "b", "c"]), values) | st.fixed_dictionaries(
    {"big": st.integers(1 - 2**52, 2**52 - 1)}
)
ticks = st.lists(st.dictionaries(st.sampled_from(["x", "y"]), rows), min_size=1, max_size=6)


@given(ticks)
def test_any_series_comes_back_exactly(series):
    """Objects that come and go and members of any kind are there again, at their tick."""
    columns = Columns()
    at = [1_795_211_191_000_000 + 1_000_000 * tick for tick in range(len(series))]
    for when, objects in zip(at, series, strict=True):
        columns.add(when, {key: ("codec", row) for key, row in objects.items()})
    written, notebook = columns.describe(), Notebook()
    found = list(reports_of(Reader(written["stats"], len(at), notebook), at))
    placed = {"id", "type", "timestamp"}
    read = [
        {each["id"]: {name: each[name] for name in each.keys() - placed} for each in tick} for tick in found
    ]
    assert read == series
    assert notebook.notes().skipped == {}


@pytest.mark.parametrize(("value", "last"), [(1e-6, -(2.0**33)), (2**52, -(2**52)), (0.5, 2**30)])
def test_a_step_that_no_number_can_say_is_left_out(value, last):
    """A member is rather missing for a tick than wrong."""
    assert column([last, value, last]) == [last, None, 0]


@pytest.mark.parametrize(
    ("value", "sent"), [(0.123_456_789, 0.123_457), (2**30 - 1e-7, 2**30), (2**40 + 0.5, 2**40)]
)
def test_a_number_is_rounded_to_what_the_format_carries(value, sent):
    """Six decimals, and whole numbers where sums of decimals would not be exact."""
    assert rounded(value) == sent
