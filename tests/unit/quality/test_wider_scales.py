import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.quality import emodel, fullband, impairments, wideband
from sonde.quality.fullband import FullbandInputs
from sonde.quality.mos import r_to_mos
from sonde.quality.scales import FULLBAND, NARROWBAND, SCALES, WIDEBAND, ScaledRating, scale_of
from sonde.quality.voice import SCALE
from sonde.quality.wideband import WidebandInputs

VECTORS = Path(__file__).parents[2] / "data" / "vectors" / "emodel.csv"
MODELS = {
    "g107.1": (wideband, WidebandInputs, WIDEBAND),
    "g107.2-no-echo": (fullband, FullbandInputs, FULLBAND),
}
wider = pytest.mark.parametrize(("model", "make", "scale"), MODELS.values(), ids=MODELS)


def vectors(*models: str) -> list:
    """Return the reference rows of these models as test parameters, named by their ids."""
    with VECTORS.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["model"] in models]
    return [pytest.param(row, id=row["id"]) for row in rows]


def given_by(row: dict[str, str], make: type) -> dict[str, float]:
    """Return the parameters of these inputs that a row gives, by our names."""
    named = {"burst_r" if column == "BurstR" else column.lower(): value for column, value in row.items()}
    return {name: float(named[name]) for name in make.__struct_fields__ if named[name]}


def assert_expected(row: dict[str, str], kind: str, computed: float) -> None:
    """Compare with the row's expectation of that kind, at the row's own tolerance."""
    assert computed == pytest.approx(float(row[f"exp_{kind}"]), abs=float(row[f"tol_{kind}"]), rel=0)


@pytest.mark.parametrize("row", vectors("g107.1", "g107.2-no-echo"))
def test_reference_connection(row):
    """R and MOS equal the reference; where two readings of the echo exist, its tolerance admits both."""
    model, make, scale = MODELS[row["model"]]
    r = model.rate(make(**given_by(row, make))).r
    assert_expected(row, "R", r)
    assert_expected(row, "MOS", scale.mos(r))


@pytest.mark.parametrize("row", vectors("g107.1-codec-only"))
def test_reference_codec(row):
    """Without delay and echo, the wideband R is 129 less the codec."""
    rating = wideband.rate(WidebandInputs(**given_by(row, WidebandInputs)))
    assert_expected(row, "R", rating.ro - rating.ie_eff)
    assert_expected(row, "MOS", WIDEBAND.mos(rating.ro - rating.ie_eff))


@pytest.mark.parametrize("row", vectors("r2mos_wb"))
def test_reference_scale(row):
    """R to MOS on the wideband scale equals the table, off the scale too."""
    assert_expected(row, "MOS", WIDEBAND.mos(float(row["in_R"])))


def test_the_reference_rows_are_there():
    """Rows cannot make the tests above pass by vanishing."""
    assert len(vectors("g107.1")) >= 3
    assert len(vectors("g107.2-no-echo")) >= 10
    assert len(vectors("g107.1-codec-only", "r2mos_wb")) >= 3


def test_the_echo_follows_corrigendum_1():
    """With Roe 129 the disputed rows are met to the digit, not only within what both readings allow."""
    for row in (param.values[0] for param in vectors("g107.1") if param.values[0]["status"] == "disputed"):
        r = wideband.rate(WidebandInputs(**given_by(row, WidebandInputs))).r
        assert r == pytest.approx(float(row["exp_R"]), abs=1e-6)


def test_narrowband_scale_is_the_one_of_the_scores():
    """The scale of G.107 has the name that scores carry, and its MOS is that of G.107."""
    assert NARROWBAND.name == SCALE
    assert NARROWBAND.mos(93.2) == r_to_mos(93.2)
    assert scale_of(emodel.rate(emodel.EmodelInputs())) is NARROWBAND


@pytest.mark.parametrize("scale", SCALES.values(), ids=SCALES)
@given(st.floats(-1e300, 1e300))
def test_no_number_leaves_its_scale(scale, r):
    """Whatever R is, what is shown lies between 0 and the ceiling, with a MOS up to 4.5."""
    assert 0 <= scale.hold(r) <= scale.ceiling
    assert 0.98 < scale.mos(r) <= 4.5
    assert scale.mos(scale.ceiling) == pytest.approx(4.5)


@wider
def test_impossible_parameter_is_named(model, make, scale):
    """NaN, infinity and negative numbers are refused by name in every field but Ie, which may be below 0."""
    for field in make.__struct_fields__:
        for value in (math.nan, math.inf, -math.inf, -1000.0):
            with pytest.raises(ValueError, match=rf"^{field} must be"):
                model.rate(make(**{field: value}))
    with pytest.raises(ValueError, match=r"^ie must be between"):
        model.rate(make(ie=scale.worst_equipment + 0.1))


@wider
def test_loss_without_known_robustness_is_refused(model, make, scale):
    """No Bpl is made up: with loss it must be given, without loss it does not matter."""
    with pytest.raises(ValueError, match=r"^bpl must be given"):
        model.rate_arrays(make(ppl=np.array([0.0, 1.0])))
    assert model.rate(make(ie=5.0)) == model.rate(make(ie=5.0, bpl=10.0))


@wider
def test_everything_lost_at_random_approaches_the_worst_equipment(model, make, scale):
    """Codec and loss together never cost more than the scale's own limit."""
    assert model.rate(make(ie=10.0, bpl=1e-3, ppl=100.0)).ie_eff == pytest.approx(
        scale.worst_equipment, abs=0.01
    )


@wider
def test_a_column_needs_the_function_for_columns(model, make, scale):
    """`rate` promises single numbers and refuses to make one of a column."""
    with pytest.raises(TypeError):
        model.rate(make(ta=np.array([0.0, 100.0])))


delays = st.floats(0, 3000) | st.floats(0, 1.7e308)
rows = st.fixed_dictionaries(
    {
        "ta": delays, "ie": st.floats(-95, 95), "bpl": st.floats(1e-3, 1e6), "ppl": st.floats(0, 100),
        "burst_r": st.floats(1, 8), "a": st.floats(0, 20),
    }
)  # fmt: skip
echoes = st.fixed_dictionaries(
    {"telr": st.floats(0, 200), "wepl": st.floats(0, 200), "t": delays, "tr": delays}
)


@wider
@given(st.lists(st.tuples(rows, echoes), min_size=1, max_size=5))
def test_columns_equal_single_values(model, make, scale, pairs):
    """Each element of a column is rated as if it stood alone, finite, with components that add up."""
    inputs = [{**row, **(echo if make is WidebandInputs else {})} for row, echo in pairs]
    columns = model.rate_arrays(
        make(**{name: np.array([each[name] for each in inputs]) for name in inputs[0]})
    )
    assert columns.scale == scale.name
    for i, each in enumerate(inputs):
        x = model.rate(make(**each))
        assert x.r == pytest.approx(x.ro - x.is_ - x.idte - x.idle - x.idd - x.ie_eff + x.a)
        for name in set(ScaledRating.__struct_fields__) - {"scale"}:
            assert math.isfinite(getattr(x, name))
            assert getattr(columns, name)[i] == pytest.approx(getattr(x, name), rel=1e-12, abs=1e-12)


def ordered(low: float, high: float) -> st.SearchStrategy:
    """Return pairs with the smaller number first."""
    return st.tuples(st.floats(low, high), st.floats(low, high)).map(sorted)


@wider
@pytest.mark.parametrize(("field", "low", "high"), [("ppl", 0, 100), ("burst_r", 1, 8), ("ta", 0, 5000)])
@given(st.data())
def test_worse_never_helps(model, make, scale, field, low, high, data):
    """R does not rise with loss, with burstiness or with delay."""
    given = {"ppl": data.draw(st.floats(0, 100)), "ie": data.draw(st.floats(0, 60)), "bpl": 10.0}
    less, more = (model.rate(make(**{**given, field: each})).r for each in data.draw(ordered(low, high)))
    assert more <= less + 1e-9


@given(ordered(1, 5000), st.floats(30, 65))
def test_more_delay_never_helps_where_echo_is_heard(t, telr):
    """Wideband R does not rise with the delay of the whole path while the echo costs anything."""
    less, more = (wideband.rate(WidebandInputs(telr=telr, t=each, tr=2 * each, ta=each)) for each in t)
    assert more.r <= less.r + 1e-9 or less.idte < 0


def test_early_echo_is_softened():
    """A millisecond after speech, 6 e^-0.3 = 4.44 dB of the echo and K = 10.08 dB do not count."""
    terv = 40 + 10.08 - 40 * math.log10(1.1 / (151 / 150)) + 4.444909
    half = (129 - (80 + 3 * (terv - 14))) / 2
    expected = (half + math.hypot(half, 10) - 1) * (1 - math.exp(-1))
    assert wideband.talker_echo(telr=40.0, t=np.float64(1.0)) == pytest.approx(expected, abs=1e-5)


@wider
def test_bursts_cost_more(model, make, scale):
    """At 10 % loss and Bpl 10, a burst ratio of 2 takes 10 / (10 / 2 + 10) of what the codec left."""
    bursty = model.rate(make(ie=5.0, bpl=10.0, ppl=10.0, burst_r=2.0))
    assert bursty.ie_eff == pytest.approx(5 + (scale.worst_equipment - 5) * 2 / 3)


def test_echo_within_a_millisecond_costs_nothing():
    """Talker echo counts from a delay of 1 ms on, not before."""
    assert wideband.rate(WidebandInputs(telr=10.0, t=0.999)).idte == 0
    assert wideband.rate(WidebandInputs(telr=10.0, t=1.0)).idte > 1


@wider
def test_delay_costs_the_same_share_of_every_scale(model, make, scale):
    """Idd is that of G.107, stretched by 1.29 and 1.48."""
    assert model.rate(make(ta=300.0)).idd == pytest.approx(
        scale.stretch * impairments.absolute_delay(ta=300.0)
    )
