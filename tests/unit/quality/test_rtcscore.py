import pytest

from sonde.quality.rtcscore import RtcAudio, RtcVideo, score_audio, score_video


@pytest.mark.parametrize(
    ("heard", "mos"),
    [
        (RtcAudio(loss=0, round_trip_time=0, buffer_delay=0), 4.41),
        (RtcAudio(loss=2, round_trip_time=100, buffer_delay=50, bit_rate=32_000), 4.05),
        (RtcAudio(loss=5, round_trip_time=100, buffer_delay=50, bit_rate=32_000), 3.62),
        (RtcAudio(loss=5, round_trip_time=100, buffer_delay=50, bit_rate=32_000, fec=False), 3.01),
        (RtcAudio(loss=10, round_trip_time=100, buffer_delay=79.9, bit_rate=24_000), 2.91),
        (RtcAudio(loss=10, round_trip_time=100, buffer_delay=80.1, bit_rate=24_000), 4.50),
        (RtcAudio(loss=30, round_trip_time=100, buffer_delay=100, bit_rate=24_000), 4.50),
    ],
)
def test_sound_as_the_library_has_it(heard, mos):
    """What the library itself gave when it was run, its fault above 150 ms among it."""
    assert score_audio(heard) == pytest.approx(mos, abs=0.0051)


@pytest.mark.parametrize(
    ("seen", "mos"),
    [
        (RtcVideo(bit_rate=1_500_000, width=1280, height=720, frame_rate=30), 3.68),
        (
            RtcVideo(
                bit_rate=600_000, width=640, height=360, frame_rate=30, buffer_delay=60, round_trip_time=100
            ),
            3.77,
        ),
        (RtcVideo(bit_rate=600_000, width=640, height=360, frame_rate=15, expected_frame_rate=30), 3.01),
        (RtcVideo(bit_rate=600_000, width=640, height=360, frame_rate=30), 3.94),
    ],
)
def test_pictures_as_the_library_has_them(seen, mos):
    """What the library itself gave when it was run; it asks for no loss."""
    assert score_video(seen) == pytest.approx(mos, abs=0.0051)


def test_discontinuous_transmission_has_its_own_value():
    """With DTX the bit rate says nothing, and 8 points are taken."""
    assert score_audio(RtcAudio(dtx=True)) == score_audio(RtcAudio(dtx=True, bit_rate=6_000))
    assert score_audio(RtcAudio(dtx=True)) < score_audio(RtcAudio())


def test_pictures_without_size_are_refused():
    """There is no score per pixel without pixels."""
    with pytest.raises(ValueError, match="above 0"):
        score_video(RtcVideo(bit_rate=1, width=0, height=720, frame_rate=30))
