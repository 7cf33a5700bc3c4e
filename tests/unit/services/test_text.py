import pytest

from sonde.model.errors import Invalid
from sonde.services.text import checked_name, checked_text


@pytest.mark.parametrize("name", ["a", "x" * 255, "Kairo, Ägypten", "👩‍👩‍👧", "a b"])
def test_a_name_may_be_in_any_language(name: str) -> None:
    """Names are for people."""
    assert checked_name(name, field="name") == name


def test_blanks_around_a_name_are_dropped() -> None:
    """They cannot be seen, so they would make two names look alike."""
    assert checked_name("  Home\n", field="name") == "Home"


@pytest.mark.parametrize("name", ["", "   ", "x" * 256, "a\nb", "a\x00b", "a\x1b[31mb", "\ud800"])
def test_a_name_that_cannot_be_shown_is_refused(name: str) -> None:
    """The error names the field it is about."""
    with pytest.raises(Invalid) as refusal:
        checked_name(name, field="workspace")
    assert refusal.value.field == "workspace"


def test_text_may_have_lines() -> None:
    """A description keeps its layout, and may be empty."""
    assert checked_text("a\r\n\tb", field="description") == "a\r\n\tb"
    assert checked_text("", field="description") == ""


@pytest.mark.parametrize("text", ["x" * 4097, "a\x00b", "\ud800"])
def test_text_that_cannot_be_kept_is_refused(text: str) -> None:
    """Too long, or with characters that databases refuse."""
    with pytest.raises(Invalid):
        checked_text(text, field="description")
