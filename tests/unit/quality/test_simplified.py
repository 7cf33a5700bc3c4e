import csv
import math
from pathlib import Path

import numpy as np
import pytest

from sonde.quality import simplified
from sonde.quality.mos import r_to_mos

VECTORS = Path(__file__).parents[2] / "data" / "vectors" / "emodel.csv"


def vectors(model: str) -> list:
    """Return the reference rows of this model as test parameters, named by their ids."""
    with VECTORS.open(newline="") as file:
        return [pytest.param(row, id=row["id"]) for row in csv.DictReader(file) if row["model"] == model]


@pytest.mark.parametrize("row", vectors("cole_id"))
def test_reference_delay_impairment(row):
    """Id equals the worked example."""
    assert simplified.delay_impairment(float(row["Ta"])) == pytest.approx(
        float(row["exp_value"]), abs=float(row["tol_value"])
    )


@pytest.mark.parametrize("row", vectors("cole_rosenbluth"))
def test_reference_rating(row):
    """R and MOS equal those of three other implementations."""
    r = simplified.rating(delay=float(row["Ta"]), ie_eff=float(row["Ie"]))
    assert r == pytest.approx(float(row["exp_R"]), abs=float(row["tol_R"]))
    assert r_to_mos(r) == pytest.approx(float(row["exp_MOS"]), abs=float(row["tol_MOS"]))


def test_the_reference_rows_are_there():
    """Rows cannot make the tests above pass by vanishing."""
    assert len(vectors("cole_id")) >= 1
    assert len(vectors("cole_rosenbluth")) >= 5


def test_columns_equal_single_values():
    """A column is rated element by element."""
    delays = np.array([0.0, 150.0, 177.3, 400.0])
    assert simplified.rating(delay=delays).tolist() == [simplified.rating(delay=each) for each in delays]


@pytest.mark.parametrize("delay", [-1.0, math.nan, math.inf])
def test_impossible_delay_is_named(delay):
    """A delay that cannot be is refused by name."""
    with pytest.raises(ValueError, match=r"^delay must be"):
        simplified.rating(delay=delay)
