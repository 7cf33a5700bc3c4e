import pytest

from sonde.quality.codecs import CODECS, UnknownCodec, codec

# slug: ceiling of the MOS, ms between packets, bytes of payload
PUBLISHED = {
    "g711": (4.41, 20, 160),
    "g722.1-24": (3.79, 20, 60),
    "g722.1-32": (4.03, 20, 80),
    "g726-32": (4.07, 20, 80),
    "g723.1": (3.95, 30, 24),
    "g729a": (4.10, 20, 20),
    "rtaudio-45-wb": (4.10, 20, 113),
    "rtaudio-27.8": (2.95, 20, 70),
    "silk-36-wb": (4.42, 20, 90),
    "g722-64": (4.03, 20, 160),
}


def test_the_ten_codecs():
    """Exactly the ten codecs exist, each under its own slug."""
    assert list(CODECS) == list(PUBLISHED)
    assert all(each.slug == slug for slug, each in CODECS.items())


@pytest.mark.parametrize("slug", PUBLISHED)
def test_ceiling_and_packets(slug):
    """The ceiling of the MOS, the packet interval and the payload are the published ones."""
    ceiling, interval_ms, payload = PUBLISHED[slug]
    assert round(codec(slug).max_mos, 2) == ceiling
    assert codec(slug).packet_interval == pytest.approx(interval_ms / 1000)
    assert codec(slug).packets_per_second == pytest.approx(1000 / interval_ms)
    assert codec(slug).payload_bytes == payload


@pytest.mark.parametrize("slug", PUBLISHED)
def test_rtp_clock_counts_whole_packets(slug):
    """A packet advances the RTP clock by a whole number of ticks: that of its duration."""
    each = codec(slug)
    assert each.timestamp_step == pytest.approx(each.clock_rate * each.packet_interval, abs=1e-9)


def test_payload_types_tell_codecs_apart():
    """Static types are those of RFC 3551, the others are dynamic, and none is used twice."""
    static = {"g711": 0, "g723.1": 4, "g722-64": 9, "g729a": 18}
    types = {slug: each.payload_type for slug, each in CODECS.items()}
    assert {slug: types[slug] for slug in static} == static
    assert all(96 <= types[slug] <= 127 for slug in types.keys() - static)
    assert len(set(types.values())) == len(types)


@pytest.mark.parametrize("slug", PUBLISHED)
def test_robustness_has_a_source(slug):
    """A Bpl is either one of G.113 Table I.4, or its source says that it is ours."""
    each = codec(slug)
    published = {"g711": 25.1, "g729a": 19.0, "g723.1": 16.1}
    if slug in published:
        assert each.bpl == published[slug]
        assert "Bpl G.113 Table I.4" in each.source
    else:
        assert "is ours" in each.source


def test_unknown_codec_lists_the_known():
    """Asking for a codec that does not exist says which do."""
    with pytest.raises(UnknownCodec, match=r"'opus'.*g711, .*g722-64"):
        codec("opus")
