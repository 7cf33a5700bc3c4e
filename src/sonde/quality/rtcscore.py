"""The scores of rtcscore 0.0.2, a JavaScript library, bug for bug; no score of ours uses them.

They are here for the windows of vendors whose products show these very numbers. Above 150 ms the delay term
of the sound is `0.1 d - 150` where `0.1 (d - 150)` was meant, so that R saturates at 100 whatever is lost.
Loss has no part in the score of pictures.
"""

import math
from typing import Final

import msgspec

from sonde.quality.mos import r_to_mos

MODEL: Final = "rtcscore"
MODEL_VERSION: Final = "0.0.2"


class RtcAudio(msgspec.Struct, frozen=True, kw_only=True):
    """What the library takes of sound, with its defaults, in its units.

    Attributes:
        loss: percent of packets.
        bit_rate: bit/s; None counts as an unknown codec.
        round_trip_time: ms.
        buffer_delay: ms.
        fec, dtx: whether forward error correction and discontinuous transmission are on.
    """

    loss: float = 0.0
    bit_rate: float | None = None
    round_trip_time: float = 50.0
    buffer_delay: float = 50.0
    fec: bool = True
    dtx: bool = False


class RtcVideo(msgspec.Struct, frozen=True, kw_only=True):
    """What the library takes of pictures, with its defaults, in its units.

    Attributes:
        bit_rate: bit/s, above 0.
        width, height: pixels, above 0.
        frame_rate: frames per second, above 0.
        expected_frame_rate: frames per second; None means as many as came.
        codec: encoding name; VP9 needs fewer bits.
        round_trip_time: ms.
        buffer_delay: ms.
    """

    bit_rate: float
    width: int
    height: int
    frame_rate: float
    expected_frame_rate: float | None = None
    codec: str = "VP8"
    round_trip_time: float = 50.0
    buffer_delay: float = 0.0


def score_audio(heard: RtcAudio, *, keeps_fault: bool = True) -> float:
    """Return the MOS of sound, 1 to 4.5.

    Args:
        heard: what came.
        keeps_fault: above 150 ms compute what the library does, and not what it means.
    """
    delay = 20 + heard.buffer_delay + heard.round_trip_time / 2
    ie = _equipment(heard)
    robustness = 20 if heard.fec else 10
    impairment = ie + (100 - ie) * heard.loss / (heard.loss + robustness)
    delay_impairment = 0.03 * delay + (_lateness(delay, keeps_fault=keeps_fault) if delay > 150 else 0.0)
    return max(r_to_mos(100 - impairment - delay_impairment), 1.0)


def score_video(seen: RtcVideo) -> float:
    """Return the MOS of pictures, 1 to 5.

    Raises:
        ValueError: bit rate, size or frame rate is not above 0.
    """
    if min(seen.bit_rate, seen.width, seen.height, seen.frame_rate) <= 0:
        raise ValueError("bit_rate, width, height and frame_rate must be above 0")
    factor = 1.2 if seen.codec.lower() == "vp9" else 1.0
    # The logarithm of bits a pixel; the quotient itself is 0 for the smallest of rates.
    log_bits = math.log(factor * seen.bit_rate) - math.log(seen.width * seen.height * seen.frame_rate)
    base = min(max(0.56 * log_bits + 5.36, 1.0), 5.0)
    slowness = 1.9 * math.log((seen.expected_frame_rate or seen.frame_rate) / seen.frame_rate)
    delay = 0.002 * (seen.buffer_delay + seen.round_trip_time / 2)
    return min(max(base - slowness - delay, 1.0), 5.0)


def _lateness(delay: float, *, keeps_fault: bool) -> float:
    return 0.1 * delay - 150 if keeps_fault else 0.1 * (delay - 150)


def _equipment(heard: RtcAudio) -> float:
    if heard.dtx:
        return 8.0
    if not heard.bit_rate:
        return 6.0
    return min(max(55 - 4.6 * math.log(heard.bit_rate), 0.0), 30.0)
