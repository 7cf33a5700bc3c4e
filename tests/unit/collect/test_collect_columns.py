"""The collector in Python writes what the server reads."""

from collector_ticks import reports_of
from hypothesis import given
from hypothesis import strategies as st

from sonde.collect.columns import Columns
from sonde.webrtc.dialects.collector_columns import Columns as Reader
from sonde.webrtc.dialects.notes import Notebook

numbers = st.integers(-(2**40), 2**40) | st.integers(-(10**12), 10**12).map(lambda n: n / 10**6)
values = st.booleans() | st.text("ab", max_size=3) | numbers
rows = st.dictionaries(st.sampled_from(["a", "b", "c"]), values)
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
