"""The score from 0 to 1 that RealtimeKit calls `mos_quality`, computed as its statistics client does.

It is no opinion score, and no score of ours uses it: it knows neither codec nor delay, a number that is
missing earns full marks, and pictures never come below 0.24. The weights and limits are those of version 8 of
the client. That client does not know what the other side reports of streams sent, so that it scores sent
sound 1 whatever happens to it; here those reports count, and what is sent may score lower than the vendor's.
"""

from typing import Final, Generic, TypeAlias, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from sonde.quality.arrays import Number, plain

MODEL: Final = "realtimekit"
MODEL_VERSION: Final = "8"

LOSS: Final = (0.0, 0.10)
JITTER: Final = (0.020, 0.030)
CONCEALMENTS: Final = (0.0, 3.0)
"""Up to the first a number earns all of its weight, from the second on nothing: a ratio, seconds, a count."""


FlagArray: TypeAlias = NDArray[np.bool_]
Flag = TypeVar("Flag", bool, FlagArray)


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """From what on a picture is good enough.

    Attributes:
        width: pixels.
        frame_rate: frames per second.
    """

    width: int
    frame_rate: float


CAMERA: Final = Limits(width=240, frame_rate=8.0)
SCREEN: Final = Limits(width=720, frame_rate=3.0)


class PictureFlags(msgspec.Struct, Generic[Flag], frozen=True, kw_only=True, gc=False, array_like=True):
    """What is wrong with pictures, at one time or, where it is one of arrays, at many.

    Attributes:
        is_low_resolution: narrower than the limit.
        is_lagging: fewer frames per second than the limit.
        is_stuck: no frame was decoded, or encoded, since the sample before.
    """

    is_low_resolution: Flag | bool = False
    is_lagging: Flag | bool = False
    is_stuck: Flag | bool = False


def score_received_audio(
    *, loss_ratio: Number | None, jitter: Number | None, concealment_events: Number | None
) -> Number:
    """Return the score of sound received, 0 to 1; of arrays an array. NaN is not known, as None is.

    Args:
        loss_ratio: lost of received and lost, 0 to 1.
        jitter: seconds.
        concealment_events: since the sample before.
    """
    return (
        0.5 * _part(loss_ratio, LOSS)
        + 0.3 * _part(jitter, JITTER)
        + 0.2 * _part(concealment_events, CONCEALMENTS)
    )


def score_sent_audio(*, loss_ratio: Number | None, jitter: Number | None) -> Number:
    """Return the score of sound sent, 0 to 1, by what the other side reported; arguments as above."""
    return 0.7 * _part(loss_ratio, LOSS) + 0.3 * _part(jitter, JITTER)


def score_video(
    flags: PictureFlags[FlagArray], *, loss_ratio: Number | None, jitter: Number | None
) -> Number:
    """Return the score of pictures in either direction, 0.24 to 1 in hundredths; arguments as above."""
    picture = (
        np.where(flags.is_low_resolution, 0.85, 1.0)
        * np.where(flags.is_lagging, 0.7, 1.0)
        * np.where(flags.is_stuck, 0.5, 1.0)
    )
    return plain(np.round(0.8 * picture + 0.2 * _part(jitter, JITTER) * _part(loss_ratio, LOSS), 2))


def flag_picture(
    *, width: Number | None, frame_rate: Number | None, frames: Number | None, is_screen: bool
) -> PictureFlags[FlagArray]:
    """Say what is wrong with pictures; a number that is missing, None or NaN, is nothing wrong.

    Args:
        width: pixels.
        frame_rate: frames per second.
        frames: decoded or encoded since the sample before.
        is_screen: they show a screen, of which other limits hold.
    """
    limits = SCREEN if is_screen else CAMERA
    return PictureFlags(
        is_low_resolution=width is not None and width < limits.width,
        is_lagging=frame_rate is not None and frame_rate < limits.frame_rate,
        is_stuck=frames is not None and frames <= 0,
    )


def _part(value: Number | None, bounds: tuple[float, float]) -> Number:
    """The share of its weight that a number earns."""
    if value is None:
        return 1.0
    low, high = bounds
    earned = np.clip((high - np.abs(value)) / (high - low), 0.0, 1.0)
    return plain(np.where(np.isnan(earned), 1.0, earned))
