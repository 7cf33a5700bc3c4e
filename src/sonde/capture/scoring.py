"""The score of a captured stream: its codec's published value, on that codec's own scale.

A capture does not know how long packets were on their way. So the delay from mouth to ear is what is known
of it, the packet and the de-jitter buffer, and the network's part is what the user says, 0 if nothing: the
MOS tells what packets, losses and late packets leave of the codec, and is labelled with that assumption.
"""

from typing import Final

import msgspec

from sonde.capture.codec_choice import Chosen
from sonde.quality import emodel, fullband, wideband
from sonde.quality.mos import MOS_MIN
from sonde.quality.registry import VALUES, CodecValue
from sonde.quality.scales import FULLBAND, SCALES, WIDEBAND
from sonde.rtp.losses import LossFindings
from sonde.rtp.observer import ObservedStream

MODEL: Final = "sonde-g107"
MODEL_VERSION: Final = "1"

WORST_BURST_RATIO: Final = 8.0
"""Upper end of what G.107 admits."""

_BY_NAME: Final = {
    "PCMU": "g711-plc", "PCMA": "g711-plc", "G722": "g722-64", "G729": "g729a-vad", "GSM": "gsm-fr",
    "GSM-EFR": "gsm-efr", "G728": "g728-16", "G726-40": "g726-40", "G726-32": "g726-32",
    "G726-24": "g726-24", "G726-16": "g726-16",
}  # fmt: skip
"""Encodings with one bit rate, and the slug of their published value."""

_BY_RATE: Final = {
    "OPUS": "opus-swb-vbr-", "AMR": "amr-", "AMR-WB": "amr-wb-", "EVS": "evs-swb-", "G7221": "g722.1-",
    "G723": "g723.1-",
}  # fmt: skip
"""Encodings with several, and how the slugs of their values begin; the bit rate follows."""


class StreamMos(msgspec.Struct, frozen=True, kw_only=True):
    """How good a captured stream would sound, by which model, on which scale, and why.

    Attributes:
        value: MOS, 1 to 4.5; None when nothing can be said.
        low, high: where it would be in 95 of 100 longer captures of the same path; None when unknown.
        r_factor: rating R, 0 to the top of the scale; None together with `value`.
        scale: scale of all of these; numbers on different scales must never be compared or averaged.
        model, version: what computed them; empty when nothing did.
        codec_value: slug of the published value of the codec; empty when there is none.
        jitter_buffer: depth of the de-jitter buffer it holds for, seconds.
        assumed_one_way_delay: of the network, seconds; a capture cannot measure it.
        reason: why there is no MOS, one sentence; empty when there is one.
        notes: sentences on what limits trust in the numbers.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    r_factor: float | None = None
    scale: str = ""
    model: str = ""
    version: str = ""
    codec_value: str = ""
    jitter_buffer: float
    assumed_one_way_delay: float
    reason: str = ""
    notes: tuple[str, ...] = ()


def find_value(chosen: Chosen, bit_rate: float) -> CodecValue | str:
    """The published value of a stream's codec, or a sentence why there is none.

    Args:
        chosen: what the stream is taken for.
        bit_rate: of its payload, bit/s.
    """
    name = chosen.format.name
    if chosen.format.kind == "video":
        return "Video is not scored."
    exact = [value for value in VALUES if value.slug in (chosen.slug, _BY_NAME.get(name))]
    if exact:
        return _robust(exact)
    if name in _BY_RATE and (family := _family(_BY_RATE[name])):
        nearest = min(family, key=lambda rate: abs(rate - bit_rate / 1000))
        return _robust(family[nearest])
    if not name:
        return "The codec is unknown; --codec can name it."
    return f"Nothing is published about how {name} sounds."


def _family(start: str) -> dict[float, list[CodecValue]]:
    """Values of one codec by bit rate in kbit/s."""
    found: dict[float, list[CodecValue]] = {}
    for value in VALUES:
        rate = value.slug.removeprefix(start).removesuffix("-vad")
        if value.slug.startswith(start) and rate.replace(".", "", 1).isdigit():
            found.setdefault(float(rate), []).append(value)
    return found


def _robust(values: list[CodecValue]) -> CodecValue:
    """The one that says how the codec bears loss, if one does."""
    return next((value for value in values if value.bpl is not None), values[0])


def score_stream(
    chosen: Chosen,
    seen: ObservedStream,
    discarded: int | None,
    *,
    bit_rate: float,
    jitter_buffer: float,
    one_way_delay: float,
) -> StreamMos:
    """Score a stream.

    Args:
        chosen: what the stream is taken for.
        seen: what became of its packets.
        discarded: packets too late for the buffer; None when that is unknown.
        bit_rate: of its payload, bit/s.
        jitter_buffer: depth, seconds.
        one_way_delay: assumed of the network, seconds.
    """
    blank = StreamMos(value=None, jitter_buffer=jitter_buffer, assumed_one_way_delay=one_way_delay)
    value = find_value(chosen, bit_rate)
    if isinstance(value, str):
        return msgspec.structs.replace(blank, reason=value)
    if discarded is None or seen.unplayable is None:
        reason = "It is unknown how many packets came too late, because the RTP clock is unknown."
        return msgspec.structs.replace(blank, reason=reason)
    missing = (seen.packets_lost + discarded) / seen.packets_expected
    if missing and value.bpl is None:
        reason = f"How well {value.name} bears loss (Bpl) has not been published, and packets are missing."
        return msgspec.structs.replace(blank, reason=reason)
    blank = msgspec.structs.replace(blank, notes=_notes(chosen, value, seen.unplayable))
    return _rated(blank, value, seen.unplayable, missing, seen.packet_interval)


def _rated(
    blank: StreamMos, value: CodecValue, unplayable: LossFindings, missing: float, packet_interval: float
) -> StreamMos:
    """Fill in what the model says; the only place that knows the model."""
    delay = blank.assumed_one_way_delay + blank.jitter_buffer + packet_interval
    burst_r = min(unplayable.burst_ratio.model_value, WORST_BURST_RATIO)
    scale = SCALES[value.scale]
    r = scale.hold(_rate(value, ppl=100 * missing, burst_r=burst_r, delay=1000 * delay))
    return msgspec.structs.replace(
        blank,
        value=max(scale.mos(r), MOS_MIN),
        r_factor=r,
        scale=scale.name,
        model=MODEL,
        version=MODEL_VERSION,
        codec_value=value.slug,
    )


def _rate(value: CodecValue, *, ppl: float, burst_r: float, delay: float) -> float:
    """R on the codec's scale; `delay` from mouth to ear in ms."""
    if value.scale == FULLBAND.name:
        return fullband.rate(
            fullband.FullbandInputs(ta=delay, ie=value.ie, bpl=value.bpl, ppl=ppl, burst_r=burst_r)
        ).r
    common = {"t": delay, "tr": 2 * delay, "ta": delay, "ie": value.ie, "ppl": ppl, "burst_r": burst_r}
    if value.scale == WIDEBAND.name:
        return wideband.rate(wideband.WidebandInputs(bpl=value.bpl, **common)).r
    # Without loss any Bpl gives the same.
    return emodel.rate(emodel.EmodelInputs(bpl=value.bpl or 1.0, **common)).r


def _notes(chosen: Chosen, value: CodecValue, unplayable: LossFindings) -> tuple[str, ...]:
    notes = []
    if chosen.source == "guessed":
        notes.append(f"The codec is guessed from timestamps and sizes, and taken for {value.name}.")
    if unplayable.lost and unplayable.burst_ratio.too_few_runs:
        notes.append("Too few losses to tell how bursty they are; they count as random.")
    if not value.confirmed:
        notes.append(f"The value of the codec is not an official one: {value.source}.")
    return tuple(notes)
