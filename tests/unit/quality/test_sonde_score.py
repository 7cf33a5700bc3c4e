import math

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonde.quality.codecs import CODECS, codec
from sonde.quality.coding import Coding, coding_of, opus
from sonde.quality.ends import rate, rate_arrays
from sonde.quality.interval import Evidence
from sonde.quality.registry import find
from sonde.quality.scales import SCALES
from sonde.quality.voice import VoiceScore, score_sonde, score_voice, sonde_ends

CLEAN = {"jitter_buffer": 0.040, "loss_ratio": 0.0, "discard_ratio": 0.0}
G711 = coding_of(codec("g711"))
OPUS = Coding(value=opus(32.0), packet_interval=0.020)
AMR_WB = Coding(value=find("amr-wb-23.05", scale="wideband", listening="diotic"), packet_interval=0.020)
EVS = Coding(value=find("evs-swb-24.4", scale="fullband"), packet_interval=0.020)


def score(coding=G711, **changes):
    """The score of a stream that is good but for the changes."""
    return score_sonde(coding=coding, **{"one_way_delay": 0.05, **CLEAN, **changes})


def bursty(ratio, runs=40, **evidence):
    return Evidence(packets=3000, loss_runs=runs, burst_ratio=ratio, **evidence)


def test_the_delay_is_complete():
    """Network, buffer, packet and look-ahead: 89.75 + 40 + 20 + 0.25 ms is the published row of 150 ms."""
    result = score(one_way_delay=0.08975)
    assert result.r_factor == pytest.approx(89.539, abs=5e-4)
    assert result.mos_cq == pytest.approx(4.328, abs=5e-4)


def test_score_says_what_it_is():
    """Model, version, scale, and components that add up."""
    result = score(AMR_WB, loss_ratio=0.01)
    x = result.components
    assert (result.model, result.version, result.scale) == ("sonde-g107", "1", "wideband")
    assert (result.ie, x.ro) == (8.0, 129.0)
    assert result.r_factor == pytest.approx(x.ro - x.is_ - x.idte - x.idle - x.idd - x.ie_eff + x.a)


@pytest.mark.parametrize(
    ("coding", "scale", "best"),
    [
        (G711, "narrowband", 93.2062),
        (coding_of(codec("g722-64")), "wideband", 129 - 0.1537 - 13),
        (AMR_WB, "wideband", 129 - 0.1537 - 8),
        (EVS, "fullband", 148 - 7.2),
        (OPUS, "fullband", 148 - 16.1333),
    ],
    ids=lambda each: each.value.slug if isinstance(each, Coding) else None,
)
def test_each_codec_has_its_own_scale(coding, scale, best):
    """The ceiling is what the codec leaves of that scale without a network, and R stays below it."""
    result = score(coding, one_way_delay=0.0, jitter_buffer=0.0)
    assert result.scale == scale
    assert result.codec_max_mos == pytest.approx(SCALES[scale].mos(best), abs=1e-5)
    assert best - 2 < result.r_factor <= best + 0.2


@pytest.mark.parametrize("slug", CODECS)
def test_every_codec_is_scored_on_a_clean_network(slug):
    """Nothing is missing, so no Bpl is needed."""
    assert score(coding_of(codec(slug))).mos_cq > 2.5


@pytest.mark.parametrize("slug", [slug for slug in CODECS if coding_of(codec(slug)).value.bpl is None])
def test_loss_without_known_robustness_is_refused(slug):
    """No MOS is made up where nobody has published how the codec bears loss; the reason says so."""
    for missing in ({"loss_ratio": 0.01}, {"discard_ratio": 0.004}):
        result = score(coding_of(codec(slug)), **missing)
        assert (result.mos_cq, result.r_factor, result.components, result.attribution) == (None,) * 4
        assert "has not been published, and packets are missing" in result.reason
        assert result.codec_max_mos > 2.9


def test_bursts_count_as_observed():
    """At 3 % and a burst ratio of 1.5 and 2, R is that of the published rows."""
    for ratio, r in ((1.0, 83.064), (1.5, 82.690), (2.0, 82.492)):
        result = score(one_way_delay=0.0, jitter_buffer=0.0, loss_ratio=0.03, evidence=bursty(ratio))
        without_delay = result.components.r + result.components.idte + result.components.idle - 0.149046
        assert without_delay == pytest.approx(r, abs=2e-3)


@pytest.mark.parametrize(
    ("evidence", "note"),
    [
        (None, "How the losses cluster is unknown"),
        (Evidence(packets=250, delay_error=0.0), "How the losses cluster is unknown"),
        (bursty(4.0, runs=9, delay_error=0.0), "Fewer than 10 runs of loss tell no burst ratio"),
    ],
    ids=["no evidence", "no ratio", "few runs"],
)
def test_without_a_burst_ratio_losses_count_as_random(evidence, note):
    """BurstR is 1, and a note says why."""
    result = score(loss_ratio=0.03, evidence=evidence)
    assert result.components.ie_eff == pytest.approx(95 * 3 / (3 + 25.1))
    (said,) = result.notes
    assert note in said


def test_below_one_is_one():
    """A burst ratio below 1 is chance, not a better network than random."""
    assert score(loss_ratio=0.03, evidence=bursty(0.7)).r_factor == pytest.approx(
        score(loss_ratio=0.03).r_factor
    )


def test_few_runs_still_widen_the_interval():
    """What is too uncertain for the verdict is not too uncertain for the doubt."""
    singly, in_a_row = (
        score(loss_ratio=0.02, evidence=Evidence(packets=250, loss_runs=1, burst_ratio=ratio))
        for ratio in (1.0, 4.9)
    )
    assert in_a_row.mos_cq == singly.mos_cq
    assert in_a_row.mos_low < singly.mos_low - 0.2


def test_every_limit_reached_is_noted():
    """Loss, delay and burst ratio beyond what G.107 is validated for are scored, with a note each."""
    result = score(
        one_way_delay=0.480, loss_ratio=0.15, discard_ratio=0.10, evidence=bursty(9.5, delay_error=0.0)
    )
    assert result.notes == (
        "Loss and discards of 25.0 % are beyond what G.107 is validated for, 20 %.",
        "Delay from mouth to ear of 540 ms is beyond what G.107 is validated for, 500 ms.",
        "The burst ratio of 9.5 counts as 8, G.107's largest.",
        "A burst ratio of 8.0 at 25.0 % of loss is beyond what G.107 is validated for, 2.",
    )
    assert result.components.ie_eff == pytest.approx(95 * 25 / (25 / 8 + 25.1))


def test_within_the_limits_nothing_is_noted():
    """At the limits themselves, and above a burst ratio of 2 below 2 % of loss."""
    at_the_limits = score(one_way_delay=0.43975, loss_ratio=0.2, evidence=bursty(2.0, delay_error=0.0))
    little_loss = score(loss_ratio=0.0199, evidence=bursty(8.0, delay_error=0.0))
    assert at_the_limits.notes == little_loss.notes == ()
    assert "beyond" in score(loss_ratio=0.02, evidence=bursty(2.1, delay_error=0.0)).notes[0]


def test_doubtful_values_are_noted():
    """A codec whose value is remembered, derived or not the ITU's says so in each score."""
    assert score(coding_of(codec("g722-64"))).notes == (
        "G.722 @ 64 kbit/s: ITU-T G.113 as remembered with Möller et al. (2006), not read.",
    )
    assert "Not ITU" in score(OPUS).notes[0]
    assert "Not published" in score(coding_of(codec("silk-36-wb"))).notes[0]
    assert score(AMR_WB).notes == ()


def test_what_the_interval_leaves_out_is_noted():
    """An unknown error of the delay, and a codec without Bpl."""
    blind = score(evidence=Evidence(packets=250))
    assert blind.notes == ("How wrong the delay may be is unknown and not in the interval.",)
    unrobust = score(coding_of(codec("g726-32")), evidence=Evidence(packets=250, delay_error=0.01))
    assert unrobust.notes == ("Without a Bpl the interval takes it as certain that nothing gets lost.",)
    assert unrobust.mos_low < unrobust.mos_cq < unrobust.mos_high


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        ({"loss_ratio": None, "discard_ratio": None, "one_way_delay": None}, "no record of any packet"),
        ({"loss_ratio": 1.0, "one_way_delay": None}, "No packet arrived"),
        ({"discard_ratio": None}, "how many packets came too late"),
        ({"one_way_delay": None}, "one-way delay is unknown"),
    ],
)
def test_no_score_without_a_measurement(missing, reason):
    """What was not measured is not guessed by either model, and there is no interval either."""
    arguments = {"one_way_delay": 0.05, **CLEAN, "evidence": bursty(1.0), **missing}
    for result in (score(**arguments), score_voice(codec=codec("g711"), **arguments)):
        assert (result.mos_cq, result.mos_low, result.r_high, result.components) == (None,) * 4
        assert reason in result.reason


@pytest.mark.parametrize("field", ["one_way_delay", "jitter_buffer", "loss_ratio", "discard_ratio"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -1e-9])
def test_impossible_input_is_named(field, value):
    """NaN, infinity and negative numbers are refused by name, not scored."""
    with pytest.raises(ValueError, match=rf"^{field} must be"):
        score(**{field: value})


def test_impossible_evidence_is_named():
    """Also what the numbers rest on."""
    with pytest.raises(ValueError, match=r"^burst_ratio must be"):
        score(evidence=Evidence(packets=250, burst_ratio=-1.0))


def test_score_survives_storage():
    """A score of any scale comes back from JSON as it went, and still explains itself."""
    for coding in (G711, AMR_WB, OPUS):
        sent = score(coding, loss_ratio=0.03, evidence=bursty(1.4, delay_error=0.004))
        got = msgspec.json.decode(msgspec.json.encode(sent), type=VoiceScore)
        assert got == sent
        assert got.attribution == sent.attribution
        assert got.attribution.scale == sent.scale


codings = st.sampled_from([G711, AMR_WB, EVS, OPUS, coding_of(codec("g729a"))])
ratios = st.floats(0, 0.5)
evidences = st.builds(
    Evidence, packets=st.integers(1, 3000), loss_runs=st.integers(0, 1500),
    burst_ratio=st.none() | st.floats(0, 100), delay_error=st.none() | st.floats(0, 0.5),
)  # fmt: skip
any_stream = st.fixed_dictionaries(
    {
        "one_way_delay": st.floats(0, 5) | st.floats(0, 1e9), "jitter_buffer": st.floats(0, 0.5),
        "loss_ratio": ratios, "discard_ratio": ratios, "evidence": st.none() | evidences,
    }
)  # fmt: skip


@settings(max_examples=40)
@given(codings, any_stream)
def test_scores_stay_on_their_scales(coding, stream):
    """However bad the network: R and MOS within the scale, and within their interval."""
    for result in (score_sonde(coding=coding, **stream), score_voice(codec=codec("g729a"), **stream)):
        assert 1 <= result.mos_cq <= 4.5
        assert 0 <= result.r_factor <= SCALES[result.scale].ceiling
        if stream["evidence"]:
            assert 1 <= result.mos_low <= result.mos_cq <= result.mos_high <= 4.5
            assert 0 <= result.r_low <= result.r_factor <= result.r_high <= SCALES[result.scale].ceiling


@given(codings, any_stream, ratios)
def test_more_loss_never_helps(coding, stream, other):
    """With the same burst ratio, R does not rise with loss, across the limits of validity too."""
    low, high = sorted((stream["loss_ratio"], other))
    better, worse = (score_sonde(coding=coding, **{**stream, "loss_ratio": loss}) for loss in (low, high))
    assert worse.components.r <= better.components.r + 1e-9


@given(codings, any_stream, st.floats(0, 50), st.floats(0, 50))
def test_burstier_loss_never_helps(coding, stream, one, other):
    """R does not rise with the burst ratio."""
    pair = (
        score_sonde(coding=coding, **{**stream, "evidence": bursty(ratio)}) for ratio in sorted((one, other))
    )
    better, worse = pair
    assert worse.components.r <= better.components.r + 1e-9


@given(codings, any_stream, st.floats(0, 5), st.floats(0, 5))
def test_more_delay_never_helps(coding, stream, one, other):
    """R does not rise with latency; the packet alone takes longer than the millisecond where echo begins."""
    low, high = sorted((one, other))
    better, worse = (score_sonde(coding=coding, **{**stream, "one_way_delay": d}) for d in (low, high))
    assert worse.components.r <= better.components.r + 1e-9


@given(codings, st.lists(st.tuples(st.floats(0, 3), ratios, st.floats(1, 8)), min_size=1, max_size=5))
def test_columns_equal_single_values(coding, rows):
    """Many streams rated at once get what each would get alone."""
    delay, missing, burst_r = (np.array(column) for column in zip(*rows, strict=True))
    ends = sonde_ends(coding, 0.040)
    columns = rate_arrays(ends, delay=delay, missing=missing, burst_r=burst_r)
    for i, row in enumerate(rows):
        alone = rate(ends, delay=row[0], missing=row[1], burst_r=row[2])
        assert columns.r[i] == pytest.approx(alone.r, rel=1e-12, abs=1e-12)
    assert np.all(ends.scale.mos(columns.r) <= 4.5)
