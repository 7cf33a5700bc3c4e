"""A codec as `sonde-g107` takes it: its published value on its own scale, and how it is put into packets."""

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Final

import msgspec
import numpy as np

from sonde.quality.arrays import checked
from sonde.quality.codecs import Codec
from sonde.quality.registry import VALUES, CodecValue
from sonde.quality.scales import NARROWBAND

_ELSEWHERE: Final[Mapping[str, str]] = MappingProxyType({"g723.1": "g723.1-6.3-vad", "g729a": "g729a-vad"})
"""Codecs of voice tests whose published value has another slug, because the codec has several."""

OPUS_RANGE: Final = (14.0, 64.0)
"""Bit rates in kbit/s between which Opus has a value; above the upper one it keeps that one's."""

_OPUS_BEST: Final = 4.0
"""Ie of Opus at 64 kbit/s, ours."""


class Coding(msgspec.Struct, frozen=True, kw_only=True):
    """How a stream was coded.

    Attributes:
        value: Ie, Bpl, scale and look-ahead.
        packet_interval: seconds of sound in one packet, above 0.
    """

    value: CodecValue
    packet_interval: float

    @property
    def delay(self) -> float:
        """Seconds until a packet can leave: it must be full, and the encoder looks ahead of it.

        The frame's own duration is inside of the packet's and does not count twice.
        """
        return self.packet_interval + self.value.look_ahead


@cache
def coding_of(codec: Codec) -> Coding:
    """Return the coding that a voice test imitates, with the value published for it.

    Of a codec of which nothing is published, all that is known is the ceiling of its MOS, which lies on the
    narrowband scale. Its Ie is read back from there; it has no Bpl.
    """
    slug = _ELSEWHERE.get(codec.slug, codec.slug)
    published = [value for value in VALUES if value.slug == slug]
    value = published[0] if published else _unpublished(codec)
    return Coding(value=value, packet_interval=codec.packet_interval)


def opus(bit_rate: float) -> CodecValue:
    """Return the value of superwideband Opus with variable bit rate, on the fullband scale.

    Between the bit rates of the published table it is interpolated. Above its last one, 40 kbit/s, Ie falls
    in a straight line to 4 at 64 kbit/s and Bpl stays; that part is ours.

    Args:
        bit_rate: kbit/s of sound, at least 14; below that Opus codes a narrower band, on another scale.

    Raises:
        ValueError: `bit_rate` is too low, NaN or infinite.
    """
    checked("bit_rate", float(bit_rate), OPUS_RANGE[0])
    rates, rows = zip(*_opus_rows(), strict=True)
    ie = [*(row.ie for row in rows), _OPUS_BEST]
    bpl = [row.bpl for row in rows]
    value: CodecValue = msgspec.structs.replace(
        rows[0],
        slug=f"opus-swb-vbr-{bit_rate:g}",
        name=f"Opus SWB VBR @ {bit_rate:g} kbit/s",
        ie=float(np.interp(bit_rate, [*rates, OPUS_RANGE[1]], ie)),
        bpl=float(np.interp(bit_rate, rates, bpl)),
        bpl_bursty=None,
        confirmed=bit_rate in rates,
        source=rows[0].source + _origin(bit_rate, rates),
    )
    return value


def _origin(bit_rate: float, published: Sequence[float]) -> str:
    if bit_rate > published[-1]:
        return f"; above {published[-1]:g} kbit/s it is ours"
    return "" if bit_rate in published else "; interpolated"


def _opus_rows() -> list[tuple[float, CodecValue]]:
    start = "opus-swb-vbr-"
    return [
        (float(value.slug.removeprefix(start)), value) for value in VALUES if value.slug.startswith(start)
    ]


def _unpublished(codec: Codec) -> CodecValue:
    return CodecValue(
        slug=codec.slug,
        name=codec.name,
        scale=NARROWBAND.name,
        ie=codec.ie,
        itu=False,
        confirmed=False,
        source="Not published: Ie is read back from the known ceiling of the MOS",
    )
