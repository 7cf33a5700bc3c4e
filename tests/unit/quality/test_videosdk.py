"""VideoSDK's scores: the published ones, the fault above 150 ms, classes of pictures."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sonde.quality.videosdk import Received, resolution_class, score_pictures, score_sound


@pytest.mark.parametrize("rate", [60_054, 60_218])
def test_published_sound_of_a_participant(rate):
    """Either of the rates of the sample gives its score."""
    assert score_sound(Received(bit_rate=rate, round_trip_time=0.0008544921875, loss_ratio=0.0)) == 4.42


def test_published_pictures_of_a_participant():
    """The received rate does, and the sent one does not."""
    assert score_pictures(Received(bit_rate=307_229, round_trip_time=0.000244140625)) == 3.46
    assert score_pictures(Received(bit_rate=103_900, round_trip_time=0.000244140625)) == 2.85


@pytest.mark.parametrize("rate", [45_674.25, 44_718.75])
def test_published_sound_of_a_session(rate):
    """Means over everybody are scored, and not scores averaged."""
    assert score_sound(Received(bit_rate=rate, round_trip_time=0.000690460205078125)) == 4.39


def test_published_pictures_of_a_session():
    """From the mean of the received rates."""
    assert score_pictures(Received(bit_rate=230_353, round_trip_time=0.0001220703125)) == 3.29


def test_the_fault_above_150_ms_is_left_out_unless_it_is_kept():
    """With it late sound is the better the later; without it the worse."""
    near, late = (Received(bit_rate=24_000, round_trip_time=rtt, loss_ratio=0.1) for rtt in (0.159, 0.161))
    assert score_sound(near) == score_sound(near, keeps_fault=True) == pytest.approx(2.91, abs=0.01)
    assert score_sound(late, keeps_fault=True) == 4.5
    assert score_sound(late) == pytest.approx(score_sound(near), abs=0.01)
    later = Received(bit_rate=24_000, round_trip_time=0.8, loss_ratio=0.1)
    assert score_sound(later) < score_sound(late)
    assert score_sound(later, keeps_fault=True) == 4.5


@given(
    rate=st.floats(0, 1e8),
    rtt=st.none() | st.floats(0, 100),
    loss=st.none() | st.floats(0, 1),
    keeps_fault=st.booleans(),
)
@example(rate=5e-324, rtt=None, loss=None, keeps_fault=False)
def test_scores_stay_on_their_scale(rate, rtt, loss, keeps_fault):
    """1 to 5, with two decimals, whatever was received."""
    received = Received(bit_rate=rate, round_trip_time=rtt, loss_ratio=loss)
    for score in (score_sound(received, keeps_fault=keeps_fault), score_pictures(received)):
        assert 1 <= score <= 5
        assert score == round(score, 2)


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_more_loss_and_more_delay_are_never_better(first, second):
    """Of sound, without the fault."""
    low, high = sorted((first, second))
    for name, scale in (("round_trip_time", 1e4), ("loss_ratio", 1e6)):
        better, worse = (Received(bit_rate=32_000, **{name: each / scale}) for each in (low, high))
        assert score_sound(worse) <= score_sound(better)


@pytest.mark.parametrize(
    ("short_side", "expected"),
    [
        *((1, 180), (180, 180), (181, 360), (360, 360), (480, 720), (540, 720)),
        *((720, 720), (721, 1080), (1080, 1080), (1440, 1440), (1441, 2160), (4320, 2160)),
    ],
)
def test_classes_of_pictures(short_side, expected):
    """Each reaches to its own number of pixels; the last one has no end."""
    assert resolution_class(short_side) == expected
