"""Versions, suffixes and formats in ThousandEyes paths."""

import pytest

from sonde.api.thousandeyes.addressing import Address, read_path, wants_json


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/v6/agents", Address(path="/agents")),
        ("/agents/", Address(path="/agents")),
        ("/v6/agents.json/", Address(path="/agents", suffix="json")),
        ("/agents.xml", Address(path="/agents", suffix="xml")),
        ("/v6/tests/voice/new.json", Address(path="/tests/voice/new", suffix="json")),
        ("/v6/voice/rtp-stream/17.json", Address(path="/voice/rtp-stream/17", suffix="json")),
        ("/v6/tests.json/17", Address(path="/tests.json/17")),
        ("/v6/v6/agents", Address(path="/v6/agents")),
        ("/v7/agents", Address(path="/v7/agents")),
        ("/", Address(path="/")),
        ("/v6", Address(path="/")),
        ("/.json", Address(path="/", suffix="json")),
    ],
)
def test_a_path_is_taken_apart(path, address):
    """The version comes off the front and the suffix off the last segment, each once."""
    assert read_path(path) == address


@pytest.mark.parametrize(
    ("suffix", "accept", "parameter", "is_json"),
    [
        (None, "", "", True),
        (None, "*/*", "", True),
        (None, "application/json", "xml", True),
        (None, "text/html, application/json;q=0.9", "", True),
        (None, "application/*", "json", True),
        (None, "text/html,*/*;q=0.8", "", True),
        (None, "text/xml", "json", False),
        (None, "application/xml", "", False),
        (None, "nonsense", "", False),
        (None, "*/*", "xml", False),
        (None, "", "yaml", False),
        ("json", "text/xml", "xml", True),
        ("xml", "application/json", "json", False),
    ],
)
def test_which_format_is_wanted(suffix, accept, parameter, is_json):
    """The suffix wins over `Accept`, and `Accept` over `format=`."""
    assert wants_json(suffix=suffix, accept=accept, format_parameter=parameter) is is_json
