"""Samples in columns: numbers with gaps, and what was known when."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sonde.webrtc.sample_table import SampleTable

VALUES = st.lists(st.none() | st.integers(0, 9), min_size=1, max_size=12)


@given(VALUES, st.lists(st.integers(-1, 13), max_size=6))
def test_what_was_known_by_a_time_is_what_was_said_last(values, times):
    """At the time itself, too; NaN before anything was said."""
    table = SampleTable(range(len(values)), {"jitter": values})
    known = [
        next((value for value in reversed(values[: max(time + 1, 0)]) if value is not None), np.nan)
        for time in times
    ]
    np.testing.assert_array_equal(table.until(times, "jitter"), known)


@given(VALUES)
def test_gaps_are_gaps(values):
    """In numbers they are NaN, in picked values None, in samples nothing at all."""
    table = SampleTable(range(len(values)), {"jitter": values})
    assert table.is_known("jitter") == any(value is not None for value in values)
    assert [None if np.isnan(each) else each for each in table.numbers("jitter")] == values
    assert table.picked("jitter", range(len(values))) == values
    assert table.distinct("jitter") == set(values)
    assert [table.sample(index).get("jitter") for index in range(len(values))] == values
    told = [value for value in values if value is not None]
    assert (table.first("jitter"), table.last("jitter")) == ((told[0], told[-1]) if told else (None, None))


def test_a_field_that_nobody_reported_is_known_nowhere():
    """Whatever is asked of it."""
    table = SampleTable([1, 2], {})
    assert not table.is_known("jitter")
    assert np.isnan(table.numbers("jitter")).all()
    assert np.isnan(table.until([3], "jitter")).all()
    assert table.picked("jitter", [0, 1]) == [None, None]
    assert table.distinct("jitter") == {None}
    assert (table.first("jitter"), table.last("jitter")) == (None, None)
