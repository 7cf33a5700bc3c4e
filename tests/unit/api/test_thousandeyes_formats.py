"""JSON or XML."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.api.thousandeyes.formats import choose_format

BOTH = ("json", "xml")


@pytest.mark.parametrize(
    ("accept", "parameter", "chosen"),
    [
        ("", "", "json"),
        ("", "xml", "xml"),
        ("*/*", "", "json"),
        ("*/*", "xml", "xml"),
        ("application/json", "xml", "json"),
        ("text/xml", "json", "xml"),
        ("application/xml", "", "xml"),
        ("Text/XML; charset=utf-8", "", "xml"),
        ("text/html, application/json;q=0.9", "", "json"),
        ("text/html, application/xml;q=0.9, */*;q=0.8", "", "xml"),
        ("application/json;q=0.5, text/xml", "", "xml"),
        ("text/xml;q=0, application/json", "", "json"),
        ("text/html,*/*;q=0.8", "xml", "xml"),
        ("application/*", "xml", "json"),
        ("text/xml;q=x", "", "xml"),
        ("text/html", "json", None),
        ("nonsense", "", None),
        ("", "yaml", None),
        ("", "XML", None),
        ("*/*", "yaml", None),
    ],
)
def test_which_format_is_wanted(accept, parameter, chosen):
    """`Accept` wins over `format=`, the most wanted type over the others, and anything leaves the choice."""
    assert choose_format(accept=accept, parameter=parameter, default="json", offered=BOTH) == chosen


def test_the_default_is_a_choice():
    """A server may answer as the vendor once did when nothing is said."""
    assert choose_format(accept="*/*", parameter="", default="xml", offered=BOTH) == "xml"


def test_what_is_not_offered_is_passed_over():
    """A caller who would take either gets the one there is."""
    asked = {"parameter": "", "default": "json", "offered": ("json",)}
    assert choose_format(accept="text/xml, application/hal+json;q=0.1", **asked) == "json"
    assert choose_format(accept="text/xml", **asked) is None


@given(accept=st.text(max_size=40), parameter=st.text(max_size=8))
def test_any_header_is_read(accept, parameter):
    """Nothing a caller sends here is an accident."""
    assert choose_format(accept=accept, parameter=parameter, default="json", offered=BOTH) in {*BOTH, None}
