"""RealtimeKit's score: the vendor's vectors, and that nothing improves what gets worse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.quality.realtimekit import (
    PictureFlags,
    flag_picture,
    score_received_audio,
    score_sent_audio,
    score_video,
)

RATIOS = st.floats(0, 1)
JITTERS = st.floats(0, 0.1)
FLAGS = st.builds(
    PictureFlags, is_low_resolution=st.booleans(), is_lagging=st.booleans(), is_stuck=st.booleans()
)


@pytest.mark.parametrize(
    ("events", "percent", "milliseconds", "score"),
    [(0, 0, 5, 1.0), (1, 0, 5, 0.933), (0, 2, 5, 0.9), (3, 5, 25, 0.4), (3, 10, 30, 0.0), (9, 50, 90, 0.0)],
)
def test_sound_received(events, percent, milliseconds, score):
    """The vectors of the client."""
    found = score_received_audio(
        loss_ratio=percent / 100, jitter=milliseconds / 1000, concealment_events=events
    )
    assert found == pytest.approx(score, abs=0.0005)


@pytest.mark.parametrize(
    ("percent", "milliseconds", "score"), [(0, 5, 1.0), (2, 5, 0.86), (5, 25, 0.5), (10, 30, 0.0)]
)
def test_sound_sent(percent, milliseconds, score):
    """The vectors of the client."""
    found = score_sent_audio(loss_ratio=percent / 100, jitter=milliseconds / 1000)
    assert found == pytest.approx(score, abs=1e-9)


ALL = PictureFlags(is_low_resolution=True, is_lagging=True, is_stuck=True)


@pytest.mark.parametrize(
    ("flags", "percent", "milliseconds", "score"),
    [
        (PictureFlags(), 0, 5, 1.0),
        (PictureFlags(is_low_resolution=True), 0, 5, 0.88),
        (PictureFlags(is_lagging=True), 0, 5, 0.76),
        (PictureFlags(is_stuck=True), 0, 5, 0.6),
        (ALL, 0, 5, 0.44),
        (ALL, 10, 30, 0.24),
        (PictureFlags(), 10, 30, 0.8),
        (PictureFlags(), 5, 25, 0.85),
    ],
)
def test_pictures(flags, percent, milliseconds, score):
    """The vectors of the client."""
    assert score_video(flags, loss_ratio=percent / 100, jitter=milliseconds / 1000) == score


def test_what_is_missing_earns_full_marks():
    """As the client has it."""
    assert score_received_audio(loss_ratio=None, jitter=None, concealment_events=None) == 1.0
    assert score_sent_audio(loss_ratio=None, jitter=None) == 1.0
    nothing = flag_picture(width=None, frame_rate=None, frames=None, is_screen=False)
    assert score_video(nothing, loss_ratio=None, jitter=None) == 1.0


@pytest.mark.parametrize(("is_screen", "width", "rate"), [(False, 240, 8), (True, 720, 3)])
def test_the_limits_of_pictures(is_screen, width, rate):
    """What reaches a limit is good; a screen needs more pixels and fewer frames."""
    good = flag_picture(width=width, frame_rate=rate, frames=1, is_screen=is_screen)
    assert good == PictureFlags()
    assert flag_picture(width=width - 1, frame_rate=rate - 0.1, frames=0, is_screen=is_screen) == ALL


@given(FLAGS, RATIOS, RATIOS, JITTERS, JITTERS)
def test_worse_is_never_better(flags, loss, more_loss, jitter, more_jitter):
    """More loss and more jitter never raise a score, and each stays within 0 to 1."""
    worse = {"loss_ratio": max(loss, more_loss), "jitter": max(jitter, more_jitter)}
    better = {"loss_ratio": loss, "jitter": jitter}
    for score in (
        score_sent_audio,
        lambda **kw: score_video(flags, **kw),
        lambda **kw: score_received_audio(concealment_events=1, **kw),
    ):
        assert 0 <= score(**worse) <= score(**better) <= 1 + 1e-12
