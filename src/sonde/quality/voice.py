"""The score of one test stream, by one of two models.

`te-g107` is the narrowband E-model fed as the ThousandEyes RTP stream test evidently feeds it, which
reproduces the MOS that product published, for wideband codecs too. How that product weighs loss is not known;
G.113's way is taken. `sonde-g107` is our own reading: each codec on its own scale with its published value,
every delay from mouth to ear, and bursts as they were. With the network's one-way delay as latency:

                  te-g107                           sonde-g107
    Ta            latency + de-jitter buffer        the same + packet interval + look-ahead
    T             latency                           Ta
    Tr            2 T                               2 T
    Ppl           100 (loss + discard ratio)        the same
    BurstR        1                                 as observed, 1 to 8; 1 below 10 runs of loss

and all other parameters at their defaults.
"""

from functools import lru_cache
from typing import Final

import msgspec

from sonde.quality.arrays import Number
from sonde.quality.attribution import Attribution, attribute
from sonde.quality.codecs import Codec
from sonde.quality.coding import Coding
from sonde.quality.emodel import Rating
from sonde.quality.ends import Ends, rate
from sonde.quality.interval import Evidence, interval_of_r
from sonde.quality.mos import MOS_MIN
from sonde.quality.scales import NARROWBAND, SCALES, Scale, ScaledRating
from sonde.quality.validity import (
    Heard,
    check_stream,
    doubts_of,
    gaps_of_interval,
    hear,
    limits_of_bursts,
    limits_of_model,
    with_bursts,
)

MODEL: Final = "te-g107"
MODEL_VERSION: Final = "1"
"""Goes up whenever the same stream would get another score."""

OWN_MODEL: Final = "sonde-g107"
OWN_MODEL_VERSION: Final = "1"

SCALE: Final = NARROWBAND.name


class VoiceScore(msgspec.Struct, frozen=True, kw_only=True):
    """How good a stream was, by which model, on which scale, and why.

    Attributes:
        mos_cq: conversational MOS, 1 to 4.5; None when nothing can be said.
        mos_low, mos_high: between which that of the path is with 95 % certainty; None when it is unknown
            how many packets the numbers rest on. The error of the model itself is not in it.
        r_factor: rating R, 0 to the top of the scale; None together with `mos_cq`.
        r_low, r_high: the same interval in R.
        scale: scale of all of these; numbers on different scales must never be compared or averaged.
        model, version: what computed them.
        codec_max_mos: MOS this codec gets on a perfect network, same model and scale.
        ie: points of R the codec alone costs; None together with `mos_cq`.
        components: where the points of R went; its `r` is not held within the scale.
        reason: why there is no MOS, one sentence; empty when there is one.
        notes: sentences on what limits trust in the numbers.
    """

    mos_cq: float | None
    mos_low: float | None = None
    mos_high: float | None = None
    r_factor: float | None
    r_low: float | None = None
    r_high: float | None = None
    scale: str = SCALE
    model: str = MODEL
    version: str = MODEL_VERSION
    codec_max_mos: float
    ie: float | None = None
    components: Rating[float] | None = None
    reason: str = ""
    notes: tuple[str, ...] = ()

    @property
    def attribution(self) -> Attribution[float] | None:
        """Points of R and of MOS by impairment; None together with `mos_cq`."""
        if self.components is None or self.ie is None:
            return None
        components = msgspec.structs.asdict(self.components)
        return attribute(ScaledRating(**{**components, "scale": self.scale}), ie=self.ie)


def te_ends(codec: Codec, jitter_buffer: Number) -> Ends:
    """What `te-g107` puts at the ends of the network: codec and buffer, which no echo passes."""
    return Ends(scale=NARROWBAND, ie=codec.ie, bpl=codec.bpl, delay=jitter_buffer)


def sonde_ends(coding: Coding, jitter_buffer: Number) -> Ends:
    """What `sonde-g107` puts there: the codec on its own scale, and all delay from mouth to ear."""
    value, delay = coding.value, jitter_buffer + coding.delay
    return Ends(scale=SCALES[value.scale], ie=value.ie, bpl=value.bpl, delay=delay, echo_delay=delay)


def score_voice(
    *,
    codec: Codec,
    one_way_delay: float | None,
    jitter_buffer: float,
    loss_ratio: float | None,
    discard_ratio: float | None,
    evidence: Evidence | None = None,
) -> VoiceScore:
    """Score a stream by `te-g107`.

    Args:
        codec: what was sent.
        one_way_delay: mean over the packets that arrived, seconds; None when unknown.
        jitter_buffer: depth of the fixed de-jitter buffer, seconds.
        loss_ratio: packets that never arrived, 0 to 1 of those sent; None when nothing was sent or
            nothing is known of the arrivals.
        discard_ratio: packets too late for the buffer, 0 to 1 of those sent; None likewise.
        evidence: what the other numbers rest on; without it there is no interval.

    Returns:
        The score; without a MOS, and with the reason, when a part of the input is missing.

    Raises:
        ValueError: a value is NaN, infinite, negative or above 1 where it must not be; the message
            begins with the argument's name.
    """
    check_stream(one_way_delay, jitter_buffer, loss_ratio, discard_ratio, evidence)
    blank = VoiceScore(mos_cq=None, r_factor=None, codec_max_mos=codec.max_mos)
    heard = hear(one_way_delay, loss_ratio, discard_ratio)
    if isinstance(heard, str):
        return msgspec.structs.replace(blank, reason=heard)
    ends = te_ends(codec, jitter_buffer)
    notes = limits_of_model(heard, "Delay with buffer", heard.latency + jitter_buffer)
    return _scored(blank, ends, heard, evidence, notes)


def score_sonde(
    *,
    coding: Coding,
    one_way_delay: float | None,
    jitter_buffer: float,
    loss_ratio: float | None,
    discard_ratio: float | None,
    evidence: Evidence | None = None,
) -> VoiceScore:
    """Score a stream by `sonde-g107`.

    Args:
        coding: what was sent, with the codec's value on its own scale.
        one_way_delay: as for `score_voice`, like all below.
        jitter_buffer: depth of the fixed de-jitter buffer, seconds.
        loss_ratio: packets that never arrived, 0 to 1 of those sent; None when unknown.
        discard_ratio: packets too late for the buffer, 0 to 1 of those sent; None when unknown.
        evidence: what the other numbers rest on; without it the losses count as random.

    Returns:
        The score; without a MOS, and with the reason, when a part of the input is missing, or packets are
        missing and nobody has published how well the codec bears that.

    Raises:
        ValueError: as `score_voice`.
    """
    check_stream(one_way_delay, jitter_buffer, loss_ratio, discard_ratio, evidence)
    ends = sonde_ends(coding, jitter_buffer)
    blank = VoiceScore(
        mos_cq=None, r_factor=None, codec_max_mos=_best_mos(ends.scale, coding.value.ie),
        scale=ends.scale.name, model=OWN_MODEL, version=OWN_MODEL_VERSION,
    )  # fmt: skip
    heard = hear(one_way_delay, loss_ratio, discard_ratio)
    if isinstance(heard, str):
        return msgspec.structs.replace(blank, reason=heard)
    if heard.missing and ends.bpl is None:
        reason = (
            f"How well {coding.value.name} bears loss (Bpl) has not been published, and packets are missing."
        )
        return msgspec.structs.replace(blank, reason=reason)
    heard = with_bursts(heard, evidence)
    mouth_to_ear = heard.latency + jitter_buffer + coding.delay
    notes = (
        *doubts_of(coding.value),
        *limits_of_model(heard, "Delay from mouth to ear", mouth_to_ear),
        *limits_of_bursts(heard, evidence),
    )
    return _scored(blank, ends, heard, evidence, notes)


def _scored(
    blank: VoiceScore, ends: Ends, heard: Heard, evidence: Evidence | None, notes: tuple[str, ...]
) -> VoiceScore:
    rating = rate(ends, delay=heard.latency, missing=heard.missing, burst_r=heard.burst_r)
    r = ends.scale.hold(rating.r)
    low, high = (None, None) if evidence is None else _interval(ends, heard, evidence, r)
    components = {name: getattr(rating, name) for name in Rating.__struct_fields__}
    return msgspec.structs.replace(
        blank,
        mos_cq=_mos(ends.scale, r),
        mos_low=None if low is None else _mos(ends.scale, low),
        mos_high=None if high is None else _mos(ends.scale, high),
        r_factor=r,
        r_low=low,
        r_high=high,
        ie=float(ends.ie),
        components=Rating(**components),
        notes=(*notes, *gaps_of_interval(evidence, robustness_known=ends.bpl is not None)),
    )


def _interval(ends: Ends, heard: Heard, evidence: Evidence, r: float) -> tuple[float, float]:
    """The interval of R, held within the scale, and never without R itself.

    Where nothing is missing, no draw is as good as R.
    """
    low, high = interval_of_r(
        ends, delay=heard.latency, missing=heard.missing, burst_r=heard.burst_r_drawn, evidence=evidence
    )
    return min(ends.scale.hold(low), r), max(ends.scale.hold(high), r)


def _mos(scale: Scale, r: float) -> float:
    return max(scale.mos(r), MOS_MIN)


@lru_cache(maxsize=256)
def _best_mos(scale: Scale, ie: float) -> float:
    """MOS of a codec without loss and with no delay at all."""
    rating = rate(Ends(scale=scale, ie=ie, bpl=None), delay=0.0, missing=0.0)
    return _mos(scale, rating.r)
