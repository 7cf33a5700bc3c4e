"""What a codec of a WebRTC call costs: from its name in SDP and its bit rate to a published value.

Opus is always rated on the fullband scale. Below 14 kbit/s it codes a narrower band, for which values exist
on narrower scales only; they are carried over with 19 points for wideband and 55 for narrowband, so that a
starved Opus gets worse without a step from one scale to another. That part is ours, as are the points.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec
import numpy as np

from sonde.quality.coding import OPUS_RANGE, opus
from sonde.quality.registry import VALUES, CodecValue, find
from sonde.quality.scales import FULLBAND, NARROWBAND, WIDEBAND

TO_FULLBAND: Final[Mapping[str, float]] = MappingProxyType(
    {NARROWBAND.name: 55.0, WIDEBAND.name: 19.0, FULLBAND.name: 0.0}
)
"""Points of Ie that a codec of each scale costs more on the fullband scale; a rough bridge, one way only."""

_ONE_RATE: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "pcmu": ("g711", NARROWBAND.name),
        "pcma": ("g711", NARROWBAND.name),
        "g722": ("g722-64", WIDEBAND.name),
        "g728": ("g728-16", NARROWBAND.name),
        "g729": ("g729", NARROWBAND.name),
        "gsm": ("gsm-fr", NARROWBAND.name),
        "gsm-efr": ("gsm-efr", NARROWBAND.name),
    }
)
_MANY_RATES: Final[Mapping[str, str]] = MappingProxyType(
    {"amr": "amr-", "amr-wb": "amr-wb-", "evs": "evs-swb-"}
)
_OPUS: Final = ("opus", "multiopus", "red")
"""RED carries Opus wherever WebRTC uses it for sound."""

_OPUS_BELOW: Final = ((6, "nb-vbr"), (9, "nb-vbr"), (11, "wb-vbr"), (13, "wb-vbr"))
"""Bit rates in kbit/s below `OPUS_RANGE` and the table that has each."""


def value_of(name: str, bit_rate: float | None) -> CodecValue | str:
    """Find what is published of a codec or, as a sentence, why there is nothing.

    Args:
        name: the encoding name of SDP, in any case.
        bit_rate: bit/s of sound; None when unknown.
    """
    known = name.lower()
    if known in _ONE_RATE:
        slug, scale = _ONE_RATE[known]
        return find(slug, scale=scale)
    if known not in _OPUS and known not in _MANY_RATES:
        return f"Nothing is published about a codec called {name[:40]!r}."
    if bit_rate is None:
        return f"The bit rate of {name} is unknown."
    kilobits = bit_rate / 1000
    return _opus(kilobits) if known in _OPUS else _nearest(_MANY_RATES[known], kilobits)


def carry_to_fullband(value: CodecValue) -> CodecValue:
    """Return the value on the fullband scale, for comparing codecs with each other."""
    return msgspec.structs.replace(
        value, scale=FULLBAND.name, ie=value.ie + TO_FULLBAND[value.scale], confirmed=False
    )


def _opus(kilobits: float) -> CodecValue:
    lowest = opus(OPUS_RANGE[0])
    if kilobits >= OPUS_RANGE[0]:
        return opus(kilobits)
    rows = [_row_below(rate, mode) for rate, mode in _OPUS_BELOW] + [lowest]
    rates = [*(float(rate) for rate, _ in _OPUS_BELOW), OPUS_RANGE[0]]
    bpl = [row.bpl or 0.0 for row in rows]
    return msgspec.structs.replace(
        lowest,
        slug=f"opus-{kilobits:g}",
        name=f"Opus @ {kilobits:g} kbit/s",
        ie=float(np.interp(kilobits, rates, [row.ie for row in rows])),
        bpl=float(np.interp(kilobits, rates, bpl)),
        confirmed=False,
        source=f"{lowest.source}; below {OPUS_RANGE[0]:g} kbit/s carried over from narrower scales",
    )


def _row_below(rate: int, mode: str) -> CodecValue:
    scale = NARROWBAND.name if mode.startswith("nb") else WIDEBAND.name
    return carry_to_fullband(find(f"opus-{mode}-{rate}", scale=scale))


def _nearest(start: str, kilobits: float) -> CodecValue:
    """The mode of a codec whose bit rate is nearest; heard with both ears where values tell the two apart."""
    modes = [value for value in VALUES if value.slug.startswith(start) and value.listening != "monotic"]
    if start == "amr-":
        modes = [value for value in modes if not value.slug.startswith("amr-wb-")]
    return min(modes, key=lambda value: abs(float(value.slug.removeprefix(start)) - kilobits))
