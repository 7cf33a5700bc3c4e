from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.impair.impairment import Impairment, JitterShape
from sonde.impair.notation import parse_count, parse_pattern, parse_rate
from sonde.impair.words import _READERS, parse_impairment
from sonde.model.errors import Invalid

words = st.sampled_from(sorted(_READERS))
values = st.from_regex(r"[-0-9./]{0,6}(%|ms|s|kbit|Mbit|)", fullmatch=True) | st.text(max_size=6)

EVERYTHING = (
    "loss=2%, burst-ratio=3 loss-pattern=1/10 delay=30ms,jitter=5ms jitter-shape=exponential duplicate=1% "
    "reorder=0.02 reorder-delay=60ms dscp=CS1 dscp-from=100 truncate=3% corrupt=4% rate=1.5Mbit queue=100ms"
)


def test_every_word_is_read() -> None:
    """Each field of an impairment has a word, and each word is understood."""
    assert parse_impairment(EVERYTHING) == Impairment(
        loss=0.02,
        burst_ratio=3.0,
        loss_pattern="1111111110",
        delay=0.03,
        jitter=0.005,
        jitter_shape=JitterShape.EXPONENTIAL,
        duplicate=0.01,
        reorder=0.02,
        reorder_delay=0.06,
        dscp=8,
        dscp_from=100,
        truncate=0.03,
        corrupt=0.04,
        rate=1.5e6,
        queue=0.1,
    )
    fields = {field.name.replace("_", "-") for field in msgspec.structs.fields(Impairment)}
    assert set(_READERS) == fields


def test_nothing_is_a_path_that_does_no_harm() -> None:
    """Empty text, commas and spaces say nothing."""
    assert parse_impairment("") == parse_impairment(" , ") == Impairment()


@pytest.mark.parametrize(
    ("text", "field", "sentence"),
    [
        ("lost=2%", "lost", "the words are loss, burst-ratio"),
        ("loss", "loss", "write word=value"),
        ("loss=2% loss=3%", "loss", "loss is said twice"),
        ("loss=2", "loss", "write 2% or 0.02"),
        ("burst-ratio=0.5", "burst-ratio", "burst_ratio must be from 1 to 100"),
        ("burst-ratio=many", "burst-ratio", "no number"),
        ("jitter-shape=pareto", "jitter-shape", "uniform, exponential, normal"),
        ("rate=1", "rate", "such as 900kbit"),
        ("rate=1bit", "rate", "rate must be from 8000 to"),
        ("dscp=64", "dscp", "between 0 and 63"),
        ("dscp-from=-1", "dscp-from", "number of packets"),
        ("loss-pattern=2/1", "loss-pattern", "1/10 for one in ten"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_word(text: str, field: str, sentence: str) -> None:
    """The word is named, and what may be written is said."""
    with pytest.raises(Invalid, match=sentence) as caught:
        parse_impairment(text)
    assert caught.value.field == field


@given(said=st.lists(st.tuples(words, values)), rest=st.text(max_size=20))
def test_any_text_is_an_impairment_or_refused(said: list[tuple[str, str]], rest: str) -> None:
    """Whatever a person types is read, or refused with the error that people get."""
    text = " ".join(f"{word}={value}" for word, value in said)
    for each in (text, rest, f"{text} {rest}"):
        with suppress(Invalid):
            assert isinstance(parse_impairment(each), Impairment)


@pytest.mark.parametrize(
    ("text", "rate"), [("900kbit", 9e5), ("1.5 Mbit/s", 1.5e6), ("64000bit", 64e3), ("1Gbit", 1e9)]
)
def test_rates_with_their_units(text: str, rate: float) -> None:
    """Bits per second with the usual prefixes; a number alone is refused."""
    assert parse_rate(text) == pytest.approx(rate)


@pytest.mark.parametrize(("text", "pattern"), [("1110", "1110"), ("0", "0"), ("2/5", "11100"), ("1/1", "0")])
def test_patterns_in_both_notations(text: str, pattern: str) -> None:
    """Written out, or as how many in how many, of which the last ones are lost."""
    assert parse_pattern(text) == pattern


@given(text=st.text(alphabet="01/29kbitMG. ", max_size=12))
def test_any_text_is_a_value_or_refused(text: str) -> None:
    """Rates are not negative, patterns have at least one packet, counts are whole."""
    with suppress(Invalid):
        assert parse_rate(text) >= 0
    with suppress(Invalid):
        assert set(parse_pattern(text)) <= {"0", "1"}
        assert parse_pattern(text)
    with suppress(Invalid):
        assert parse_count(text) >= 0
