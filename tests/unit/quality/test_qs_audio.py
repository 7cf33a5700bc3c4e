import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.quality.call_codecs import value_of
from sonde.quality.qs_audio import AudioHeard, burst_ratio, score_qs_audio

DURATION = 60.0


def heard(**changes):
    """A minute of good Opus, with changes."""
    given = {
        "codec": "opus", "bit_rate": 32_000.0, "duration": DURATION, "packets": 3000, "missing": 0.0,
        "concealed": 0.0, "concealment_events": 0, "stretched": 0.0, "round_trip_time": 0.080,
        "buffer_delay": 0.060,
    }  # fmt: skip
    return AudioHeard(**{**given, **changes})


def row(kilobits, percent, events, stretch, rtt, buffer):
    """One row of the published examples: kbit/s, percent, events per second, percent, ms, ms."""
    return heard(
        bit_rate=1000.0 * kilobits, concealed=percent / 100, concealment_events=round(events * DURATION),
        stretched=stretch / 100, round_trip_time=rtt / 1000, buffer_delay=buffer / 1000,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "r", "mos", "points"),
    [
        ((40, 0, 0, 0, 40, 40), 137.3, 4.40, (0.10, 0, 0, 0)),
        ((32, 1, 0.5, 1, 80, 60), 121.5, 4.10, (0.24, 0.15, 0.00, 0)),
        ((32, 3, 1.5, 5, 120, 90), 100.3, 3.49, (0.34, 0.55, 0.08, 0.03)),
        ((32, 3, 0.5, 5, 120, 90), 95.8, 3.34, (0.36, 0.68, 0.09, 0.03)),
        ((32, 0, 0, 0, 500, 200), 86.8, 3.03, (0.39, 0, 1.08, 0)),
        ((24, 8, 2, 10, 250, 150), 40.3, 1.50, (0.56, 1.62, 0.70, 0.11)),
    ],
)
def test_published_examples(given, r, mos, points):
    """The design's examples: R to 0.15, as it interpolates Bpl a little otherwise; the rest to 0.01."""
    score = score_qs_audio(row(*given))
    assert score.r_factor == pytest.approx(r, abs=0.15)
    assert score.mos == pytest.approx(mos, abs=0.01)
    assert score.mos_fb == score.mos
    taken = [score.points[name] for name in ("codec", "concealment", "delay", "stretch")]
    assert taken == pytest.approx(points, abs=0.01)
    assert (score.scale, score.model, score.version) == ("fullband", "qs-audio", "1")


@pytest.mark.parametrize(
    ("interval", "changes"),
    [
        ((3.86, 4.25), {}),
        ((3.01, 4.31), {"concealment_events": 1}),
        ((4.05, 4.17), {"duration": 60.0, "packets": 3000, "concealment_events": 60}),
        ((3.80, 4.26), {"round_trip_time": 0.100}),
    ],
    ids=["singly", "in one run", "a minute", "half of the round trip"],
)
def test_published_intervals(interval, changes):
    """G.711 with 150 ms from mouth to ear and 2 % lost: within 0.02 of the design's intervals."""
    short = {
        "duration": 5.0,
        "packets": 250,
        "concealed": 0.02,
        "concealment_events": 5,
        "round_trip_time": 0.0,
    }
    given = short | changes
    beside_network = 0.020 + 0.00025 + 0.020
    buffer = 0.150 - given["round_trip_time"] / 2 - beside_network
    score = score_qs_audio(heard(codec="PCMU", buffer_delay=buffer, **given))
    assert (score.mos_low, score.mos_high) == pytest.approx(interval, abs=0.02)
    assert score.mos == pytest.approx(4.11, abs=0.02)


def test_five_seconds_cannot_resolve_a_fifth_of_a_point():
    """The interval of a short stream is wider than that of a long one with the same share of loss."""
    short = score_qs_audio(heard(duration=5.0, packets=250, concealed=0.02, concealment_events=5))
    long = score_qs_audio(heard(duration=60.0, packets=3000, concealed=0.02, concealment_events=60))
    assert short.mos_high - short.mos_low > 0.2
    assert long.mos_high - long.mos_low < short.mos_high - short.mos_low


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"muted": True}, "muted"),
        ({"duration": 4.9}, "less than 5 s"),
        ({"packets": None}, "packet"),
        ({"packets": 0}, "packet"),
        ({"codec": None}, "codec is unknown"),
        ({"codec": "L16"}, "L16"),
        ({"bit_rate": None}, "bit rate"),
        ({"missing": None, "concealed": None}, "lost"),
        ({"round_trip_time": None}, "round-trip"),
        ({"codec": "G722", "concealed": 0.01}, "Bpl"),
    ],
)
def test_nothing_is_said_without_ground(changes, word):
    """Too little to go on gives no MOS, no points, and a sentence that says what is missing."""
    score = score_qs_audio(heard(**changes))
    assert (score.mos, score.r_factor, score.points) == (None, None, {})
    assert word in score.reason


def test_a_sender_is_scored_from_reports():
    """Without concealment and buffer the packet loss counts, and the score says what it assumed."""
    score = score_qs_audio(heard(concealed=None, concealment_events=None, buffer_delay=None, missing=0.05))
    assert score.mos < score_qs_audio(heard()).mos
    assert any("counts as 60 ms" in note for note in score.notes)
    assert any("stand for it" in note for note in score.notes)


def test_concealment_counts_before_network_loss():
    """What error correction repaired is not held against the stream."""
    assert score_qs_audio(heard(missing=0.2)).mos == score_qs_audio(heard()).mos


def test_few_events_tell_no_burst_ratio():
    """Below five runs the losses count as random; the interval still draws with the runs as they were."""
    few = heard(concealed=0.02, concealment_events=4)
    many = heard(concealed=0.02, concealment_events=5)
    assert burst_ratio(few) > 1
    assert score_qs_audio(few).mos > score_qs_audio(many).mos
    assert score_qs_audio(few).mos_low < score_qs_audio(many).mos


def test_opus_gets_worse_without_a_step():
    """From 64 to 6 kbit/s fewer bits never make Opus better, and 100 bit/s never cost more than 1.5 of R."""
    ie = [value_of("opus", rate).ie for rate in range(64_000, 5_900, -100)]
    assert all(0 <= after - before <= 1.5 for before, after in pairwise(ie))
    assert ie[0] == 4.0


@pytest.mark.parametrize(
    ("codec", "rate", "scale", "ie"),
    [
        ("PCMA", None, "narrowband", 0), ("g722", None, "wideband", 13), ("AMR-WB", 12_650.0, "wideband", 20),
        ("AMR", 12_000.0, "narrowband", 5.0), ("EVS", 24_400.0, "fullband", 7.2),
        ("red", 40_000.0, "fullband", 10.7),
    ],
)  # fmt: skip
def test_each_codec_on_its_own_scale(codec, rate, scale, ie):
    """A codec's value comes from the scale that publishes it, the mode nearest to the bit rate."""
    value = value_of(codec, rate)
    assert (value.scale, value.ie) == (scale, pytest.approx(ie))


def test_scales_are_comparable_only_as_fullband():
    """Perfect G.711 has 4.4 on its own scale and far less where Opus is rated."""
    score = score_qs_audio(heard(codec="PCMU"))
    assert score.mos > 4.3
    assert score.mos_fb < 3.5


ratios = st.none() | st.floats(0, 1)
seconds = st.none() | st.floats(0, 5)


@given(
    concealed=ratios, missing=ratios, stretched=ratios, round_trip_time=seconds, buffer_delay=seconds,
    concealment_events=st.none() | st.integers(0, 10_000), bit_rate=st.floats(0, 1e7),
    codec=st.sampled_from(["opus", "PCMU", "G722", "EVS", "AMR"]), duration=st.floats(5, 1e5),
)  # fmt: skip
def test_points_add_up(**changes):
    """Whatever is heard, the points sum exactly to what is missing to 4.5, and the interval holds the MOS."""
    score = score_qs_audio(heard(**changes))
    if score.mos is None:
        assert score.reason
        return
    assert math.fsum(score.points.values()) == 4.5 - score.mos
    assert 1 <= score.mos_low <= score.mos <= score.mos_high <= 4.5


@pytest.mark.parametrize(
    "name", ["missing", "concealed", "stretched", "round_trip_time", "bit_rate", "duration"]
)
@pytest.mark.parametrize("value", [math.nan, math.inf, -0.1])
def test_impossible_numbers_are_refused_by_name(name, value):
    """NaN, infinity and negative numbers raise, and the message begins with the field."""
    with pytest.raises(ValueError, match=f"^{name} "):
        score_qs_audio(heard(**{name: value}))
