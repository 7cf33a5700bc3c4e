import pytest

from sonde.quality.dscp import NAMES, dscp_name, parse_dscp


@pytest.mark.parametrize(
    ("code", "label"),
    [
        (0, "Best Effort (DSCP 0)"),
        (8, "CS1 (DSCP 8)"),
        (10, "AF11 (DSCP 10)"),
        (38, "AF43 (DSCP 38)"),
        (44, "Voice Admit (DSCP 44)"),
        (46, "EF (DSCP 46)"),
        (56, "CS7 (DSCP 56)"),
        (1, "DSCP 1"),
        (63, "DSCP 63"),
    ],
)
def test_label(code, label):
    """Code points carry the labels ThousandEyes shows, the unnamed ones their number."""
    assert dscp_name(code) == label


def test_named_code_points():
    """The names cover best effort, seven class selectors, twelve assured classes, voice admit and EF."""
    assert sorted(NAMES) == [
        0, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40, 44, 46, 48, 56,
    ]  # fmt: skip


@pytest.mark.parametrize("code", range(64))
def test_label_and_number_read_back(code):
    """Whatever we print for a code point is understood again, in any case."""
    label = dscp_name(code)
    assert {parse_dscp(text) for text in (label, label.lower(), str(code), f" {code} ")} == {code}


@pytest.mark.parametrize(
    ("text", "code"),
    [("ef", 46), ("AF41", 34), ("cs0", 0), ("BE", 0), ("DF", 0), ("VA", 44), ("best effort", 0)],
)
def test_short_names(text, code):
    """The usual short names are understood."""
    assert parse_dscp(text) == code


@pytest.mark.parametrize(
    "text", ["", "AF44", "EF (DSCP 8)", "EF (DSCP 46", "DSCP 46)", "-1", "4.6", "٤٦", "(DSCP 46)"]
)
def test_other_text_is_refused(text):
    """Text that names no code point, or contradicts itself, is refused with advice."""
    with pytest.raises(ValueError, match=r"is no DSCP; give a number from 0 to 63"):
        parse_dscp(text)


@pytest.mark.parametrize("code", [-1, 64, 184])
def test_code_out_of_range(code):
    """A value of six bits is asked for; the TOS byte 184 is not one."""
    with pytest.raises(ValueError, match=rf"between 0 and 63, not {code}"):
        dscp_name(code)


@pytest.mark.parametrize("text", ["64", "184", "DSCP 64"])
def test_number_out_of_range(text):
    """A number that does not fit six bits is refused when read, too."""
    with pytest.raises(ValueError, match=r"between 0 and 63"):
        parse_dscp(text)
