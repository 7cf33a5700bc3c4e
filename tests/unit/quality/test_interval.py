import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.quality.ends import Ends, equipment, rate
from sonde.quality.interval import DRAWS, STRATA, Evidence, draw_missing, interval_of_r
from sonde.quality.mos import r_to_mos
from sonde.quality.scales import FULLBAND, NARROWBAND, WIDEBAND

PUBLISHED = Ends(scale=NARROWBAND, ie=0.0, bpl=25.1)
"""G.711 with loss concealment; T = Ta and Tr = 2 T."""


def mos_interval(missing, *, burst_r=1.0, **evidence):
    """The interval of the MOS at a delay of 150 ms."""
    low, high = interval_of_r(
        PUBLISHED, delay=0.150, missing=missing, burst_r=burst_r, evidence=Evidence(**evidence)
    )
    return r_to_mos(low), r_to_mos(high)


@pytest.mark.parametrize(
    ("mos", "given"),
    [
        ((3.86, 4.25), {"packets": 250, "loss_runs": 5}),
        # The five in one run: BurstR is 5 * (1 - 0.02).
        ((3.01, 4.31), {"packets": 250, "loss_runs": 1, "burst_r": 4.9}),
        ((4.05, 4.17), {"packets": 3000, "loss_runs": 60}),
        ((3.80, 4.26), {"packets": 250, "loss_runs": 5, "delay_error": 0.050}),
    ],
    ids=["singly", "in one run", "a minute", "half of the round trip"],
)
def test_published_interval(mos, given):
    """2 % of loss at 150 ms: within 0.02 of the published intervals, which are draws themselves."""
    assert mos_interval(0.02, **given) == pytest.approx(mos, abs=0.02)


@pytest.mark.parametrize(
    ("lost", "packets", "runs"),
    [(0, 250, 0), (5, 250, 5), (5, 250, 1), (60, 3000, 60), (250, 250, 1), (1, 1, 1)],
)
def test_the_draws_are_those_of_the_posterior(lost, packets, runs):
    """Their percentiles equal those of Beta(m + 1/2, n - m + 1/2), by numpy's own generator."""
    run = lost / runs if runs else 1.0
    theirs = np.random.default_rng(5).beta(lost / run + 0.5, (packets - lost) / run + 0.5, 400_000)
    ours = draw_missing(lost / packets, Evidence(packets=packets, loss_runs=runs))
    assert len(ours) == DRAWS
    assert np.all(np.diff(ours) >= 0)
    for percentile in (2.5, 25, 50, 75, 97.5):
        expected = np.percentile(theirs, percentile)
        assert np.percentile(ours, percentile) == pytest.approx(expected, rel=0.01, abs=4e-4)


def test_the_interval_holds_the_truth():
    """Of 1000 paths with any loss, 5 s each, about 95 in 100 intervals hold what the path really is."""
    chance = np.random.default_rng(20)
    held = 0
    for loss in chance.uniform(0.002, 0.15, 1000):
        lost = int(chance.binomial(250, loss))
        evidence = Evidence(packets=250, loss_runs=lost)
        low, high = interval_of_r(PUBLISHED, delay=0.1, missing=lost / 250, burst_r=1.0, evidence=evidence)
        held += low <= rate(PUBLISHED, delay=0.1, missing=loss).r <= high
    assert 930 <= held <= 970


def test_the_interval_holds_the_truth_of_bursty_paths():
    """Where losses come in runs of 4 in the mean but of any length, it still holds 85 in 100."""
    chance = np.random.default_rng(21)
    held = 0
    for _ in range(300):
        start, stop = chance.uniform(0.003, 0.02), 0.25
        lost = _two_state_losses(chance, start, stop, 1500)
        runs = int(np.count_nonzero(np.diff(lost.astype(int), prepend=0) == 1))
        evidence = Evidence(packets=len(lost), loss_runs=runs)
        low, high = interval_of_r(PUBLISHED, delay=0.1, missing=lost.mean(), burst_r=1.0, evidence=evidence)
        held += low <= rate(PUBLISHED, delay=0.1, missing=start / (start + stop)).r <= high
    assert held >= 255


def _two_state_losses(chance, start, stop, packets):
    lengths = np.empty(packets, dtype=int)
    lengths[::2], lengths[1::2] = chance.geometric(start, packets // 2), chance.geometric(stop, packets // 2)
    return np.repeat(np.arange(packets) % 2 == 1, lengths)[:packets]


def test_the_same_stream_gets_the_same_interval():
    """Draws come from a fixed seed, whatever was drawn before."""
    asked = {"packets": 250, "loss_runs": 5, "delay_error": 0.020}
    first = mos_interval(0.02, **asked)
    mos_interval(0.3, packets=100, loss_runs=7)
    assert mos_interval(0.02, **asked) == first


def test_what_is_certain_has_no_width():
    """With a clock without error, and no loss that could matter, nothing is left to doubt."""
    ends = Ends(scale=WIDEBAND, ie=13.0, bpl=None, delay=0.060, echo_delay=0.060)
    low, high = interval_of_r(
        ends, delay=0.08, missing=0.0, burst_r=1.0, evidence=Evidence(packets=250, delay_error=0.0)
    )
    assert low == high == pytest.approx(rate(ends, delay=0.08, missing=0.0).r, abs=1e-6)


def test_a_minute_tells_more_than_five_seconds():
    """The interval shrinks with the number of packets, and grows with their runs and the clock's error."""
    second = mos_interval(0.02, packets=3000, loss_runs=60)
    for wider in (
        {"packets": 250, "loss_runs": 5},
        {"packets": 3000, "loss_runs": 6},
        {"packets": 3000, "loss_runs": 60, "delay_error": 0.1},
    ):
        low, high = mos_interval(0.02, **wider)
        assert high - low > second[1] - second[0]


scales = st.sampled_from([(NARROWBAND, 10.0), (WIDEBAND, 13.0), (FULLBAND, 20.0)])


@given(scales, st.floats(0, 4), st.floats(0, 1), st.floats(0, 2), st.integers(1, 5000), st.integers(0, 5000))
def test_any_stream_has_an_interval(scale, delay, missing, error, packets, runs):
    """Finite and in order, even when the evidence cannot belong to the ratio."""
    ends = Ends(scale=scale[0], ie=scale[1], bpl=10.0, delay=0.06, echo_delay=0.06)
    evidence = Evidence(packets=packets, loss_runs=runs, delay_error=error)
    low, high = interval_of_r(ends, delay=delay, missing=missing, burst_r=1.0, evidence=evidence)
    assert math.isfinite(low)
    assert low <= high <= scale[0].ceiling + 1


@given(st.integers(0, 249), st.integers(1, 250))
def test_more_loss_never_raises_an_end(lost, more):
    """Both ends fall when more packets are lost, each for itself."""
    pair = sorted((lost, min(lost + more, 250)))
    ends = [
        interval_of_r(
            PUBLISHED, delay=0.1, missing=each / 250, burst_r=1.0,
            evidence=Evidence(packets=250, loss_runs=each, delay_error=0.01),
        )
        for each in pair
    ]  # fmt: skip
    assert ends[1][0] <= ends[0][0] + 1e-6
    assert ends[1][1] <= ends[0][1] + 1e-6


def test_every_delay_is_drawn_as_often():
    """The strata of the delay have equal shares of the draws."""
    assert DRAWS % STRATA == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [("packets", 0), ("loss_runs", -1), ("burst_ratio", -0.1), ("burst_ratio", math.nan),
     ("delay_error", -1e-9), ("delay_error", math.inf)],
)  # fmt: skip
def test_impossible_evidence_is_named(field, value):
    """What cannot be is refused by name."""
    with pytest.raises(ValueError, match=rf"^{field} must be"):
        Evidence(**{"packets": 250, field: value}).check()


@pytest.mark.parametrize("scale", [NARROWBAND, WIDEBAND, FULLBAND])
def test_equipment_is_that_of_the_whole_model(scale):
    """Ie,eff alone is the one in the rating."""
    ends = Ends(scale=scale, ie=7.0, bpl=9.0)
    assert equipment(ends, missing=0.07, burst_r=1.5) == pytest.approx(
        rate(ends, delay=0.1, missing=0.07, burst_r=1.5).ie_eff
    )
