"""Scores of a bucket: on R, within their limits, and nothing across scales."""

from sonde.model.conclusions import PointBucket
from sonde.quality.scales import SCALES
from sonde.services.conclusions import TWO_SCALES, _comparable


def bucket(mean, *scales):
    """A bucket of two seconds of sound."""
    return PointBucket(
        connection="c", stream_id="s", direction="recv", kind="audio", start=0, seconds=2.0, points=2,
        least={}, mean=mean, most={}, scales=scales,
    )  # fmt: skip


def test_a_score_is_within_its_limits():
    """Of R 90 and R 20 it is that of 55, above the mean of MOS and of the upper limits."""
    mos = SCALES["narrowband"].mos
    means = {"mos_low": (mos(89.0) + mos(19.0)) / 2, "mos_high": (mos(91.0) + mos(21.0)) / 2}
    found = _comparable(bucket({"r_factor": 55.0, "mos": 2.8, **means}, "narrowband")).mean
    assert found["mos"] == float(f"{mos(55.0):.6g}")
    assert found["mos_low"] <= found["mos"] <= found["mos_high"]


def test_limits_that_are_far_stay():
    """They are held to the score only where it is outside."""
    found = _comparable(bucket({"r_factor": 55.0, "mos_low": 1.5, "mos_high": 4.1}, "narrowband")).mean
    assert (found["mos_low"], found["mos_high"]) == (1.5, 4.1)


def test_two_scales_have_no_score():
    """The other numbers stay, and the reason is given."""
    found = _comparable(bucket({"r_factor": 55.0, "mos": 2.8, "jitter": 0.01}, "fullband", "narrowband"))
    assert (found.mean, found.reason) == ({"jitter": 0.01}, TWO_SCALES)
