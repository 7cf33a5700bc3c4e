import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.quality.codecs import CODECS, codec
from sonde.quality.voice import VoiceScore, score_voice

CLEAN = {"jitter_buffer": 0.040, "loss_ratio": 0.0, "discard_ratio": 0.0}


def test_published_sample_of_2014():
    """G.722.1 at 75 ms through a 40 ms buffer gives the MOS that the product printed, digit by digit."""
    score = score_voice(codec=codec("g722.1-32"), one_way_delay=0.075, **CLEAN)
    assert f"{score.mos_cq:.6g}" == "3.95378"
    assert round(score.codec_max_mos, 2) == 4.03


def test_published_sample_of_2020():
    """G.711 at 103.892 ms, which that product prints as 103, gives its other published MOS."""
    score = score_voice(codec=codec("g711"), one_way_delay=0.103892, **CLEAN)
    assert score.mos_cq == pytest.approx(4.351024, abs=1e-6)
    assert round(score.codec_max_mos, 2) == 4.41


@pytest.mark.parametrize(
    ("latency_ms", "mos"),
    [
        (0, 4.409406),
        (10, 4.402366),
        (25, 4.393051),
        (50, 4.379613),
        (75, 4.367046),
        (100, 4.353651),
        (103, 4.351651),
        (150, 4.275615),
        (200, 4.067170),
        (300, 3.528741),
    ],
)
def test_latency_with_g711(latency_ms, mos):
    """Without loss and behind a 40 ms buffer, G.711 has these scores."""
    score = score_voice(codec=codec("g711"), one_way_delay=latency_ms / 1000, **CLEAN)
    assert score.mos_cq == pytest.approx(mos, abs=1e-6)


def test_loss_and_discards_count_alike():
    """Two percent is two percent, whether lost on the way or too late for the buffer."""
    scores = {
        score_voice(
            codec=codec("g711"), one_way_delay=0.0, jitter_buffer=0.0, loss_ratio=lost, discard_ratio=late
        ).mos_cq
        for lost, late in ((0.02, 0.0), (0.0, 0.02), (0.01, 0.01))
    }
    assert len(scores) == 1
    assert scores.pop() == pytest.approx(4.235, abs=0.0005)


def test_score_says_what_it_is():
    """A score carries model, version, scale and the components that add up to it."""
    score = score_voice(codec=codec("g729a"), one_way_delay=0.150, **CLEAN)
    x = score.components
    assert (score.model, score.version, score.scale) == ("te-g107", "1", "narrowband")
    assert score.r_factor == pytest.approx(x.ro - x.is_ - x.idte - x.idle - x.idd - x.ie_eff + x.a)
    assert (x.ie_eff, score.reason, score.notes) == (11.0, "", ())


def test_score_survives_storage():
    """A score, components included, comes back from JSON as it went."""
    for loss in (0.03, 1.0):
        score = score_voice(
            codec=codec("g711"), one_way_delay=0.1, jitter_buffer=0.04, loss_ratio=loss, discard_ratio=0.0
        )
        assert msgspec.json.decode(msgspec.json.encode(score), type=VoiceScore) == score


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        ({"loss_ratio": None, "discard_ratio": None, "one_way_delay": None}, "no record of any packet"),
        ({"loss_ratio": 1.0, "one_way_delay": None}, "No packet arrived"),
        ({"loss_ratio": 1.0}, "No packet arrived"),
        ({"discard_ratio": None}, "how many packets came too late"),
        ({"one_way_delay": None}, "one-way delay is unknown"),
    ],
)
def test_no_score_without_a_measurement(missing, reason):
    """What was not measured is not guessed: no MOS, no R, but a reason and the ceiling."""
    score = score_voice(**{"codec": codec("g711"), "one_way_delay": 0.05, **CLEAN, **missing})
    assert (score.mos_cq, score.r_factor, score.components) == (None, None, None)
    assert reason in score.reason
    assert round(score.codec_max_mos, 2) == 4.41


def test_notes_beyond_validity():
    """Loss above 20 % and delay above 500 ms are scored, with a note each."""
    score = score_voice(
        codec=codec("g711"), one_way_delay=0.480, jitter_buffer=0.040, loss_ratio=0.15, discard_ratio=0.10
    )
    assert score.mos_cq is not None
    assert score.notes == (
        "Loss and discards of 25.0 % are beyond what G.107 is validated for, 20 %.",
        "Delay with buffer of 520 ms is beyond what G.107 is validated for, 500 ms.",
    )
    at_the_limits = score_voice(
        codec=codec("g711"), one_way_delay=0.460, jitter_buffer=0.040, loss_ratio=0.2, discard_ratio=0.0
    )
    assert at_the_limits.notes == ()


@pytest.mark.parametrize("field", ["one_way_delay", "jitter_buffer", "loss_ratio", "discard_ratio"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -1e-9])
def test_impossible_input_is_named(field, value):
    """NaN, infinity and negative numbers are refused by name, not scored."""
    with pytest.raises(ValueError, match=rf"^{field} must be"):
        score_voice(**{"codec": codec("g711"), "one_way_delay": 0.05, **CLEAN, field: value})


@pytest.mark.parametrize("field", ["one_way_delay", "jitter_buffer", "discard_ratio"])
def test_impossible_input_is_named_even_when_nothing_can_be_scored(field):
    """A bad number is not excused by the absence of others."""
    arguments = {"codec": codec("g711"), "one_way_delay": None, **CLEAN, "loss_ratio": None, field: -1.0}
    with pytest.raises(ValueError, match=rf"^{field} must be"):
        score_voice(**arguments)


def test_shares_of_one_whole():
    """Lost and discarded packets are both of those sent, so together they cannot exceed them."""
    with pytest.raises(ValueError, match=r"^loss_ratio \+ discard_ratio must be between 0 and 1"):
        score_voice(
            codec=codec("g711"), one_way_delay=0.1, jitter_buffer=0.0, loss_ratio=0.6, discard_ratio=0.5
        )


@given(st.integers(1, 3000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n - 1))))
def test_every_packet_late_or_lost(counts):
    """Shares that together make the whole are accepted whatever their rounding, and score the minimum."""
    sent, lost = counts
    score = score_voice(
        codec=codec("g723.1"),
        one_way_delay=0.4,
        jitter_buffer=0.1,
        loss_ratio=lost / sent,
        discard_ratio=(sent - lost) / sent,
    )
    assert score.mos_cq == 1.0


ratios = st.floats(0, 0.5)
any_stream = st.fixed_dictionaries(
    {
        "codec": st.sampled_from(list(CODECS.values())),
        "one_way_delay": st.floats(0, 5) | st.floats(0, 1e9),
        "jitter_buffer": st.floats(0, 0.5) | st.floats(0, 1e9),
        "loss_ratio": ratios,
        "discard_ratio": ratios,
    }
)


@given(any_stream)
def test_scores_stay_on_their_scales(stream):
    """However bad the network, MOS is within 1 and 4.5, R within 0 and 100, and both are plain floats."""
    score = score_voice(**stream)
    assert 1 <= score.mos_cq <= 4.5
    assert 0 <= score.r_factor <= 100
    assert {type(score.mos_cq), type(score.r_factor)} == {float}


@given(any_stream, ratios)
def test_more_loss_never_helps(stream, other):
    """Of two streams that differ in loss, the one with more has no better score."""
    low, high = sorted((stream["loss_ratio"], other))
    better, worse = (score_voice(**{**stream, "loss_ratio": loss}).mos_cq for loss in (low, high))
    assert worse <= better + 1e-9


@given(any_stream, st.floats(0.001, 5), st.floats(0.001, 5))
def test_more_latency_never_helps(stream, one, other):
    """Of two streams that differ in latency, from 1 ms on, the one with more has no better score."""
    low, high = sorted((one, other))
    better, worse = (score_voice(**{**stream, "one_way_delay": delay}).mos_cq for delay in (low, high))
    assert worse <= better + 1e-9
