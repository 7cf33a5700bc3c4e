"""Every table about the E-model that others have printed, beside what we compute."""

import pytest

from sonde.quality import fullband, simplified
from sonde.quality.coding import opus
from sonde.quality.emodel import EmodelInputs, rate
from sonde.quality.fullband import FullbandInputs
from sonde.quality.impairments import absolute_delay
from sonde.quality.mos import mos_to_r, r_to_mos
from sonde.quality.registry import find
from sonde.quality.scales import FULLBAND, WIDEBAND

DELAYS = {
    0: (93.206, 4.409), 50: (91.756, 4.380), 100: (90.664, 4.355), 150: (89.539, 4.328),
    200: (85.805, 4.223), 250: (79.177, 3.993), 300: (72.666, 3.719),
}  # fmt: skip
LOSSES = {
    0.5: (91.351, 4.371), 1: (89.566, 4.328), 2: (86.195, 4.235), 3: (83.064, 4.134),
    5: (77.425, 3.923), 10: (66.141, 3.411), 20: (51.078, 2.632),
}  # fmt: skip


@pytest.mark.parametrize("delay", DELAYS)
def test_delay_without_loss(delay):
    """T = Ta and Tr = 2 T, all else at the defaults of G.107."""
    r, mos = DELAYS[delay]
    computed = rate(EmodelInputs(ta=float(delay), t=float(delay), tr=2.0 * delay)).r
    assert (computed, r_to_mos(computed)) == (pytest.approx(r, abs=5e-4), pytest.approx(mos, abs=5e-4))


@pytest.mark.parametrize("loss", LOSSES)
def test_random_loss_without_delay(loss):
    """G.711 with loss concealment."""
    r, mos = LOSSES[loss]
    computed = rate(EmodelInputs(bpl=25.1, ppl=float(loss))).r
    assert (computed, r_to_mos(computed)) == (pytest.approx(r, abs=5e-4), pytest.approx(mos, abs=5e-4))


@pytest.mark.parametrize(("r", "mos"), [(90, 4.34), (80, 4.03), (70, 3.60), (60, 3.10), (50, 2.58)])
def test_bands_of_satisfaction(r, mos):
    """The printed 4.03 is not what the polynomial gives, 4.024; hence the tolerance."""
    assert r_to_mos(float(r)) == pytest.approx(mos, abs=0.0075)
    assert mos_to_r(r_to_mos(float(r))) == pytest.approx(r, abs=1e-6)


@pytest.mark.parametrize(
    ("slug", "longest"),
    [
        ("g711", 400), ("g729", 294), ("g723.1-6.3", 251), ("g723.1-5.3", 219), ("g728-16", 322),
        ("g726-32", 322), ("g726-40", 375), ("gsm-fr", 210), ("gsm-efr", 342),
    ],
)  # fmt: skip
def test_longest_delays_that_keep_a_call_good(slug, longest):
    """With infinite echo loss, codec and delay together cost the same at each of the published bounds."""
    ie = find(slug, scale="narrowband").ie
    assert 24.03 <= ie + absolute_delay(ta=float(longest)) <= 24.15


def test_the_same_rating_on_three_scales():
    """R 93.2 is MOS 4.41, 3.70 and 3.25."""
    assert [round(mos(93.2), 2) for mos in (r_to_mos, WIDEBAND.mos, FULLBAND.mos)] == [4.41, 3.70, 3.25]


def test_the_simplification_differs_from_the_model():
    """At 150 ms Id is 3.6 by Cole and Rosenbluth and 3.816 in full."""
    full = rate(EmodelInputs(ta=150.0, t=150.0, tr=300.0))
    assert simplified.delay_impairment(150.0) == pytest.approx(3.6)
    assert full.idte + full.idle + full.idd == pytest.approx(3.816, abs=5e-4)


@pytest.mark.parametrize(
    ("kilobits", "loss", "burst_r", "round_trip", "buffer", "r"),
    [
        (40, 0, 1, 40, 40, 137.3),
        (32, 1, 1, 80, 60, 121.5),
        # Printed with 1.5 points less, which time stretching of 5 % takes and no E-model knows.
        (32, 3, 1, 120, 90, 100.3 + 1.5),
        (32, 3, 2.9, 120, 90, 95.8 + 1.5),
        (32, 0, 1, 500, 200, 86.8),
    ],
)
def test_opus_examples(kilobits, loss, burst_r, round_trip, buffer, r):
    """Opus on the fullband scale: half the round trip, buffer, packet, look-ahead and 20 ms of device."""
    value = opus(kilobits)
    ta = round_trip / 2 + buffer + 20 + 1000 * value.look_ahead + 20
    inputs = FullbandInputs(ta=ta, ie=value.ie, bpl=value.bpl, ppl=float(loss), burst_r=float(burst_r))
    assert fullband.rate(inputs).r == pytest.approx(r, abs=0.1)
