from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.impair.notation import format_endpoint, parse_duration, parse_endpoint, parse_ratio
from sonde.model.errors import Invalid


@pytest.mark.parametrize(
    ("text", "ratio"), [("2%", 0.02), ("0.02", 0.02), (" 0.5 % ", 0.005), (".5", 0.5), ("0", 0), ("100%", 1)]
)
def test_ratios_in_both_notations(text: str, ratio: float) -> None:
    """Percent and plain ratios mean the same."""
    assert parse_ratio(text) == pytest.approx(ratio)


@pytest.mark.parametrize("text", ["2", "101%", "-1%", "", "%", "two", "1e-2", "nan", "2%%", "٢%"])
def test_what_is_no_ratio_is_said(text: str) -> None:
    """A ratio above 1 is a percentage somebody forgot to mark, so it is refused like any nonsense."""
    with pytest.raises(Invalid, match=r"write 2% or 0\.02"):
        parse_ratio(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30ms", 0.03),
        ("0.03s", 0.03),
        ("250us", 0.00025),
        ("5 min", 300),
        ("1h", 3600),
        ("0", 0),
        ("1.5s", 1.5),
    ],
)
def test_durations_with_their_units(text: str, seconds: float) -> None:
    """A time has a unit, and nothing has none."""
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["30", "ms", "-1ms", "", "1 day", "1e3s", "inf", "30ms 5s"])
def test_a_time_without_a_unit_is_no_time(text: str) -> None:
    """A number alone could be seconds or milliseconds, so it is refused."""
    with pytest.raises(Invalid, match=r"30ms or 0\.03s"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("127.0.0.1:49200", ("127.0.0.1", 49200)),
        ("[::1]:0", ("::1", 0)),
        ("[fe80::1%lo]:9", ("fe80::1%lo", 9)),
        ("probe-1.example:65535", ("probe-1.example", 65535)),
    ],
)
def test_endpoints_read_and_written(text: str, endpoint: tuple[str, int]) -> None:
    """What is read is written the same way."""
    assert parse_endpoint(text) == endpoint
    assert format_endpoint(endpoint) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "host",
        ":9",
        "host:",
        "::1:9",
        "[::1]",
        "host:65536",
        "host:-1",
        "a b:1",
    ],
)
def test_half_an_endpoint_is_refused(text: str) -> None:
    """A host without a port, a port out of range and a bare IPv6 address are refused."""
    with pytest.raises(Invalid, match="write host:port"):
        parse_endpoint(text)


@given(text=st.text(alphabet="0123456789.%:[]abmnsuh -\u0662"))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever a person types is read as something in range, or refused with the sentence."""
    with suppress(Invalid):
        assert 0 <= parse_ratio(text) <= 1
    with suppress(Invalid):
        assert parse_duration(text) >= 0
    with suppress(Invalid):
        endpoint = parse_endpoint(text)
        assert parse_endpoint(format_endpoint(endpoint)) == endpoint
