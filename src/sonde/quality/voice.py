"""The score of one test stream.

The scoring model is `te-g107`: the narrowband E-model fed as the ThousandEyes RTP stream test evidently
feeds it, which reproduces the MOS that product published. With the one-way delay as latency:

    T = latency    Tr = 2 * latency    Ta = latency + de-jitter buffer
    Ppl = 100 * (loss ratio + discard ratio)    BurstR = 1

and all other parameters at their defaults. How that product weighs loss is not known; the Ppl above is
what G.113 asks for.
"""

import msgspec

from sonde.quality.arrays import checked
from sonde.quality.codecs import Codec
from sonde.quality.emodel import VALIDATED_PPL, VALIDATED_TA, EmodelInputs, Rating, rate
from sonde.quality.mos import MOS_MIN, r_to_mos

MODEL = "te-g107"
MODEL_VERSION = "1"
"""Goes up whenever the same stream would get another score."""

SCALE = "narrowband"

LONGEST = 1e9
"""Seconds that no delay or buffer exceeds, thirty years; more can only be a mistake."""


class VoiceScore(msgspec.Struct, frozen=True, kw_only=True):
    """How good a stream was, by which model, on which scale, and why.

    Attributes:
        mos_cq: conversational MOS, 1 to 4.5; None when nothing can be said.
        r_factor: rating R, 0 to 100; None together with `mos_cq`.
        scale: scale of both; numbers on different scales must never be compared or averaged.
        model, version: what computed them.
        codec_max_mos: MOS this codec gets on a perfect network, same model and scale.
        components: where the points of R went; its `r` is not held within the scale.
        reason: why there is no MOS, one sentence; empty when there is one.
        notes: sentences on what limits trust in the numbers.
    """

    mos_cq: float | None
    r_factor: float | None
    scale: str = SCALE
    model: str = MODEL
    version: str = MODEL_VERSION
    codec_max_mos: float
    components: Rating[float] | None = None
    reason: str = ""
    notes: tuple[str, ...] = ()


def score_voice(
    *,
    codec: Codec,
    one_way_delay: float | None,
    jitter_buffer: float,
    loss_ratio: float | None,
    discard_ratio: float | None,
) -> VoiceScore:
    """Score a stream by `te-g107`.

    Args:
        codec: what was sent.
        one_way_delay: mean over the packets that arrived, seconds; None when unknown.
        jitter_buffer: depth of the fixed de-jitter buffer, seconds.
        loss_ratio: packets that never arrived, 0 to 1 of those sent; None when nothing was sent or
            nothing is known of the arrivals.
        discard_ratio: packets too late for the buffer, 0 to 1 of those sent; None likewise.

    Returns:
        The score; without a MOS, and with the reason, when a part of the input is missing.

    Raises:
        ValueError: a value is NaN, infinite, negative or above 1 where it must not be; the message
            begins with the argument's name.
    """
    _check(one_way_delay, jitter_buffer, loss_ratio, discard_ratio)
    if loss_ratio is None:
        return _unscored(codec, "There is no record of any packet.")
    if loss_ratio == 1:
        return _unscored(codec, "No packet arrived, so the delay is unknown.")
    if discard_ratio is None:
        return _unscored(codec, "It is unknown how many packets came too late.")
    if one_way_delay is None:
        return _unscored(codec, "The one-way delay is unknown.")
    return _scored(codec, _inputs(codec, one_way_delay, jitter_buffer, loss_ratio + discard_ratio))


def _inputs(codec: Codec, latency: float, jitter_buffer: float, missing_ratio: float) -> EmodelInputs:
    return EmodelInputs(
        t=1000 * latency,
        tr=2000 * latency,
        ta=1000 * (latency + jitter_buffer),
        ie=codec.ie,
        bpl=codec.bpl,
        ppl=100 * missing_ratio,
    )


def _scored(codec: Codec, inputs: EmodelInputs) -> VoiceScore:
    rating = rate(inputs)
    r = min(max(rating.r, 0.0), 100.0)
    return VoiceScore(
        mos_cq=max(r_to_mos(r), MOS_MIN),
        r_factor=r,
        codec_max_mos=codec.max_mos,
        components=rating,
        notes=_limits_of_validity(inputs),
    )


def _unscored(codec: Codec, reason: str) -> VoiceScore:
    return VoiceScore(mos_cq=None, r_factor=None, codec_max_mos=codec.max_mos, reason=reason)


def _limits_of_validity(inputs: EmodelInputs) -> tuple[str, ...]:
    beyond = "beyond what G.107 is validated for"
    notes = []
    if inputs.ppl > VALIDATED_PPL:
        notes.append(f"Loss and discards of {inputs.ppl:.1f} % are {beyond}, {VALIDATED_PPL:g} %.")
    if inputs.ta > VALIDATED_TA:
        notes.append(f"Delay with buffer of {inputs.ta:.0f} ms is {beyond}, {VALIDATED_TA:g} ms.")
    return tuple(notes)


def _check(
    one_way_delay: float | None, jitter_buffer: float, loss_ratio: float | None, discard_ratio: float | None
) -> None:
    checked("jitter_buffer", jitter_buffer, 0.0, LONGEST)
    if one_way_delay is not None:
        checked("one_way_delay", one_way_delay, 0.0, LONGEST)
    for name, ratio in (("loss_ratio", loss_ratio), ("discard_ratio", discard_ratio)):
        if ratio is not None:
            checked(name, ratio, 0.0, 1.0)
    checked("loss_ratio + discard_ratio", (loss_ratio or 0.0) + (discard_ratio or 0.0), 0.0, 1.0)
