"""The points of many scores at once are those of each alone."""

from hypothesis import given
from hypothesis import strategies as st

from sonde.quality.codecs import CODECS, codec
from sonde.quality.coding import coding_of
from sonde.quality.interval import Evidence
from sonde.quality.points import points_of
from sonde.quality.voice import score_sonde, score_voice

ratios = st.floats(0, 0.5)
streams = st.tuples(st.sampled_from(list(CODECS)), st.floats(0, 0.4) | st.none(), ratios, ratios)


def scores_of(slug: str, delay: float | None, loss: float, discards: float):
    """Both verdicts on a stream."""
    facts = {"one_way_delay": delay, "jitter_buffer": 0.04, "loss_ratio": loss, "discard_ratio": discards}
    facts["evidence"] = Evidence(packets=250)
    found = codec(slug)
    return score_voice(codec=found, **facts), score_sonde(coding=coding_of(found), **facts)


@given(st.lists(streams, max_size=8))
def test_points_are_those_of_each_score(chosen):
    """To the last bit, whatever the scales; and none for a score without a MOS."""
    scores = [score for stream in chosen for score in scores_of(*stream)]
    for score, points in zip(scores, points_of(scores), strict=True):
        alone = score.attribution
        if alone is None:
            assert points is None
        else:
            wanted = (alone.ceiling, alone.points, alone.mos_points)
            assert (points.ceiling, points.r_points, points.mos_points) == wanted
