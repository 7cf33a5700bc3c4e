"""The score of a captured stream: its codec's published value, on that codec's own scale.

A capture does not know how long packets were on their way. So the delay from mouth to ear is what is known
of it, the packet and the de-jitter buffer, and the network's part is what the user says, 0 if nothing: the
MOS tells what packets, losses and late packets leave of the codec, and is labelled with that assumption.
"""

from typing import Final

import msgspec

from sonde.capture.codec_choice import Chosen
from sonde.quality.coding import OPUS_RANGE, Coding, opus
from sonde.quality.interval import Evidence
from sonde.quality.registry import VALUES, CodecValue
from sonde.quality.voice import score_sonde
from sonde.rtp.observer import ObservedStream

_BY_NAME: Final = {
    "PCMU": "g711", "PCMA": "g711", "G722": "g722-64", "G729": "g729a-vad", "GSM": "gsm-fr",
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
    if name == "OPUS" and not chosen.slug:
        return opus(max(bit_rate / 1000, OPUS_RANGE[0]))
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
    """Score a stream by `sonde-g107`.

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
    runs = seen.unplayable.burst_ratio
    score = score_sonde(
        coding=Coding(value=value, packet_interval=seen.packet_interval),
        one_way_delay=one_way_delay,
        jitter_buffer=jitter_buffer,
        loss_ratio=seen.packets_lost / seen.packets_expected,
        discard_ratio=discarded / seen.packets_expected,
        evidence=Evidence(
            packets=seen.packets_expected,
            loss_runs=runs.loss_runs,
            burst_ratio=runs.run_length_raw if runs.loss_runs else None,
            delay_error=0.0,
        ),
    )
    return msgspec.structs.replace(
        blank,
        value=score.mos_cq,
        low=score.mos_low,
        high=score.mos_high,
        r_factor=score.r_factor,
        scale=score.scale,
        model=score.model,
        version=score.version,
        codec_value=value.slug,
        reason=score.reason,
        notes=(*_guess(chosen, value), *score.notes),
    )


def _guess(chosen: Chosen, value: CodecValue) -> tuple[str, ...]:
    if chosen.source != "guessed":
        return ()
    return (f"The codec is guessed from timestamps and sizes, and taken for {value.name}.",)
