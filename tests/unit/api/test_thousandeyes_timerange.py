"""`window`, `from` and `to`; `startDate` and `endDate`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.api.thousandeyes.timerange import V6_RANGE, V7_RANGE, TimeRange, read_time_range
from sonde.api.thousandeyes.units import show_iso_moment, show_moment
from sonde.model.errors import Invalid

NOW = 1_599_631_080.9


@pytest.mark.parametrize(
    ("window", "seconds"),
    [("90", 90), ("90s", 90), ("5m", 300), ("2h", 7200), ("1d", 86_400), ("3w", 1_814_400), ("0", 0)],
)
def test_a_window_counts_back_from_now(window, seconds):
    """No letter means seconds; the window ends at the time of the request."""
    assert read_time_range({"window": window}, NOW, V6_RANGE) == TimeRange(
        start=1_599_631_080 - seconds, end=1_599_631_080
    )


def test_a_window_older_than_the_epoch_starts_there():
    """Asking for more than there can be is not an error."""
    assert read_time_range({"window": "9999999999w"}, NOW, V6_RANGE).start == 0


@pytest.mark.parametrize("separator", ["T", " "])
def test_from_and_to(separator):
    """Both ends are UTC; a space may stand for the T."""
    query = {"from": f"2020-09-09{separator}04:58:00", "to": f"2020-09-09{separator}05:58:00"}
    assert read_time_range(query, NOW, V6_RANGE) == TimeRange(start=1_599_627_480, end=1_599_631_080)


def test_to_defaults_to_now():
    """A range without an end reaches to the request."""
    assert read_time_range({"from": "2020-09-09T04:58:00"}, NOW, V6_RANGE).end == 1_599_631_080


def test_nothing_asked_means_the_last_round():
    """Without any of the three there is no range, whatever else the query has."""
    assert read_time_range({"aid": "7", "aid:": "None"}, NOW, V6_RANGE) is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"window": "1h", "from": "2020-09-09T04:58:00"}, "window"),
        ({"window": "1h", "to": "2020-09-09T04:58:00"}, "window"),
        ({"to": "2020-09-09T04:58:00"}, "to"),
        ({"from": "2020-09-09T05:58:00", "to": "2020-09-09T04:58:00"}, "from"),
        ({"window": ""}, "window"),
        ({"window": "-5m"}, "window"),
        ({"window": "5 m"}, "window"),
        ({"window": "1.5h"}, "window"),
        ({"window": "5y"}, "window"),
        ({"window": "٣h"}, "window"),
        ({"window": "9" * 5000}, "window"),
        ({"from": ""}, "from"),
        ({"from": "2020-09-09"}, "from"),
        ({"from": "2020-09-09T04:58"}, "from"),
        ({"from": "2020-09-09T04:58:00Z"}, "from"),
        ({"from": "2020-13-09T04:58:00"}, "from"),
        ({"from": "2020-02-30T04:58:00"}, "from"),
        ({"from": "0000-01-01T00:00:00"}, "from"),
        ({"from": "2020-09-09T04:58:00", "to": ""}, "to"),
        ({"from": "2020-09-09T04:58:00", "to": "soon"}, "to"),
    ],
)
def test_a_malformed_range_names_its_parameter(query, field):
    """Each contradiction and each slip is refused, with the name of the parameter."""
    with pytest.raises(Invalid) as caught:
        read_time_range(query, NOW, V6_RANGE)
    assert caught.value.field == field
    assert caught.value.message


@given(st.dictionaries(st.sampled_from(["window", "from", "to"]), st.text(max_size=24)))
def test_any_text_is_a_range_or_a_clear_refusal(query):
    """Nothing a caller writes gets past as an accident."""
    try:
        asked = read_time_range(query, NOW, V6_RANGE)
    except Invalid:
        return
    assert asked is None or 0 <= asked.start <= asked.end


@given(st.integers(0, 4_000_000_000))
def test_what_is_shown_can_be_asked_for(moment):
    """A time from an answer, put into a request, means the same second."""
    assert read_time_range(
        {"from": show_moment(moment), "to": show_moment(moment)}, NOW, V6_RANGE
    ) == TimeRange(start=moment, end=moment)


def test_moments_have_no_zone_and_no_fraction():
    """The vendor's format, UTC."""
    assert show_moment(1_599_627_486.999) == "2020-09-09 04:58:06"


@pytest.mark.parametrize(
    "text",
    [
        "2020-09-09T04:58:00Z",
        "2020-09-09T04:58:00",
        "2020-09-09T04:58:00.999Z",
        "2020-09-09T06:58:00+02:00",
        "2020-09-09T06:58:00 02:00",
    ],
)
def test_iso_times_of_version_7(text):
    """A zone is honoured, none is UTC, fractions are cut off, and a plus that became a space is one."""
    assert read_time_range({"startDate": text}, NOW, V7_RANGE).start == 1_599_627_480


@pytest.mark.parametrize("text", ["", "2020-09-09", "2020-09-09T04:58Z", "2020-13-09T04:58:00Z", "soon"])
def test_malformed_iso_times_name_their_parameter(text):
    """Version 7 has its own names for the ends of a range."""
    with pytest.raises(Invalid) as caught:
        read_time_range({"startDate": text}, NOW, V7_RANGE)
    assert caught.value.field == "startDate"


@given(st.integers(0, 4_000_000_000))
def test_what_version_7_shows_can_be_asked_for(moment):
    """A time from an answer, put into a request, means the same second."""
    shown = {"startDate": show_iso_moment(moment), "endDate": show_iso_moment(moment)}
    assert read_time_range(shown, NOW, V7_RANGE) == TimeRange(start=moment, end=moment)
