"""What payload types and encoding names mean: the clock of the timestamps and the kind of medium."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

CLOCK_RATES: Final = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 90000)
"""RTP clocks in use, Hz."""

CLOCK_RANGE: Final = (1000, 400_000)
"""Clocks that a session description may claim, Hz."""


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """How the payload of a stream is encoded.

    Attributes:
        name: encoding name as in SDP, in capitals; empty when only the clock is known.
        clock_rate: RTP clock, Hz.
        kind: `audio`, `video`, or empty when unknown.
        ptime: seconds of sound in a packet as announced; None when nothing was.
    """

    name: str
    clock_rate: int
    kind: str = ""
    ptime: float | None = None


def _audio(name: str, clock_rate: int = 8000) -> Format:
    return Format(name=name, clock_rate=clock_rate, kind="audio")


def _video(name: str) -> Format:
    return Format(name=name, clock_rate=90000, kind="video")


STATIC: Final[Mapping[int, Format]] = MappingProxyType(
    {
        0: _audio("PCMU"), 3: _audio("GSM"), 4: _audio("G723"), 5: _audio("DVI4"), 6: _audio("DVI4", 16000),
        7: _audio("LPC"), 8: _audio("PCMA"), 9: _audio("G722"), 10: _audio("L16", 44100),
        11: _audio("L16", 44100), 12: _audio("QCELP"), 13: _audio("CN"), 14: _audio("MPA", 90000),
        15: _audio("G728"), 16: _audio("DVI4", 11025), 17: _audio("DVI4", 22050), 18: _audio("G729"),
        25: _video("CELB"), 26: _video("JPEG"), 28: _video("NV"), 31: _video("H261"), 32: _video("MPV"),
        33: _video("MP2T"), 34: _video("H263"),
    }
)  # fmt: skip
"""Payload types that mean the same everywhere (RFC 3551 section 6)."""

EVENTS: Final = frozenset(("TELEPHONE-EVENT", "TONE"))
"""Their timestamps stand still while an event lasts (RFC 4733)."""

NAMES: Final[Mapping[str, Format]] = MappingProxyType(
    {
        each.name: each
        for each in (
            *STATIC.values(),
            _audio("L16", 44100), _audio("OPUS", 48000), _audio("AMR"), _audio("AMR-WB", 16000),
            _audio("EVS", 16000), _audio("ILBC"), _audio("SPEEX"), _audio("G7221", 16000), _audio("G726-40"),
            _audio("G726-32"), _audio("G726-24"), _audio("G726-16"), _audio("GSM-EFR"), _audio("SILK", 16000),
            _audio("DVI4"), _video("H264"), _video("H265"), _video("VP8"), _video("VP9"), _video("AV1"),
        )
    }
)  # fmt: skip
"""Encodings by name, with the clock they have when nothing says otherwise."""
