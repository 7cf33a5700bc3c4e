"""What the native API reads of a request: formats, cursors, names of results, pages by number."""

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.exceptions import HTTPException

from sonde.api.native.formats import CSV, JSON, PARQUET, TABLES, choose_format
from sonde.api.native.paging import AfterId, page_by_id, read_cursor, write_cursor
from sonde.api.native.query import PAGE_MAX, PageQuery, read_id
from sonde.api.native.result_shapes import read_result_id, write_result_id
from sonde.api.native.results import AfterResult
from sonde.model.errors import Invalid
from sonde.services.results import ResultKey

numbers = st.integers(1, 10**18 - 1)


@pytest.mark.parametrize(
    ("parameter", "accept", "wanted"),
    [
        (None, "", JSON),
        (None, "*/*", JSON),
        (None, "text/csv", CSV),
        (None, "text/*", CSV),
        (None, "TEXT/CSV; charset=utf-8", CSV),
        (None, "application/vnd.apache.parquet", PARQUET),
        (None, "text/csv;q=0.5, application/json", JSON),
        (None, "text/html, text/csv;q=0.9, */*;q=0.1", CSV),
        (None, "application/json;q=0, */*", JSON),
        ("parquet", "application/json", PARQUET),
        ("json", "image/png", JSON),
    ],
)
def test_the_format_is_what_is_wanted_most(parameter, accept, wanted):
    """`format=` wins; then the weights of `Accept`; then JSON."""
    assert choose_format(parameter=parameter, accept=accept, offered=TABLES) is wanted


def test_formats_that_are_not_there_are_refused():
    """By name as a wrong parameter, by `Accept` with 406 and the types there are."""
    with pytest.raises(Invalid, match="json, csv, parquet"):
        choose_format(parameter="xml", accept="", offered=TABLES)
    with pytest.raises(HTTPException, match="text/csv") as raised:
        choose_format(parameter=None, accept="image/png", offered=TABLES)
    assert raised.value.status_code == 406


@given(st.text())
def test_any_accept_is_read(accept):
    """Whatever a header says, it is answered or refused."""
    with suppress(HTTPException):
        assert choose_format(parameter=None, accept=accept, offered=TABLES) in TABLES


@given(numbers, st.integers(0, 2**32 - 1), numbers, st.integers(0, 10**18 - 1))
def test_cursors_are_read_as_they_were_written(test, round_id, source, reverse):
    """Characters that need no escaping, and the same place again."""
    place = AfterResult(test_id=test, round_id=round_id, source_agent_id=source, reverse_target_id=reverse)
    text = write_cursor(place)
    assert text.replace("-", "").replace("_", "").isalnum()
    assert read_cursor(text, AfterResult) == place


@given(st.text() | st.text("ABCdef019_-", max_size=60))
def test_what_is_no_cursor_is_refused(text):
    """A guess is a place that could be one, or refused by name."""
    for kind in (AfterId, AfterResult):
        with suppress(Invalid):
            place = read_cursor(text, kind)
            assert all(0 <= number < 10**18 for number in msgspec.structs.astuple(place))


@given(numbers, st.integers(0, 2**32 - 1), numbers, st.integers(0, 10**18 - 1))
def test_names_of_results_are_read_as_they_were_written(test, round_id, source, reverse):
    """Those of both directions."""
    key = ResultKey(test_id=test, round_id=round_id, source_agent_id=source, reverse_target_id=reverse)
    assert read_result_id(write_result_id(key)) == key


@given(st.text() | st.text("0123456789-", max_size=40))
def test_other_names_are_refused(text):
    """What is not the name of a result is told as such."""
    with suppress(Invalid):
        key = read_result_id(text)
        assert all(0 <= number < 10**18 for number in msgspec.structs.astuple(key))


@pytest.mark.parametrize("text", ["", "0", "-1", "1.0", "x", "1 ", "٣", "9" * 19])
def test_what_is_no_number_is_refused(text):
    """A path with it names nothing."""
    with pytest.raises(Invalid) as raised:
        read_id(text, "test_id")
    assert raised.value.field == "test_id"


@given(st.sets(st.integers(1, 10_000), max_size=60), st.integers(1, PAGE_MAX))
def test_pages_by_number_have_each_item_once(ids, limit):
    """Of any size, in order; an item that is gone meanwhile breaks nothing."""
    items, seen, cursor = sorted(ids), [], None
    while True:
        page = page_by_id(items, PageQuery(limit=limit, cursor=cursor), key=int)
        assert len(page.items) <= limit
        seen += page.items
        items = [each for each in items if each not in page.items[-1:]]
        if page.next is None:
            break
        cursor = page.next
    assert seen == sorted(ids)
