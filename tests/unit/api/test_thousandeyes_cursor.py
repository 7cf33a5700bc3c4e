"""The cursor of version 7."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.api.thousandeyes.timerange import TimeRange
from sonde.api.thousandeyes.v7.cursor import Cursor, read_cursor, write_cursor
from sonde.model.errors import Invalid

SECONDS = st.integers(0, 4_000_000_000)


@given(SECONDS, SECONDS, SECONDS)
def test_a_cursor_comes_back(start, end, last_round):
    """It is all that the next page needs, in characters that a query may have as they are."""
    cursor = Cursor(asked=TimeRange(start=start, end=end), last_round=last_round)
    text = write_cursor(cursor)
    assert read_cursor(text) == cursor
    assert text.replace("-", "").replace("_", "").isalnum()


@given(st.text(max_size=40))
def test_any_text_is_a_cursor_or_a_clear_refusal(text):
    """What nobody was given is refused by name."""
    try:
        cursor = read_cursor(text)
    except Invalid:
        return
    assert read_cursor(write_cursor(cursor)) == cursor


@pytest.mark.parametrize("text", ["", "x", "MS0y", "MS0yLTMtNA", "é", "A" * 1000])
def test_what_is_no_cursor(text):
    """Too short, too long, other characters: refused by name."""
    with pytest.raises(Invalid) as refusal:
        read_cursor(text)
    assert refusal.value.field == "cursor"
