import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sonde.quality import emodel, fullband, wideband
from sonde.quality.attribution import TOLERANCE, attribute
from sonde.quality.emodel import EmodelInputs, Rating
from sonde.quality.fullband import FullbandInputs
from sonde.quality.wideband import WidebandInputs

delays = st.floats(0, 3000) | st.floats(0, 1e300)
codec_and_loss = {
    "ie": st.just(0.0) | st.floats(-95, 95), "bpl": st.floats(1e-3, 1e6),
    "ppl": st.just(0.0) | st.floats(0, 100),
    "burst_r": st.floats(1, 8), "a": st.just(0.0) | st.floats(0, 100), "ta": delays,
}  # fmt: skip
echo = {"t": delays, "tr": delays, "telr": st.floats(0, 200), "wepl": st.floats(0, 200)}
decibels = st.floats(-200, 200)
connections = st.one_of(
    st.builds(EmodelInputs, **codec_and_loss, **echo, slr=decibels, nc=decibels, pr=decibels),
    st.builds(EmodelInputs, **codec_and_loss, **echo),
    st.builds(WidebandInputs, **codec_and_loss, **echo),
    st.builds(FullbandInputs, **codec_and_loss),
)


def rate(inputs):
    """Rate by the model the inputs belong to."""
    model = {EmodelInputs: emodel, WidebandInputs: wideband, FullbandInputs: fullband}[type(inputs)]
    return model.rate(inputs)


@given(connections)
@example(FullbandInputs(ie=1e-291, bpl=1.0, ppl=1e-291, a=1e-291))
def test_the_points_add_up_exactly(inputs):
    """The sum of the points is the loss from the ceiling, to the last bit, on every scale."""
    told = attribute(rate(inputs), ie=inputs.ie)
    assert math.fsum(told.points.values()) == told.ceiling - told.r
    assert told.r == rate(inputs).r


@given(connections)
@example(FullbandInputs(ie=50.0, a=50.0))
@example(EmodelInputs(ppl=100.0, bpl=1e-3, ta=1e300))
def test_the_points_of_mos_add_up_exactly(inputs):
    """The sum of the points is what is missing to 4.5, to the last bit, on every scale and off it."""
    told = attribute(rate(inputs), ie=inputs.ie)
    assert 1 <= told.mos <= 4.5
    assert math.fsum(told.mos_points.values()) == 4.5 - told.mos


@given(connections)
@example(FullbandInputs(ie=0.0, bpl=66000.0, ppl=0.5))
def test_the_points_of_mos_are_shared_out_as_those_of_r(inputs):
    """Whoever took more points of R took more points of MOS, in the same proportion."""
    told = attribute(rate(inputs), ie=inputs.ie)
    lost = told.ceiling - told.r
    share = (4.5 - told.mos) / lost if lost > TOLERANCE else 0.0
    for name, points in told.points.items():
        assert told.mos_points[name] == pytest.approx(share * points, abs=1e-6)


@settings(max_examples=40)
@given(st.lists(st.builds(EmodelInputs, **codec_and_loss, **echo), min_size=1, max_size=4))
def test_columns_equal_single_values(rows):
    """Many ratings explained at once get the points that each would get alone, and as exactly."""
    names = ("ie", "bpl", "ppl", "burst_r", "a", "ta", "t", "tr", "telr", "wepl")
    columns = {name: np.array([getattr(row, name) for row in rows]) for name in names}
    told = attribute(emodel.rate_arrays(EmodelInputs(**columns)), ie=columns["ie"])
    for i, row in enumerate(rows):
        alone = attribute(rate(row), ie=row.ie)
        assert math.fsum(points[i] for points in told.points.values()) == 100 - told.r[i]
        assert math.fsum(points[i] for points in told.mos_points.values()) == 4.5 - told.mos[i]
        for name, points in alone.points.items():
            assert told.points[name][i] == pytest.approx(points, abs=1e-9)
            assert told.mos_points[name][i] == pytest.approx(alone.mos_points[name], abs=1e-9)


@given(connections)
def test_making_it_exact_changes_nothing_one_could_see(inputs):
    """Each point is the component it stands for, but for the last digits of a float."""
    rating = rate(inputs)
    told = attribute(rating, ie=inputs.ie)
    expected = {
        "basic": told.ceiling - rating.ro + rating.is_, "talker_echo": rating.idte,
        "listener_echo": rating.idle, "delay": rating.idd, "codec": inputs.ie,
        "loss": rating.ie_eff - inputs.ie, "advantage": -rating.a,
    }  # fmt: skip
    assert told.points == pytest.approx(expected, rel=0, abs=1e-9)


def test_a_perfect_wideband_connection_loses_nothing_to_the_absent():
    """An impairment that is not there takes exactly 0, not a rounding error."""
    told = attribute(wideband.rate(WidebandInputs(ie=13.1, ppl=3.0, bpl=4.3)), ie=13.1)
    assert (told.basic, told.talker_echo, told.delay, told.advantage) == (0, 0, 0, 0)
    assert told.scale == "wideband"
    assert told.ceiling == 129


def test_the_loss_is_what_a_perfect_network_gives_back():
    """Without the loss, R is higher by just the points of the loss; what remains of Ie,eff is the codec."""
    lossy = emodel.rate(EmodelInputs(ie=11.0, bpl=19.0, ppl=2.0))
    clean = emodel.rate(EmodelInputs(ie=11.0, bpl=19.0))
    told = attribute(lossy, ie=11.0)
    assert told.codec == pytest.approx(11.0)
    assert told.loss == pytest.approx(clean.r - lossy.r)
    assert told.loss == pytest.approx(8.0)


def test_the_default_connection():
    """At the defaults of G.107, noise and loudness take 6.64 points and the listener echo 0.15."""
    told = attribute(emodel.rate(EmodelInputs()), ie=0.0)
    assert told.basic == pytest.approx(6.644746, abs=1e-6)
    assert told.listener_echo == pytest.approx(0.149046, abs=1e-6)
    assert told.r == pytest.approx(93.2062077)
    assert list(told.points) == [
        "basic", "talker_echo", "listener_echo", "delay", "codec", "loss", "advantage",
    ]  # fmt: skip


def test_one_bad_rating_in_a_column_is_found():
    """A column in which one rating does not add up is not explained."""
    good = emodel.rate_arrays(EmodelInputs(ppl=np.array([0.0, 1.0])))
    components = {name: getattr(good, name) for name in Rating.__struct_fields__}
    bad = Rating(**{**components, "r": components["r"] - np.array([0.0, 1e-5])})
    with pytest.raises(ValueError, match=r"must add up"):
        attribute(bad, ie=np.zeros(2))


@pytest.mark.parametrize("r", [90.0, math.nan, math.inf])
def test_a_rating_that_does_not_add_up_is_refused(r):
    """Points that belong to another R are not told as if they explained this one."""
    rating = Rating(ro=94.0, is_=1.0, idte=0.0, idle=0.0, idd=0.0, ie_eff=0.0, a=0.0, r=r)
    with pytest.raises(ValueError, match=r"must add up"):
        attribute(rating, ie=0.0)
