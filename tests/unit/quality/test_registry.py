import pytest

from sonde.quality.codecs import UnknownCodec
from sonde.quality.registry import VALUES, find
from sonde.quality.scales import SCALES, ScaleMismatch

# slug, scale, listening: Ie, Bpl
PUBLISHED = {
    ("g711-no-plc", "narrowband", ""): (0, 4.3),
    ("g711", "narrowband", ""): (0, 25.1),
    ("g726-16", "narrowband", ""): (50, None),
    ("g729", "narrowband", ""): (10, None),
    ("g729a-vad", "narrowband", ""): (11, 19.0),
    ("g723.1-6.3-vad", "narrowband", ""): (15, 16.1),
    ("gsm-efr", "narrowband", ""): (5, 10.0),
    ("amr-12.2", "narrowband", ""): (5.0, None),
    ("amr-wb-6.6", "wideband", "monotic"): (41, None),
    ("amr-wb-6.6", "wideband", "diotic"): (56, None),
    ("amr-wb-12.65", "wideband", "diotic"): (20, 4.3),
    ("amr-wb-23.05", "wideband", "monotic"): (1, None),
    ("amr-wb-23.85", "wideband", "monotic"): (8, None),
    ("amr-wb-23.85", "wideband", "diotic"): (10, 4.9),
    ("g722-64", "wideband", ""): (13, None),
    ("g722-48", "wideband", ""): (31, None),
    ("g722.1-24", "wideband", ""): (19, None),
    ("evs-swb-32", "fullband", ""): (8.7, 9.3),
    ("evs-swb-9.6", "fullband", ""): (22.7, 13.0),
    ("opus-swb-vbr-14", "fullband", ""): (38.1, 16.5),
    ("opus-swb-cbr-25", "fullband", ""): (22.6, 10.6),
    ("opus-wb-vbr-13", "wideband", ""): (20.0, 19.5),
    ("opus-nb-vbr-9", "narrowband", ""): (11.7, 18.9),
}


@pytest.mark.parametrize("key", PUBLISHED, ids="/".join)
def test_published_value(key):
    """Ie and Bpl are those published for that codec, scale and way of listening."""
    slug, scale, listening = key
    value = find(slug, scale=scale, listening=listening)
    assert (value.ie, value.bpl) == PUBLISHED[key]


def test_every_value_is_found_under_its_own_key():
    """No two values compete for the same codec, scale and way of listening."""
    for value in VALUES:
        assert find(value.slug, scale=value.scale, listening=value.listening) is value


def test_every_value_lies_on_a_scale_with_a_source():
    """A value names an existing scale, stays below its limit and says where it is from."""
    for value in VALUES:
        assert 0 <= value.ie < SCALES[value.scale].worst_equipment
        assert all(bpl is None or bpl > 0 for bpl in (value.bpl, value.bpl_bursty))
        assert ("Not ITU" in value.source) is not value.itu
        assert value.source.startswith(("ITU-T G.113", "Ie ITU-T G.113", "Not ITU"))


def test_how_many_values_there_are():
    """The tables are complete: 21 codecs and AMR, AMR-WB both ways and G.722, EVS, and Opus."""
    by_scale = {scale: sum(value.scale == scale for value in VALUES) for scale in SCALES}
    assert by_scale == {"narrowband": 21 + 8 + 2, "wideband": 9 + 6 + 5 + 2, "fullband": 6 + 3 + 11}


def test_what_the_itu_did_not_publish_says_so():
    """Exactly Opus and narrowband AMR come from elsewhere; bursty robustness exists for Opus alone."""
    others = {value.slug.split("-")[0] for value in VALUES if not value.itu}
    assert others == {"opus", "amr"}
    assert all((value.bpl_bursty is not None) == value.slug.startswith("opus") for value in VALUES)
    assert not any(
        value.itu for value in VALUES if value.slug.startswith("amr-") and value.scale == "narrowband"
    )


@pytest.mark.parametrize(
    ("slug", "scale", "has"),
    [
        ("g722-64", "narrowband", "wideband"),
        ("evs-swb-48", "wideband", "fullband"),
        ("g711", "fullband", "narrowband"),
    ],
)
def test_values_of_another_scale_are_refused(slug, scale, has):
    """A codec is never rated with the numbers of another scale; the refusal says where it has some."""
    with pytest.raises(ScaleMismatch, match=rf"{slug} has values on the {has} scale, none on the {scale}"):
        find(slug, scale=scale)


def test_unknown_names_are_refused():
    """A codec, a scale or a way of listening that does not exist is refused with what does."""
    with pytest.raises(UnknownCodec, match="'speex'"):
        find("speex", scale="narrowband")
    with pytest.raises(ValueError, match="known are narrowband, wideband, fullband"):
        find("g711", scale="superwideband")
    with pytest.raises(ValueError, match="no particular listening"):
        find("g711", scale="narrowband", listening="diotic")


def test_the_way_of_listening_is_not_guessed():
    """Where handset and headset differ, the caller chooses; where there is one value, it need not."""
    with pytest.raises(ValueError, match="monotic and diotic listening"):
        find("amr-wb-6.6", scale="wideband")
    assert find("amr-wb-14.25", scale="wideband").listening == "monotic"
