import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.quality.codecs import CODECS, codec
from sonde.quality.coding import Coding, coding_of, opus
from sonde.quality.registry import VALUES, find
from sonde.quality.scales import FULLBAND

# slug: scale, Ie, Bpl, ms of look-ahead
OWN = {
    "g711": ("narrowband", 0, 25.1, 0.25),
    "g722.1-24": ("wideband", 19, None, 20),
    "g722.1-32": ("wideband", 13, None, 20),
    "g726-32": ("narrowband", 7, None, 0),
    "g723.1": ("narrowband", 15, 16.1, 7.5),
    "g729a": ("narrowband", 11, 19.0, 5),
    "rtaudio-45-wb": ("narrowband", 11, None, 0),
    "rtaudio-27.8": ("narrowband", 36, None, 0),
    "silk-36-wb": ("narrowband", -0.6, None, 0),
    "g722-64": ("wideband", 13, None, 1.5),
}


@pytest.mark.parametrize("slug", CODECS)
def test_each_codec_on_its_own_scale(slug):
    """Ie and Bpl are the published ones; where none is, the Ie of the known ceiling and no Bpl."""
    value = coding_of(codec(slug)).value
    assert (value.scale, value.ie, value.bpl, 1000 * value.look_ahead) == OWN[slug]


@pytest.mark.parametrize("slug", CODECS)
def test_a_value_is_published_or_says_that_it_is_not(slug):
    """A coding carries a value of the registry, or one that is marked as nobody's."""
    value = coding_of(codec(slug)).value
    assert value in VALUES or (not value.itu and value.source.startswith("Not published"))


def test_one_name_is_one_codec():
    """A slug that both tables have stands for the same codec: its own-scale value is that of the slug."""
    shared = {value.slug for value in VALUES} & set(CODECS)
    assert shared == {"g711", "g722.1-24", "g722.1-32", "g726-32", "g722-64"}
    assert all(coding_of(codec(slug)).value.slug == slug for slug in shared)
    assert codec("g711").bpl == find("g711", scale="narrowband").bpl == 25.1


@pytest.mark.parametrize(
    ("slug", "delay_ms"), [("g711", 20.25), ("g729a", 25), ("g723.1", 37.5), ("g722.1-24", 40)]
)
def test_the_frame_does_not_count_twice(slug, delay_ms):
    """A packet waits until it is full, and for the look-ahead, and for nothing else."""
    assert 1000 * coding_of(codec(slug)).delay == pytest.approx(delay_ms)


@pytest.mark.parametrize(
    ("slug", "scale", "look_ahead_ms"),
    [
        ("amr-12.2", "narrowband", 0), ("amr-7.95", "narrowband", 5), ("amr-wb-14.25", "wideband", 5),
        ("evs-swb-24.4", "fullband", 12), ("opus-wb-vbr-13", "wideband", 6.5), ("g728-16", "narrowband", 0),
    ],
)  # fmt: skip
def test_look_ahead_of_other_codecs(slug, scale, look_ahead_ms):
    """Each family waits for its own, and one of which none is known for nothing."""
    assert 1000 * find(slug, scale=scale).look_ahead == pytest.approx(look_ahead_ms)


def test_opus_waits_for_its_look_ahead():
    """6.5 ms beyond the frame."""
    assert Coding(value=opus(32.0), packet_interval=0.020).delay == pytest.approx(0.0265)


@pytest.mark.parametrize(
    ("kilobits", "ie", "bpl"),
    [
        (14, 38.1, 16.5),
        (22, 20.2, 10.5),
        (23.5, 20.2, 10.9),
        (32, 16.8 - 2.0 / 3, 10.4 - 0.3 / 3),
        (40, 10.7, 9.8),
        (52, 7.35, 9.8),
        (64, 4.0, 9.8),
        (128, 4.0, 9.8),
    ],
)
def test_opus_by_bit_rate(kilobits, ie, bpl):
    """Interpolated between the rows of the data set; above 40 kbit/s Ie falls to 4 at 64."""
    value = opus(kilobits)
    assert (value.ie, value.bpl) == (pytest.approx(ie), pytest.approx(bpl))
    assert (value.scale, value.itu) == (FULLBAND.name, False)


@pytest.mark.parametrize(
    ("kilobits", "confirmed", "end"),
    [(16, True, "is our reading"), (17, False, "interpolated"), (41, False, "above 40 kbit/s it is ours")],
)
def test_opus_says_what_is_ours(kilobits, confirmed, end):
    """A value between or beyond the rows is not taken for a measured one."""
    value = opus(kilobits)
    assert value.confirmed is confirmed
    assert value.source.endswith(end)


@pytest.mark.parametrize("kilobits", [13.9, 0, -1, math.nan, math.inf])
def test_opus_below_its_table_is_refused(kilobits):
    """Other bands belong to other scales, so nothing is extrapolated downwards."""
    with pytest.raises(ValueError, match=r"^bit_rate must be"):
        opus(kilobits)


@given(st.floats(14, 200), st.floats(14, 200))
def test_more_bits_never_sound_worse(one, other):
    """Ie does not rise with the bit rate."""
    low, high = sorted((one, other))
    assert opus(high).ie <= opus(low).ie + 1e-9
