"""Versions and suffixes in ThousandEyes paths."""

import pytest

from sonde.api.thousandeyes.addressing import Address, read_id, read_path, write_path
from sonde.model.errors import Invalid


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
        ("/v5/agents.xml", Address(version="v5", path="/agents", suffix="xml")),
        ("/v7/agents", Address(version="v7", path="/agents")),
        ("/v7/agents.json", Address(version="v7", path="/agents.json")),
        ("/v4/agents.json", Address(version="v4", path="/agents.json")),
        ("/voice/agents", Address(path="/voice/agents")),
        ("/", Address(path="/")),
        ("/v6", Address(path="/")),
        ("/.json", Address(path="/", suffix="json")),
    ],
)
def test_a_path_is_taken_apart(path, address):
    """The version comes off the front and, where it has any, the suffix off the last segment, each once."""
    assert read_path(path) == address


@pytest.mark.parametrize(("version", "is_served"), [("v4", False), ("v5", True), ("v6", True), ("v8", False)])
def test_which_versions_there_are(version, is_served):
    """The vendor's oldest supported version and everything after it that exists."""
    assert read_path(f"/{version}/agents").is_served is is_served


@pytest.mark.parametrize("path", ["/v6/agents.json", "/v5/voice/rtp-stream/17.xml", "/v7/agents"])
def test_a_path_can_be_written_again(path):
    """What is read and written leads to the same place."""
    assert write_path(read_path(path)) == f"/thousandeyes{path}"


def test_nothing_of_a_path_gets_out_of_its_header():
    """A line end in a path that is sent back as a redirect would be a header of the caller's own."""
    address = Address(version="v4", path="/agents\r\nSet-Cookie: a=b")
    assert write_path(address) == "/thousandeyes/v4/agents%0D%0ASet-Cookie%3A%20a%3Db"


@pytest.mark.parametrize(
    ("query", "written"),
    [
        (b"", ""),
        (b"window=1h&aid=7", "?window=1h&aid=7"),
        (b"from=2026-01-01+00%3A00%3A00", "?from=2026-01-01+00%3A00%3A00"),
        (b"a=\xff\r\n", "?a=%FF%0D%0A"),
    ],
)
def test_a_query_stays_as_it_is_as_far_as_it_is_plain(query, written):
    """Escapes are not escaped again, and bytes that no header may hold are."""
    assert write_path(Address(path="/agents"), query) == f"/thousandeyes/v6/agents{written}"


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "x", "٣", "1" * 19, " 1"])
def test_what_is_no_identifier_names_its_field(text):
    """Only positive whole numbers of a sane size are looked for."""
    with pytest.raises(Invalid) as caught:
        read_id(text, "testId")
    assert caught.value.field == "testId"


def test_an_identifier():
    """Digits are a number."""
    assert read_id("281474976710706", "testId") == 281474976710706
