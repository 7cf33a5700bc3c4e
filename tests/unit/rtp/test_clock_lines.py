"""Lines between two clouds, compared with a search through all of them."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sonde.rtp.clock_lines import CORNERS_MAX, Points, find_passage, joint_outline, moved, outline_of

STEEPEST = 2.0

clouds = st.lists(st.tuples(st.integers(-50, 50), st.integers(-60, 60)), min_size=1, max_size=12)


def points(cloud):
    at, value = np.array(sorted(cloud), dtype=np.float64).T
    return Points(at, value)


def outlines(above, below):
    return outline_of(points(above), STEEPEST), outline_of(points(below).mirrored, STEEPEST)


def highest(above, slope):
    """Height at 0 of the highest line under all points."""
    return min(value - slope * at for at, value in above)


def lowest(below, slope):
    """Height at 0 of the lowest line over all points."""
    return max(value - slope * at for at, value in below)


def search(above, below):
    """Widest gap, and the heights and slopes of all lines that pass, from every slope that can matter.

    A linear program has its optimum in a corner, and each corner is at a slope given by two points.
    """
    pairs = [*combinations(above, 2), *combinations(below, 2), *product(above, below)]
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairs if a[0] != b[0]]
    slopes = [-STEEPEST, STEEPEST, *(slope for slope in slopes if abs(slope) < STEEPEST)]
    passing = [slope for slope in slopes if highest(above, slope) - lowest(below, slope) >= -1e-9]
    gap = max(highest(above, slope) - lowest(below, slope) for slope in slopes)
    heights = [lowest(below, slope) for slope in passing], [highest(above, slope) for slope in passing]
    return gap, passing, heights


@given(clouds, clouds)
def test_the_passage_is_that_of_an_exhaustive_search(above, below):
    """Widest gap, steepest and flattest line, highest and lowest height: all as a search finds them."""
    gap, passing, (low, high) = search(above, below)
    assume(abs(gap) > 1e-6)  # whether a line passes that touches both sides is for rounding to decide
    found = find_passage(*outlines(above, below), STEEPEST)
    if gap < 0:
        assert found is None
        return
    assert found is not None
    assert found.gap == pytest.approx(gap, abs=1e-6)
    assert found.slopes == pytest.approx((min(passing), max(passing)), abs=1e-6)
    assert found.heights == pytest.approx((min(low), max(high)), abs=1e-6)
    middle = (highest(above, found.slope) + lowest(below, found.slope)) / 2
    assert found.middle == pytest.approx(middle, abs=1e-6)
    assert highest(above, found.slope) - lowest(below, found.slope) == pytest.approx(gap, abs=0.01)


@given(clouds, st.floats(-STEEPEST, STEEPEST))
def test_an_outline_says_what_all_points_say(cloud, slope):
    """For every permitted slope the highest line under the corners is that under all points."""
    found = outline_of(points(cloud), STEEPEST).height(slope)
    assert found == pytest.approx(highest(cloud, slope), abs=1e-6)


@given(clouds, clouds, st.floats(-STEEPEST, STEEPEST), st.integers(-100, 100))
def test_outlines_of_parts_make_that_of_the_whole(one, other, slope, right):
    """Two clouds, one of them moved, have the outline of all their points."""
    parts = [outline_of(points(one), STEEPEST), moved(outline_of(points(other), STEEPEST), right, 7)]
    whole = [*one, *[(at + right, value + 7) for at, value in other]]
    assert joint_outline(parts).height(slope) == pytest.approx(highest(whole, slope), abs=1e-6)


def test_an_outline_is_small():
    """Of a thousand corners it keeps a bounded number, which lets more lines pass and not fewer."""
    cloud = [(n, n * n / 1000) for n in range(-500, 501)]
    outline = outline_of(points(cloud), 10.0)
    assert len(outline.corners) == CORNERS_MAX
    for slope in np.linspace(-1, 1, 21):
        assert outline.height(slope) >= highest(cloud, slope)


def test_between_level_rows_the_middle_line_is_level():
    """A gap that is widest over a range of slopes gives the middle of them."""
    row = [(0, 10)]
    found = find_passage(*outlines(row, [(0, -10)]), STEEPEST)
    assert (found.slope, found.middle, found.slopes) == (0.0, 0.0, (-STEEPEST, STEEPEST))
