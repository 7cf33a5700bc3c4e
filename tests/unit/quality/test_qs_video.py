import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.quality.qs_video import VideoSeen, score_qs_video


def seen(**changes):
    """Ten seconds of good VP8, with changes."""
    given = {
        "codec": "VP8", "duration": 10.0, "qp": 40.0, "width": 1280, "height": 720, "frame_rate": 30.0,
        "expected_width": 1280, "expected_height": 720, "expected_frame_rate": 30.0, "frozen": 0.0,
        "freezes": 0,
    }  # fmt: skip
    return VideoSeen(**{**given, **changes})


@pytest.mark.parametrize(
    ("changes", "mos", "points"),
    [
        ({}, 4.17, (0.83, 0, 0, 0)),
        ({"qp": 60.0, "width": 640, "height": 360, "frame_rate": 24.0}, 2.64, (1.44, 0.60, 0.32, 0)),
        (
            {
                "codec": "VP9", "qp": 150.0, "width": 960, "height": 540, "frame_rate": 28.0, "frozen": 0.1,
                "freezes": 3,
            },
            1.84,
            (1.71, 0.25, 0.10, 1.10),
        ),
    ],
)  # fmt: skip
def test_published_examples(changes, mos, points):
    """The design's examples, MOS and each impairment's points to 0.01."""
    score = score_qs_video(seen(**changes))
    assert score.mos == pytest.approx(mos, abs=0.0051)
    taken = [score.points[name] for name in ("coding", "resolution", "frame_rate", "freeze")]
    assert taken == pytest.approx(points, abs=0.0051)
    assert (score.scale, score.model, score.version) == ("video", "qs-video", "1")
    assert score.r_factor is None


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"muted": True}, "muted"),
        ({"duration": 4.0}, "less than 5 s"),
        ({"codec": None}, "codec is unknown"),
        ({"codec": "H265"}, "H265"),
        ({"frame_rate": None}, "frame rate"),
        ({"frame_rate": 0.0}, "No frame"),
        ({"qp": None}, "quantizer"),
    ],
)
def test_nothing_is_said_without_ground(changes, word):
    """Too little to go on gives no MOS, no points, and a sentence that says what is missing."""
    score = score_qs_video(seen(**changes))
    assert (score.mos, score.points) == (None, {})
    assert word in score.reason


def test_bits_stand_for_the_quantizer():
    """Without QP, 1.5 Mbit/s of VP8 at 720p30 is worth 0.56 ln(0.05425) + 5.36 before the rest."""
    score = score_qs_video(seen(qp=None, bit_rate=1_500_000.0))
    assert score.mos == pytest.approx(0.56 * math.log(1.5e6 / (1280 * 720 * 30)) + 5.36)
    assert any("bits per pixel" in note for note in score.notes)


def test_a_screen_needs_five_frames_per_second():
    """A shared screen at 5 frames per second loses nothing for it, and at 2.5 one point."""
    screen = {"screen": True, "expected_frame_rate": 30.0}
    assert score_qs_video(seen(frame_rate=5.0, **screen)).points["frame_rate"] == 0
    assert score_qs_video(seen(frame_rate=2.5, **screen)).points["frame_rate"] == pytest.approx(1.0)


def test_more_than_expected_is_no_gain():
    """A larger picture or more frames than wanted cost nothing and give nothing."""
    assert score_qs_video(seen(width=1920, height=1080, frame_rate=60.0)).mos == score_qs_video(seen()).mos


def test_what_was_assumed_is_said():
    """Unknown size, camera rate and freezes cost nothing, and each is named."""
    blind = {"expected_width": None, "expected_frame_rate": None, "frozen": None}
    assert len(score_qs_video(seen(**blind)).notes) == 3


@given(
    qp=st.none() | st.floats(0, 300), frozen=st.none() | st.floats(0, 1), frame_rate=st.floats(0, 200),
    width=st.none() | st.integers(0, 10_000), bit_rate=st.none() | st.floats(0, 1e9),
    freezes=st.none() | st.integers(0, 1000), codec=st.sampled_from(["VP8", "h264", "VP9", "AV1"]),
)  # fmt: skip
def test_points_add_up(**changes):
    """Whatever is seen, the points sum exactly to what is missing to 5, and the interval holds the MOS."""
    score = score_qs_video(seen(**changes))
    if score.mos is None:
        assert score.reason
        return
    assert math.fsum(score.points.values()) == 5 - score.mos
    assert 1 <= score.mos_low <= score.mos <= score.mos_high <= 5


@pytest.mark.parametrize("name", ["duration", "qp", "bit_rate", "frame_rate", "frozen"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -0.1])
def test_impossible_numbers_are_refused_by_name(name, value):
    """NaN, infinity and negative numbers raise, and the message begins with the field."""
    with pytest.raises(ValueError, match=f"^{name} "):
        score_qs_video(seen(**{name: value}))
