import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.quality.averages import ScoredSpan, mean_of_mos, over_time
from sonde.quality.mos import r_to_mos
from sonde.quality.scales import SCALES, ScaleMismatch


def seconds_of(values, scale="narrowband", start=0.0):
    """One span of a second for each value."""
    return [
        ScoredSpan(start=start + number, end=start + number + 1, value=float(value), scale=scale)
        for number, value in enumerate(values)
    ]


def test_r_is_averaged_and_not_mos():
    """The mean of R 93 and R 60 is R 76.5; the mean of their MOS would be another number."""
    result = over_time(seconds_of([93, 60]))
    assert result.mean == 76.5
    assert result.mos_mean == pytest.approx(r_to_mos(76.5))
    assert result.mos_mean != pytest.approx((r_to_mos(93.0) + r_to_mos(60.0)) / 2, abs=0.02)


def test_time_is_the_weight():
    """Nine seconds at 90 and one at 40 are 85."""
    long = ScoredSpan(start=0, end=9, value=90, scale="narrowband")
    assert over_time([long, *seconds_of([40], start=9)]).mean == 85


def test_the_worst_ten_seconds():
    """Ten bad seconds in a minute are found wherever they are, and a gap does not dilute them."""
    values = [90] * 25 + [30] * 10 + [90] * 25
    assert over_time(seconds_of(values)).worst == 30
    with_gap = seconds_of([90] * 20) + seconds_of([30] * 7, start=23) + seconds_of([90] * 20, start=33)
    assert over_time(with_gap).worst == 30


def test_the_low_tenth():
    """A tenth of the time is at or below p10."""
    assert over_time(seconds_of([20] * 10 + [90] * 90)).p10 == 20
    assert over_time(seconds_of([20] * 9 + [90] * 91)).p10 == 90


def test_scales_are_never_mixed():
    """A codec change to another scale gives no average."""
    with pytest.raises(ScaleMismatch, match="fullband and narrowband"):
        over_time(seconds_of([90]) + seconds_of([130], scale="fullband", start=1))


def test_pictures_are_averaged_as_they_are():
    """Pictures have no R; their MOS is the value."""
    result = over_time(seconds_of([4, 2], scale="video"))
    assert (result.mean, result.mos_mean) == (3, 3)


@pytest.mark.parametrize("scale", ["narrowband", "wideband", "fullband"])
def test_mos_of_sound_is_averaged_on_r(scale):
    """What was an R before comes to what the mean of R comes to, on each scale."""
    ratings = [93, 60, 20]
    mos = [SCALES[scale].mos(float(each)) for each in ratings]
    together = over_time(seconds_of(ratings, scale=scale)).mos_mean
    assert mean_of_mos(mos, [1, 1, 1], scale) == pytest.approx(together, abs=1e-9)
    assert mean_of_mos(mos, [1, 1, 1], scale) != pytest.approx(sum(mos) / 3, abs=0.02)


def test_mos_of_pictures_is_averaged_as_it_is():
    """Weighted by time."""
    assert mean_of_mos([4, 1], [2, 1], "video") == 3


def test_nothing_has_no_average():
    """No span, no number."""
    assert over_time([]) is None


@given(st.lists(st.floats(0, 100), min_size=1, max_size=60))
def test_order_of_the_three(values):
    """Neither the low tenth nor the worst window is below the lowest or above the highest value."""
    result = over_time(seconds_of(values))
    for number in (result.mean, result.p10, result.worst):
        assert min(values) - 1e-9 <= number <= max(values) + 1e-9
    assert result.worst <= result.mean + 1e-9 or len(values) % 10
