"""Mistakes that public E-models contain: each must fail at least one row of the reference file."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from sonde.quality import emodel, fullband, impairments, scales, wideband
from sonde.quality.emodel import EmodelInputs
from sonde.quality.fullband import FullbandInputs
from sonde.quality.mos import r_to_mos
from sonde.quality.scales import FULLBAND, WIDEBAND
from sonde.quality.wideband import WidebandInputs

VECTORS = Path(__file__).parents[2] / "data" / "vectors" / "emodel.csv"
RENAMED = {"BurstR": "burst_r", "sT": "s_t", "mT": "m_t"}
MODELS = {
    "g107": (emodel, EmodelInputs, r_to_mos),
    "g107.1": (wideband, WidebandInputs, WIDEBAND.mos),
    "g107.2-no-echo": (fullband, FullbandInputs, FULLBAND.mos),
}
READ_BY_TESTS = {
    *MODELS, "g107.1-codec-only", "ieeff", "idd", "burstr", "r2mos", "mos2r", "r2mos_wb", "gob", "pow",
    "cole_id", "cole_rosenbluth",
}  # fmt: skip


def rows():
    with VECTORS.open(newline="") as file:
        return list(csv.DictReader(file))


def failing(change=lambda inputs: inputs):
    """The ids of the rows whose R or MOS is not the expected one, after a change of the inputs."""
    failed = set()
    for row in rows():
        if row["model"] in MODELS and row["exp_R"]:
            model, make, mos = MODELS[row["model"]]
            r = model.rate(make(**change(inputs_of(row, make)))).r
            right_r = abs(r - float(row["exp_R"])) <= float(row["tol_R"])
            right_mos = abs(mos(r) - float(row["exp_MOS"])) <= float(row["tol_MOS"])
            if not (right_r and right_mos):
                failed.add(row["id"])
    return failed


def inputs_of(row, make):
    """The parameters of a row by our names."""
    named = {RENAMED.get(column, column.lower()): value for column, value in row.items()}
    return {name: float(named[name]) for name in make.__struct_fields__ if named.get(name)}


def equipment(constant):
    """Ie,eff with another constant than 95."""
    return lambda *, ie, bpl, ppl, burst_r=1.0: ie + (constant - ie) * ppl / (ppl / burst_r + bpl)


def knee_at_177(*, ta, s_t=1.0, m_t=100.0):
    """Idd as the simplified models have it."""
    return 0.024 * ta + 0.11 * np.maximum(ta - 177.3, 0)


def natural_logarithm(*, pr, lstr, rlr):
    """Nor with ln where log10 belongs."""
    pre = pr + 10 * np.log(1 + 10 ** ((10 - lstr) / 10))
    return rlr - 121 + pre + 0.008 * (pre - 35) ** 2


def soft_echo_forgotten(*, roe, ist, stmr, telr, t):
    """Idte without 6 exp(-0.3 T^2), which matters in the first milliseconds."""
    terv = telr - 40 * np.log10((1 + t / 10) / (1 + t / 150))
    half = (roe - (80 + 2.5 * (terv - 14))) / 2
    return np.where(t < 1, 0.0, (half + np.sqrt(half**2 + 100) - 1) * (1 - np.exp(-t)))


def old_sidetone(*, stmr, telr, t):
    """Ist of before 2005."""
    stmro = -10 * np.log10(10 ** (-stmr / 10) + np.exp(-t / 4) * 10 ** (-telr / 10))
    knees = [((stmro - 13) / 6, 8), ((stmro + 1) / 19.4, 35), ((stmro - 3) / 33, 13)]
    one, two, three = ((1 + x**n) ** (1 / n) for x, n in knees)
    return 10 * one - 46 * two + 36 * three


def plain_echo(*, telr, t):
    """Wideband talker echo of the narrowband model."""
    return impairments.talker_echo(roe=129.0, ist=0.0, stmr=15.0, telr=telr, t=t)


def without(**fixed):
    """A change of the inputs that ignores some of them."""
    return lambda inputs: {**inputs, **{name: value for name, value in fixed.items() if name in inputs}}


REPLACED = {
    "loss constant 100": (impairments, "equipment", equipment(100)),
    "loss constant 129 on the wideband scale": (wideband.impairments, "equipment", equipment(129)),
    "loss constant 95 on the fullband scale": (fullband, "equipment", equipment(95)),
    "knee at 177.3 ms": (impairments, "absolute_delay", knee_at_177),
    "natural logarithm in Pre": (impairments, "receiving_room_noise", natural_logarithm),
    "no 6 exp(-0.3 T^2)": (impairments, "talker_echo", soft_echo_forgotten),
    "sidetone of before 2005": (impairments, "sidetone", old_sidetone),
    "narrowband echo on the wideband scale": (wideband, "talker_echo", plain_echo),
    "no listener echo": (impairments, "listener_echo", lambda *, ro, wepl, tr: 0.0),
    "no 1.29 and 1.48": (scales.Scale, "stretch", property(lambda self: 1.0)),
}
CHANGED = {
    "burst ratio ignored": without(burst_r=1.0),
    "A ignored": without(a=0.0),
    "Tr = T": lambda inputs: {**inputs, "tr": inputs["t"]} if "t" in inputs else inputs,
    "T = 0": without(t=0.0),
    "Ta = T / 2": lambda inputs: {**inputs, "ta": inputs["ta"] / 2} if "ta" in inputs else inputs,
}


def test_ours_fails_nowhere():
    """Every row holds, confirmed or not."""
    assert failing() == set()


@pytest.mark.parametrize("name", REPLACED)
def test_a_broken_equation_is_caught(name, monkeypatch):
    """Some row does not hold any more."""
    module, function, variant = REPLACED[name]
    monkeypatch.setattr(module, function, variant)
    assert failing()


@pytest.mark.parametrize("name", CHANGED)
def test_a_mistaken_input_is_caught(name):
    """Some row does not hold any more."""
    assert failing(CHANGED[name])


def test_no_row_is_left_out():
    """Each model in the file is read by a test here or beside it, so no confirmed row is skipped."""
    assert {row["model"] for row in rows()} == READ_BY_TESTS


def test_every_confirmed_row_says_what_it_expects():
    """A row without an expectation would hold whatever we compute."""
    for row in rows():
        assert any(row[f"exp_{kind}"] and float(row[f"tol_{kind}"]) >= 0 for kind in ("R", "MOS", "value"))
        assert math.isfinite(float(row["n_sources"]))
