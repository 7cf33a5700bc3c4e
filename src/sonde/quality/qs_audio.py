"""The score `qs-audio/1`: what a listener makes of the sound of a WebRTC call.

The E-model of the codec's own scale, fed with what the receiver's sound card got rather than with what the
network lost:

    Ppl      100 times the audible share of samples that were concealed; 100 (loss + discard ratio) of the
             packets where concealment is unknown
    BurstR   mean length of the concealed runs over that of random ones, 1 to 8; 1 below 5 runs
    Ta       round trip / 2 + de-jitter buffer + packet interval + look-ahead + 20 ms of devices
    T, Tr    Ta and 2 Ta, which the fullband scale has no use for
    stretch  0.5 R for every percent of samples inserted or removed beyond 2 %, at most 15

What concealment, stretch and devices cost is ours and has not been compared with ratings of listeners.
"""

from typing import Final

import msgspec

from sonde.quality.arrays import HUGE, checked
from sonde.quality.attribution import share_out
from sonde.quality.call_codecs import carry_to_fullband, value_of
from sonde.quality.call_score import SHORTEST, CallScore
from sonde.quality.emodel import Rating
from sonde.quality.ends import Ends, rate
from sonde.quality.interval import Evidence, interval_of_r
from sonde.quality.mos import MOS_MAX, MOS_MIN
from sonde.quality.registry import CodecValue
from sonde.quality.scales import FULLBAND, SCALES, Scale
from sonde.quality.validity import BURST_R_MAX, LONGEST, doubts_of

MODEL: Final = "qs-audio"
MODEL_VERSION: Final = "1"
"""Goes up whenever the same stream would get another score."""

DEVICE_DELAY: Final = 0.020
"""Seconds that sound devices and their drivers take at both ends together."""

NOMINAL_BUFFER: Final = 0.060
"""Seconds of a de-jitter buffer nobody told of, which may be wrong by `NOMINAL_BUFFER_ERROR`."""

NOMINAL_BUFFER_ERROR: Final = 0.040

ENOUGH_EVENTS: Final = 5
"""Runs of concealment below which their mean length is mostly noise."""

STRETCH_FREE: Final = 0.02
"""Share of samples inserted or removed that nobody hears."""

_STRETCH_POINTS: Final = 50.0
_STRETCH_MOST: Final = 15.0


class AudioHeard(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a stream of sound over some seconds.

    Attributes:
        codec: encoding name of SDP, such as `opus`; None when unknown.
        bit_rate: of the sound, bit/s: the sender's target or received / (1 - loss ratio); None when unknown.
        duration: seconds all these numbers are of.
        packets: packets expected, received and lost; None when unknown.
        missing: lost and discarded, 0 to 1 of the packets expected; None when unknown.
        concealed: concealed audibly, 0 to 1 of the samples played; None when unknown, as to a sender.
        concealment_events: runs of concealed samples; None when unknown.
        stretched: inserted or removed to keep pace, 0 to 1 of the samples played; None when unknown.
        round_trip_time: seconds; None when unknown.
        buffer_delay: mean time in the de-jitter buffer, seconds; None when unknown, as to a sender.
        packet_interval: seconds of sound in one packet, above 0.
        muted: nothing was to be heard.
    """

    codec: str | None
    bit_rate: float | None
    duration: float
    packets: int | None
    missing: float | None
    concealed: float | None = None
    concealment_events: int | None = None
    stretched: float | None = None
    round_trip_time: float | None = None
    buffer_delay: float | None = None
    packet_interval: float = 0.020
    muted: bool = False


def score_qs_audio(heard: AudioHeard) -> CallScore:
    """Score a stream of sound.

    Returns:
        The score; without a MOS, and with the reason, when there is too little to say anything.

    Raises:
        ValueError: a value is NaN, infinite, negative or above 1 where it must not be; the message
            begins with its name.
    """
    _check(heard)
    if reason := _nothing_to_score(heard):
        return _unscored(reason)
    value = value_of(heard.codec or "", heard.bit_rate)
    if isinstance(value, str):
        return _unscored(value)
    if _lost(heard) and value.bpl is None:
        return _unscored(f"How well {value.name} bears loss (Bpl) has not been published, and some is lost.")
    rating = _rate(heard, value)
    scale, stretch = SCALES[value.scale], _stretch(heard)
    r = scale.hold(rating.r - stretch)
    mos = _mos(scale, r)
    low, high = _interval(heard, value, r)
    return CallScore(
        mos=mos, mos_low=low, mos_high=high, mos_fb=mos if scale is FULLBAND else _mos_fb(heard, value),
        r_factor=r, scale=scale.name, model=MODEL, version=MODEL_VERSION,
        points=share_out(_impairments(rating, value.ie, stretch, scale), MOS_MAX - mos),
        notes=_notes(heard, value),
    )  # fmt: skip


def burst_ratio(heard: AudioHeard) -> float | None:
    """Mean length of the concealed runs, in packets, over what random loss would make; None when unknown."""
    if not heard.concealed or not heard.concealment_events:
        return None
    run = heard.concealed * heard.duration / heard.concealment_events / heard.packet_interval
    return run * (1 - heard.concealed)


def _check(heard: AudioHeard) -> None:
    checked("duration", float(heard.duration), 0.0)
    checked("packet_interval", float(heard.packet_interval), 1e-4, 10.0)
    for name in ("missing", "concealed", "stretched"):
        if (ratio := getattr(heard, name)) is not None:
            checked(name, float(ratio), 0.0, HUGE if name == "stretched" else 1.0)
    for name in ("round_trip_time", "buffer_delay"):
        if (seconds := getattr(heard, name)) is not None:
            checked(name, float(seconds), 0.0, LONGEST)
    for name in ("bit_rate", "packets", "concealment_events"):
        if (count := getattr(heard, name)) is not None:
            checked(name, float(count), 0.0)


def _nothing_to_score(heard: AudioHeard) -> str:
    reasons = (
        (heard.muted, "The stream is muted."),
        (heard.duration < SHORTEST, f"There are less than {SHORTEST:g} s of samples."),
        (not heard.packets, "There is no record of any packet."),
        (heard.codec is None, "The codec is unknown."),
        (_lost(heard) is None, "It is unknown how much was lost."),
        (heard.round_trip_time is None, "The round-trip time is unknown."),
    )
    return next((sentence for applies, sentence in reasons if applies), "")


def _unscored(reason: str) -> CallScore:
    return CallScore(model=MODEL, version=MODEL_VERSION, reason=reason)


def _lost(heard: AudioHeard) -> float | None:
    return heard.missing if heard.concealed is None else heard.concealed


def _rate(heard: AudioHeard, value: CodecValue) -> Rating[float]:
    enough = (heard.concealment_events or 0) >= ENOUGH_EVENTS
    burst_r = _held_burst_ratio(heard) if enough else 1.0
    return rate(_ends(heard, value), delay=_delay(heard), missing=_lost(heard) or 0.0, burst_r=burst_r)


def _held_burst_ratio(heard: AudioHeard) -> float:
    return min(max(burst_ratio(heard) or 1.0, 1.0), BURST_R_MAX)


def _ends(heard: AudioHeard, value: CodecValue) -> Ends:
    """The ends, without the buffer: its delay changes all the time, and curves are kept for each ends."""
    delay = heard.packet_interval + value.look_ahead + DEVICE_DELAY
    return Ends(scale=SCALES[value.scale], ie=value.ie, bpl=value.bpl, delay=delay, echo_delay=delay)


def _delay(heard: AudioHeard) -> float:
    buffer = NOMINAL_BUFFER if heard.buffer_delay is None else heard.buffer_delay
    return (heard.round_trip_time or 0.0) / 2 + buffer


def _stretch(heard: AudioHeard) -> float:
    beyond = (heard.stretched or 0.0) - STRETCH_FREE
    return min(max(beyond * _STRETCH_POINTS, 0.0), _STRETCH_MOST)


def _interval(heard: AudioHeard, value: CodecValue, r: float) -> tuple[float, float]:
    """The interval of the MOS: one way may take anything between none and all of the round trip."""
    scale = SCALES[value.scale]
    buffer_error = NOMINAL_BUFFER_ERROR if heard.buffer_delay is None else 0.0
    evidence = Evidence(
        packets=_independent_packets(heard),
        loss_runs=heard.concealment_events or 0 if heard.concealed else 0,
        delay_error=(heard.round_trip_time or 0.0) / 2 + buffer_error,
    )
    low, high = interval_of_r(
        _ends(heard, value), delay=_delay(heard), missing=_lost(heard) or 0.0,
        burst_r=_held_burst_ratio(heard), evidence=evidence,
    )  # fmt: skip
    stretch = _stretch(heard)
    return (
        _mos(scale, min(scale.hold(low - stretch), r)),
        _mos(scale, max(scale.hold(high - stretch), r)),
    )


def _independent_packets(heard: AudioHeard) -> int:
    """Packets the share rests on; concealment is a share of the time, whether packets were sent or not."""
    if heard.concealed is None:
        return heard.packets or 1
    return max(round(heard.duration / heard.packet_interval), 1)


def _mos(scale: Scale, r: float) -> float:
    return max(scale.mos(r), MOS_MIN)


def _mos_fb(heard: AudioHeard, value: CodecValue) -> float:
    rating = _rate(heard, carry_to_fullband(value))
    return _mos(FULLBAND, FULLBAND.hold(rating.r - _stretch(heard)))


def _impairments(rating: Rating[float], ie: float, stretch: float, scale: Scale) -> dict[str, float]:
    return {
        "basic": scale.ceiling - rating.ro + rating.is_,
        "codec": ie,
        "concealment": rating.ie_eff - ie,
        "delay": rating.idte + rating.idle + rating.idd,
        "stretch": stretch,
    }


def _notes(heard: AudioHeard, value: CodecValue) -> tuple[str, ...]:
    buffer = f"The de-jitter buffer is unknown and counts as {1000 * NOMINAL_BUFFER:g} ms."
    notes = (
        (heard.buffer_delay is None, buffer),
        (heard.concealed is None, "Concealment is unknown; packets lost and discarded stand for it."),
        (heard.stretched is None, "How much the sound was stretched is unknown."),
    )
    return (*doubts_of(value), *(sentence for applies, sentence in notes if applies))
