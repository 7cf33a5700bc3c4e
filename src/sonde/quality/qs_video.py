"""The score `qs-video/1`: what a viewer makes of the pictures of a WebRTC call.

    Q      4.5 - 2 (QP - low) / (high - low), 1 to 4.8; without QP, 0.56 ln(bits per pixel and frame) + 5.36
    base   Q - 0.3 log2(expected / received pixels) - log2(expected / received frame rate), at least 1
    V      1 + (base - 1) exp(-F / 0.12), with F the frozen share of the time

`low` and `high` are the quantizers between which libwebrtc's scaler leaves the size alone. Delay has no part
in it: it belongs to the conversation. The 0.3, the logarithm of the frame rate and the 0.12 are ours and have
not been compared with ratings of viewers.
"""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec
import numpy as np

from sonde.quality.arrays import checked
from sonde.quality.attribution import share_out
from sonde.quality.call_score import SHORTEST, CallScore
from sonde.quality.interval import COVERAGE, Evidence, draw_missing

MODEL: Final = "qs-video"
MODEL_VERSION: Final = "1"
"""Goes up whenever the same stream would get another score."""

SCALE: Final = "video"
BEST: Final = 5.0
WORST: Final = 1.0

CODING_BEST: Final = 4.8
"""The most that coding alone leaves."""

SCREEN_FRAME_RATE: Final = 5.0
"""Frames per second that are enough for a shared screen."""

SLOWEST: Final = 0.05
"""Frames per second below which there is no frame in a window at all."""

_FREEZE: Final = 0.12
_RESOLUTION: Final = 0.3


class _Coder(msgspec.Struct, frozen=True):
    """Quantizers of a codec, and how many bits another would need for one of its own."""

    low: float
    high: float
    efficiency: float


_CODERS: Final[Mapping[str, _Coder]] = MappingProxyType(
    {
        "vp8": _Coder(29, 95, 1.0),
        "h264": _Coder(24, 37, 1.0),
        "vp9": _Coder(96, 185, 1.2),
        "av1": _Coder(96, 185, 1.43),
    }
)
"""libwebrtc's scaler limits and rtcscore's factors; AV1 has VP9's limits because it has none of its own."""


class VideoSeen(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a stream of pictures over some seconds.

    Attributes:
        codec: encoding name of SDP, such as `VP8`; None when unknown.
        duration: seconds all these numbers are of.
        qp: mean quantizer of its frames, in units of the codec; None when unknown.
        bit_rate: bit/s without retransmissions; None when unknown. Used only without `qp`.
        width, height: of the frames, pixels; None when unknown.
        frame_rate: frames shown per second; None when unknown.
        expected_width, expected_height: in which it is shown, or sent; None when unknown.
        expected_frame_rate: frames per second that the camera gives; None when unknown, and unused for a
            screen.
        frozen: 0 to 1 of the time; None when unknown.
        freezes: how many; None when unknown.
        screen: it is a shared screen.
        muted: nothing was to be seen.
    """

    codec: str | None
    duration: float
    qp: float | None = None
    bit_rate: float | None = None
    width: int | None = None
    height: int | None = None
    frame_rate: float | None = None
    expected_width: int | None = None
    expected_height: int | None = None
    expected_frame_rate: float | None = None
    frozen: float | None = None
    freezes: int | None = None
    screen: bool = False
    muted: bool = False


def score_qs_video(seen: VideoSeen) -> CallScore:
    """Score a stream of pictures.

    Returns:
        The score; without a MOS, and with the reason, when there is too little to say anything.

    Raises:
        ValueError: a value is NaN, infinite, negative or above 1 where it must not be; the message
            begins with its name.
    """
    _check(seen)
    if reason := _nothing_to_score(seen):
        return CallScore(model=MODEL, version=MODEL_VERSION, reason=reason)
    costs = {"coding": BEST - _coding(seen), "resolution": _resolution(seen), "frame_rate": _frame_rate(seen)}
    base = max(BEST - sum(costs.values()), WORST)
    costs = share_out(costs, BEST - base)
    mos = _frozen_mos(base, seen.frozen or 0.0)
    low, high = _interval(seen, base, mos)
    return CallScore(
        mos=mos, mos_low=low, mos_high=high, scale=SCALE, model=MODEL, version=MODEL_VERSION,
        points=share_out({**costs, "freeze": base - mos}, BEST - mos),
        notes=_notes(seen),
    )  # fmt: skip


def _check(seen: VideoSeen) -> None:
    for name in (
        "duration", "qp", "bit_rate", "width", "height", "frame_rate", "expected_width", "expected_height",
        "expected_frame_rate", "freezes",
    ):  # fmt: skip
        if (value := getattr(seen, name)) is not None:
            checked(name, float(value), 0.0)
    if seen.frozen is not None:
        checked("frozen", float(seen.frozen), 0.0, 1.0)


def _nothing_to_score(seen: VideoSeen) -> str:
    known = (seen.codec or "").lower() in _CODERS
    rough = all((seen.bit_rate, seen.width, seen.height))
    reasons = (
        (seen.muted, "The stream is muted."),
        (seen.duration < SHORTEST, f"There are less than {SHORTEST:g} s of samples."),
        (seen.codec is None, "The codec is unknown."),
        (not known, f"Nothing is known about a codec called {(seen.codec or '')[:40]!r}."),
        (seen.frame_rate is None, "The frame rate is unknown."),
        ((seen.frame_rate or 0.0) < SLOWEST, "No frame was shown."),
        (seen.qp is None and not rough, "Neither the quantizer nor bit rate and frame size are known."),
    )
    return next((sentence for applies, sentence in reasons if applies), "")


def _coding(seen: VideoSeen) -> float:
    coder = _CODERS[(seen.codec or "").lower()]
    if seen.qp is not None:
        quality = 4.5 - 2 * (seen.qp - coder.low) / (coder.high - coder.low)
    else:
        pixels = (seen.width or 0) * (seen.height or 0) * (seen.frame_rate or 0.0)
        bits = math.log(coder.efficiency) + math.log(seen.bit_rate or 1.0) - math.log(pixels)
        quality = 0.56 * bits + 5.36
    return min(max(quality, WORST), CODING_BEST)


def _resolution(seen: VideoSeen) -> float:
    received = (seen.width or 0) * (seen.height or 0)
    expected = (seen.expected_width or 0) * (seen.expected_height or 0)
    if not received or not expected:
        return 0.0
    return _cost(_RESOLUTION * math.log2(expected / received))


def _frame_rate(seen: VideoSeen) -> float:
    expected = SCREEN_FRAME_RATE if seen.screen else seen.expected_frame_rate
    if not expected or not seen.frame_rate:
        return 0.0
    return _cost(math.log2(expected) - math.log2(seen.frame_rate))


def _cost(points: float) -> float:
    return min(max(points, 0.0), BEST - WORST)


def _frozen_mos(base: float, frozen: float) -> float:
    return WORST + (base - WORST) * math.exp(-frozen / _FREEZE)


def _interval(seen: VideoSeen, base: float, mos: float) -> tuple[float, float]:
    """The interval of the MOS: freezes are to frames what runs of loss are to packets."""
    frames = max(round((seen.frame_rate or 0.0) * seen.duration), 1)
    shares = draw_missing(seen.frozen or 0.0, Evidence(packets=frames, loss_runs=seen.freezes or 0))
    rest = (1 - COVERAGE) / 2
    low, high = (_frozen_mos(base, float(share)) for share in np.quantile(shares, (1 - rest, rest)))
    return min(low, mos), max(high, mos)


def _notes(seen: VideoSeen) -> tuple[str, ...]:
    shown = seen.expected_width and seen.expected_height and seen.width and seen.height
    notes = (
        (seen.qp is None, "The quantizer is unknown; bits per pixel stand for it."),
        (not shown, "In which size it is shown is unknown and costs nothing."),
        (
            not seen.screen and not seen.expected_frame_rate,
            "What frame rate the camera gives is unknown and costs nothing.",
        ),
        (seen.frozen is None, "Freezes are unknown and cost nothing."),
    )
    return tuple(sentence for applies, sentence in notes if applies)
