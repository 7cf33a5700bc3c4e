"""The scores that VideoSDK shows: those of rtcscore 0.0.2, fed with means of what was received.

With the library's own defaults for all that is not known they reproduce the scores that the vendor published
to the second decimal. Of the other numbers the published samples say nothing: they have no loss, and almost
no round trip.
"""

from typing import Final

import msgspec

from sonde.quality.rtcscore import RtcAudio, RtcVideo, score_audio, score_video

WIDTH: Final = 640
HEIGHT: Final = 480
FRAME_RATE: Final = 30.0
"""What the library takes for granted of pictures of which only the bit rate is known."""

DECIMALS: Final = 2

RESOLUTION_CLASSES: Final = (180, 360, 720, 1080, 1440, 2160)
"""Short sides in pixels, each the largest of its class; whatever is larger is in the last one."""


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """What was received of a medium.

    Attributes:
        bit_rate: bit/s, at least 0.
        round_trip_time: seconds, at least 0; None where nobody measured it.
        loss_ratio: of packets, 0 to 1; None where nobody counted.
    """

    bit_rate: float
    round_trip_time: float | None = None
    loss_ratio: float | None = None


def score_sound(received: Received, *, keeps_fault: bool = False) -> float:
    """MOS of sound, 1 to 4.5, with two decimals.

    Args:
        received: what came.
        keeps_fault: above a delay of 150 ms, score as the library does, which is the better the later.
    """
    heard = RtcAudio(
        bit_rate=received.bit_rate,
        loss=100 * (received.loss_ratio or 0.0),
        round_trip_time=_milliseconds(received.round_trip_time),
    )
    return round(score_audio(heard, keeps_fault=keeps_fault), DECIMALS)


def score_pictures(received: Received) -> float:
    """MOS of pictures, 1 to 5, with two decimals. Loss has no part in it."""
    if received.bit_rate <= 0:
        return 1.0
    seen = RtcVideo(
        bit_rate=received.bit_rate,
        width=WIDTH,
        height=HEIGHT,
        frame_rate=FRAME_RATE,
        round_trip_time=_milliseconds(received.round_trip_time),
    )
    return round(score_video(seen), DECIMALS)


def resolution_class(short_side: float) -> int:
    """The class of a picture, by its short side in pixels."""
    return next((each for each in RESOLUTION_CLASSES if short_side <= each), RESOLUTION_CLASSES[-1])


def _milliseconds(seconds: float | None) -> float:
    return RtcAudio().round_trip_time if seconds is None else 1000 * seconds
