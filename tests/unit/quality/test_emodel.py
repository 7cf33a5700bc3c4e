import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.quality import impairments
from sonde.quality.emodel import EmodelInputs, Rating, rate, rate_arrays
from sonde.quality.mos import good_or_better, mos_to_r, poor_or_worse, r_to_mos

VECTORS = Path(__file__).parents[2] / "data" / "vectors" / "emodel.csv"
RENAMED = {"BurstR": "burst_r", "sT": "s_t", "mT": "m_t"}


def vectors(*models: str) -> list:
    """Return the reference rows of these models as test parameters, named by their ids."""
    with VECTORS.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["model"] in models]
    return [pytest.param(row, id=row["id"]) for row in rows]


def inputs_of(row: dict[str, str]) -> dict[str, float]:
    """Return the parameters a row gives, by our names."""
    named = {RENAMED.get(column, column.lower()): value for column, value in row.items()}
    return {name: float(named[name]) for name in EmodelInputs.__struct_fields__ if named[name]}


def assert_expected(row: dict[str, str], kind: str, computed: float) -> None:
    """Compare with the row's expectation of that kind, at the row's own tolerance."""
    assert computed == pytest.approx(float(row[f"exp_{kind}"]), abs=float(row[f"tol_{kind}"]), rel=0)


def component(name: str, inputs: EmodelInputs) -> float:
    """Return a component or intermediate result by its symbol in the Recommendation."""
    rating = rate(inputs)
    no = 15 / 1.5 - rating.ro / 1.5 - inputs.slr
    return {
        "Ro": lambda: rating.ro,
        "Is": lambda: rating.is_,
        "Id": lambda: rating.idte + rating.idle + rating.idd,
        "Idle": lambda: rating.idle,
        "No": lambda: no,
        "Iolr": lambda: impairments.loudness(slr=inputs.slr, rlr=inputs.rlr, no=no),
        "Ist": lambda: impairments.sidetone(stmr=inputs.stmr, telr=inputs.telr, t=inputs.t),
        "Iq": lambda: impairments.quantization(ro=rating.ro, qdu=inputs.qdu),
    }[name]()


@pytest.mark.parametrize("row", vectors("g107"))
def test_reference_connection(row):
    """R, MOS and single components equal the reference values within their tolerances."""
    inputs = EmodelInputs(**inputs_of(row))
    if row["exp_name"]:
        assert_expected(row, "value", component(row["exp_name"], inputs))
        return
    r = rate(inputs).r
    assert_expected(row, "R", r)
    assert_expected(row, "MOS", r_to_mos(r))


@pytest.mark.parametrize("row", vectors("idd"))
def test_reference_delay_impairment(row):
    """Idd alone equals the published delay bounds and sensitivity classes."""
    assert_expected(row, "value", impairments.absolute_delay(**inputs_of(row)))


@pytest.mark.parametrize("row", vectors("ieeff"))
def test_reference_equipment_impairment(row):
    """Ie,eff alone equals the published examples."""
    assert_expected(row, "value", impairments.equipment(**inputs_of(row)))


@pytest.mark.parametrize("row", vectors("burstr"))
def test_reference_burst_ratio(row):
    """The one published example of a burst ratio; its p and q stand in the note of the row."""
    assert "p=0.01 q=0.49" in row["note"]
    assert_expected(row, "value", impairments.burst_ratio(p=0.01, q=0.49))


@pytest.mark.parametrize("row", vectors("r2mos", "mos2r", "gob", "pow"))
def test_reference_scales(row):
    """R to MOS, MOS to R and the shares of content and discontent listeners equal the tables."""
    if row["model"] == "r2mos":
        assert_expected(row, "MOS", r_to_mos(float(row["in_R"])))
    elif row["model"] == "mos2r":
        assert_expected(row, "R", mos_to_r(float(row["in_MOS"])))
    else:
        share = {"gob": good_or_better, "pow": poor_or_worse}[row["model"]](float(row["in_R"]))
        assert_expected(row, "value", 100 * share)


def test_the_reference_file_is_complete():
    """A lost or emptied vector file cannot make the tests above pass by vanishing."""
    assert len(vectors("g107")) >= 50
    assert len(vectors("idd", "ieeff", "burstr", "r2mos", "mos2r", "gob", "pow")) >= 40


def test_default_connection():
    """All defaults give the figures printed in the Recommendation, 93.2 and 4.41."""
    r = rate(EmodelInputs()).r
    assert r == pytest.approx(93.2062077233, abs=1e-9)
    assert round(r, 1) == 93.2
    assert round(r_to_mos(r), 2) == 4.41


def test_listener_sidetone_follows_sidetone():
    """Without a value of its own, LSTR is STMR + Dr, as the Recommendation fixes it."""
    assert rate(EmodelInputs(stmr=18.0)) == rate(EmodelInputs(stmr=18.0, lstr=21.0))


def test_echo_within_a_millisecond_is_sidetone():
    """Talker echo counts from a delay of 1 ms on, not before."""
    assert rate(EmodelInputs(telr=10.0, t=0.999)).idte == 0
    assert rate(EmodelInputs(telr=10.0, t=1.0)).idte > 1


def test_early_echo_adds_to_the_sidetone():
    """An echo as loud as the sidetone and 4 ms late adds 1/e of its power to it."""
    both = impairments.sidetone(stmr=15.0, telr=15.0, t=4.0)
    louder = 15.0 - 10 * math.log10(1 + math.exp(-1))
    assert both == pytest.approx(impairments.sidetone(stmr=louder, telr=200.0, t=0.0))


def test_loud_sidetone_masks_the_echo():
    """Below an STMR of 9 dB, half of Ist is added to TERV, so the step there lowers Idte."""
    masking, not_masking = (
        impairments.talker_echo(roe=94.0, ist=10.0, stmr=stmr, telr=40.0, t=100.0) for stmr in (8.9, 9.0)
    )
    shifted = impairments.talker_echo(roe=94.0, ist=0.0, stmr=15.0, telr=45.0, t=100.0)
    assert masking == pytest.approx(shifted)
    assert masking < not_masking


def test_faint_sidetone_makes_the_echo_stand_out():
    """Above an STMR of 20 dB, Idte and Ist are added as powers."""
    plain, with_sidetone = (
        impairments.talker_echo(roe=94.0, ist=10.0, stmr=stmr, telr=40.0, t=100.0) for stmr in (20.0, 20.1)
    )
    assert with_sidetone == pytest.approx(math.hypot(plain, 10.0))


def test_less_sensitive_people_bear_more_delay():
    """Class "low" of delay sensitivity, sT 0.55 and mT 120: at 240 ms, where X is 1, by hand."""
    low = impairments.absolute_delay(ta=240.0, s_t=0.55, m_t=120.0)
    assert low == pytest.approx(25 * (2 ** (1 / 3.3) - 3 * (1 + 3**-3.3) ** (1 / 3.3) + 2))
    assert 0 < low < impairments.absolute_delay(ta=240.0)


IMPOSSIBLE = {
    "t": -1.0, "tr": -0.1, "ta": -50.0, "ppl": 100.1, "bpl": 0.0, "burst_r": 0.99, "qdu": 0.0, "ie": 96.0,
    "stmr": -1.0, "telr": -1.0, "wepl": -1.0, "a": -1.0, "s_t": 0.0, "m_t": 0.0, "slr": 201.0,
}  # fmt: skip


@pytest.mark.parametrize(("field", "value"), IMPOSSIBLE.items(), ids=IMPOSSIBLE)
def test_impossible_parameter_is_named(field, value):
    """A parameter out of its range is refused by name."""
    with pytest.raises(ValueError, match=rf"^{field} must be"):
        rate(EmodelInputs(**{field: value}))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("field", EmodelInputs.__struct_fields__)
def test_no_parameter_may_be_nan_or_infinite(field, value):
    """NaN and infinity are refused by name in every field."""
    with pytest.raises(ValueError, match=rf"^{field} must be"):
        rate(EmodelInputs(**{field: value}))


def test_one_bad_value_in_a_column_is_found():
    """A column with a single NaN is refused, not rated with a hole."""
    with pytest.raises(ValueError, match=r"^ta must be finite and at least 0, not nan"):
        rate_arrays(EmodelInputs(ta=np.array([0.0, math.nan, 100.0])))


def test_a_column_needs_the_function_for_columns():
    """`rate` promises single numbers and refuses to make one of a column."""
    with pytest.raises(TypeError):
        rate(EmodelInputs(ta=np.array([0.0, 100.0])))


@pytest.mark.parametrize(("p", "q"), [(-0.1, 0.5), (0.5, 1.1), (math.nan, 0.5), (0.0, 0.0)])
def test_burst_ratio_needs_probabilities(p, q):
    """A burst ratio of impossible transitions is refused."""
    with pytest.raises(ValueError, match=r"must"):
        impairments.burst_ratio(p=p, q=q)


decibels = st.floats(-200, 200)
losses = st.floats(0, 200)
delays = st.floats(0, 3000) | st.floats(0, 1.7e308)
any_inputs = st.builds(
    EmodelInputs,
    slr=decibels, rlr=decibels, stmr=losses, lstr=st.none() | decibels, ds=decibels, dr=decibels,
    telr=losses, wepl=losses, t=delays, tr=delays, ta=delays, qdu=st.floats(1e-3, 1e3),
    ie=st.floats(-95, 95), bpl=st.floats(1e-3, 1e6), ppl=st.floats(0, 100), burst_r=st.floats(1, 1e6),
    nc=decibels, nfor=decibels, ps=decibels, pr=decibels, a=st.floats(0, 100),
    s_t=st.floats(0.1, 10), m_t=st.floats(1, 1e6),
)  # fmt: skip


@given(any_inputs)
def test_every_accepted_connection_gets_finite_numbers(inputs):
    """Whatever passes the checks is rated without overflow or warning, and the components add up."""
    x = rate(inputs)
    assert all(math.isfinite(getattr(x, name)) for name in Rating.__struct_fields__)
    assert x.r == pytest.approx(x.ro - x.is_ - x.idte - x.idle - x.idd - x.ie_eff + x.a)


@given(st.lists(st.tuples(delays, delays, st.floats(0, 100), st.floats(-1, 60)), min_size=1, max_size=5))
def test_columns_equal_single_values(rows):
    """Each element of a column is rated as if it stood alone."""
    t, ta, ppl, ie = (np.array(column) for column in zip(*rows, strict=True))
    columns = rate_arrays(EmodelInputs(t=t, tr=ta, ta=ta, ppl=ppl, ie=ie, telr=50.0))
    for i, row in enumerate(rows):
        single = rate(EmodelInputs(t=row[0], tr=row[1], ta=row[1], ppl=row[2], ie=row[3], telr=50.0))
        for name in Rating.__struct_fields__:
            assert getattr(columns, name)[i] == pytest.approx(getattr(single, name), rel=1e-12, abs=1e-12)


def test_columns_broadcast():
    """A column of delays against a row of losses gives a table."""
    delay, loss = np.array([[0.0], [150.0], [300.0]]), np.array([0.0, 2.0])
    table = rate_arrays(EmodelInputs(ta=delay, ppl=loss))
    assert table.r.shape == table.ro.shape == (3, 2)
    assert table.r[1, 1] == pytest.approx(rate(EmodelInputs(ta=150.0, ppl=2.0)).r)


def ordered(low: float, high: float) -> st.SearchStrategy:
    """Return pairs with the smaller number first."""
    return st.tuples(st.floats(low, high), st.floats(low, high)).map(sorted)


@given(ordered(0, 100), st.floats(-1, 60), st.floats(1, 8))
def test_more_loss_never_helps(ppl, ie, burst_r):
    """R does not rise with loss."""
    less, more = (rate(EmodelInputs(ppl=each, ie=ie, bpl=25.1, burst_r=burst_r)).r for each in ppl)
    assert more <= less + 1e-9


@given(ordered(1, 8), st.floats(0, 100))
def test_burstier_loss_never_helps(burst_r, ppl):
    """R does not rise with the burst ratio."""
    less, more = (rate(EmodelInputs(ppl=ppl, burst_r=each)).r for each in burst_r)
    assert more <= less + 1e-9


@given(ordered(0, 5000))
def test_more_absolute_delay_never_helps(ta):
    """R does not rise with the absolute delay."""
    less, more = (rate(EmodelInputs(ta=each)).r for each in ta)
    assert more <= less + 1e-9


@given(ordered(1, 5000), st.floats(0, 150))
def test_more_delay_never_helps_once_there_is_echo(t, buffer):
    """R does not rise with the delay of the whole path, from 1 ms on."""
    less, more = (rate(EmodelInputs(t=each, tr=2 * each, ta=each + buffer)).r for each in t)
    assert more <= less + 1e-9


def test_where_echo_begins_the_model_itself_steps_up():
    """The Recommendation's rule for T below 1 ms makes R step up by 0.11 there; the test keeps it known."""
    before, after = (rate(EmodelInputs(t=t, tr=2 * t, ta=t)).r for t in (0.999, 1.0))
    assert after - before == pytest.approx(0.109, abs=0.001)
