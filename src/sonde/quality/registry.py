"""What is published about codecs: Ie and Bpl by codec, bit rate, scale and way of listening.

A value belongs to one scale and is never carried to another: the same codec may stand here twice with
other numbers. `sonde.quality.codecs` has the ten codecs that voice tests imitate, some with numbers of our
own; here stands only what others have published, and each value says who. A slug that stands in both places
is the same codec: `g711` conceals losses here and there.
"""

from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from sonde.quality.codecs import UnknownCodec
from sonde.quality.scales import FULLBAND, NARROWBAND, SCALES, WIDEBAND, ScaleMismatch

Listening = Literal["", "monotic", "diotic"]
"""With one ear (handset), with both (headset, loudspeaker), or not told apart on that scale."""


class CodecValue(msgspec.Struct, frozen=True, kw_only=True):
    """The impairment of one codec at one bit rate, on one scale.

    Attributes:
        slug: stable name with the bit rate in kbit/s where the codec has several, such as `amr-wb-12.65`.
        name: name for people.
        scale: name of the scale `ie`, `bpl` and `bpl_bursty` belong to.
        ie: equipment impairment factor, points of that scale.
        bpl: robustness to random loss; None when none has been published.
        bpl_bursty: robustness measured under bursty loss, to be used with a burst ratio of 1; None likewise.
        listening: way of listening the value holds for.
        look_ahead: seconds of sound beyond the frame that the encoder waits for; 0 where none is known.
        itu: whether it is a value of the ITU.
        confirmed: whether it has been read, if only as quoted by others; else it is remembered or derived.
        source: where it comes from.
    """

    slug: str
    name: str
    scale: str
    ie: float
    bpl: float | None = None
    bpl_bursty: float | None = None
    listening: Listening = ""
    look_ahead: float = 0.0
    itu: bool = True
    confirmed: bool = True
    source: str


def find(slug: str, *, scale: str, listening: Listening = "") -> CodecValue:
    """Return the value of a codec for one scale.

    Args:
        slug: the codec.
        scale: the scale the value will be used on; it must be named, and values of others are refused.
        listening: needed where there are values for both ways of listening.

    Raises:
        UnknownCodec: nothing is published here about that codec.
        ScaleMismatch: the codec has values on other scales only; the message names them.
        ValueError: there is no such scale, or none or more than one value for that way of listening.
    """
    if scale not in SCALES:
        raise ValueError(f"no scale is called {scale!r}; known are {', '.join(SCALES)}")
    of_codec = [value for value in VALUES if value.slug == slug]
    if not of_codec:
        raise UnknownCodec(f"no published value for a codec called {slug!r}")
    on_scale = [value for value in of_codec if value.scale == scale]
    if not on_scale:
        others = ", ".join(sorted({value.scale for value in of_codec}))
        raise ScaleMismatch(f"{slug} has values on the {others} scale, none on the {scale} scale")
    return _heard(on_scale, listening)


def _heard(values: list[CodecValue], listening: Listening) -> CodecValue:
    """Choose by way of listening; values that do not tell the two apart answer only to none."""
    chosen = [value for value in values if not listening or value.listening == listening]
    if len(chosen) != 1:
        known = " and ".join(value.listening or "no particular" for value in values)
        raise ValueError(
            f"listening must be chosen among what {values[0].slug} has values for: {known} listening"
        )
    return chosen[0]


_LOOK_AHEAD: Final = (
    ("g711", 0.00025), ("g722.1-", 0.020), ("g722-", 0.0015), ("g723.1", 0.0075), ("g729", 0.005),
    ("amr-12.2", 0.0), ("amr-", 0.005), ("evs-", 0.012), ("opus-", 0.0065),
)  # fmt: skip
"""Seconds by the beginning of the slug, the first that fits."""


def _look_ahead(slug: str) -> float:
    return next((seconds for start, seconds in _LOOK_AHEAD if slug.startswith(start)), 0.0)


_G113_I = "ITU-T G.113 (2024) Appendix I"
_G113_BPL = f"Ie {_G113_I}; Bpl Table I.4"
_NARROWBAND = (
    ("g711", "G.711 with loss concealment", 0, 25.1),
    ("g711-no-plc", "G.711 without loss concealment", 0, 4.3),
    ("g726-40", "G.726/G.727 @ 40 kbit/s", 2, None),
    ("g726-32", "G.726/G.727 @ 32 kbit/s", 7, None),
    ("g726-24", "G.726/G.727 @ 24 kbit/s", 25, None),
    ("g726-16", "G.726/G.727 @ 16 kbit/s", 50, None),
    ("g728-16", "G.728 @ 16 kbit/s", 7, None),
    ("g728-12.8", "G.728 @ 12.8 kbit/s", 20, None),
    ("g729", "G.729/G.729A @ 8 kbit/s", 10, None),
    ("g729a-vad", "G.729A @ 8 kbit/s with voice activity detection", 11, 19.0),
    ("g723.1-6.3", "G.723.1 @ 6.3 kbit/s", 15, None),
    ("g723.1-6.3-vad", "G.723.1 @ 6.3 kbit/s with voice activity detection", 15, 16.1),
    ("g723.1-5.3", "G.723.1 @ 5.3 kbit/s", 19, None),
    ("gsm-fr", "GSM full rate @ 13 kbit/s", 20, None),
    ("gsm-hr", "GSM half rate @ 5.6 kbit/s", 23, None),
    ("gsm-efr", "GSM enhanced full rate @ 12.2 kbit/s", 5, 10.0),
    ("is-641", "IS-641 @ 7.4 kbit/s", 10, None),
    ("is-54", "IS-54 @ 8 kbit/s", 20, None),
    ("is-96", "IS-96", 21, None),
    ("is-127", "IS-127", 6, None),
    ("pdc-6.7", "PDC @ 6.7 kbit/s", 24, None),
)
_AMR = (
    ("4.75", 21.3), ("5.15", 19.5), ("5.9", 16.5), ("6.7", 13.7),
    ("7.4", 11.6), ("7.95", 10.1), ("10.2", 6.0), ("12.2", 5.0),
)  # fmt: skip
_AMR_SOURCE = "Not ITU: read back from delay bounds in a Telektronikk paper that used the E-model of 2000"

_AMR_WB: tuple[tuple[str, int, int | None, float | None], ...] = (
    ("6.6", 41, 56, None),
    ("8.85", 26, 41, None),
    ("12.65", 13, 20, 4.3),
    ("14.25", 10, None, None),
    ("15.85", 7, 17, None),
    ("18.25", 5, None, None),
    ("19.85", 3, None, None),
    ("23.05", 1, 8, 4.6),
    ("23.85", 8, 10, 4.9),
)
"""Bit rate, Ie with one ear, Ie and Bpl with both."""
_AMR_WB_SOURCE = "ITU-T G.113 (09/2024) Appendix IV; 23.85 kbit/s worse than 23.05 is as printed"

_G722 = (("g722-64", 13), ("g722-56", 20), ("g722-48", 31), ("g722.1-32", 13), ("g722.1-24", 19))
_G722_SOURCE = "ITU-T G.113 as remembered with Möller et al. (2006), not read"

_EVS = (
    ("48", 10.2, 9.6), ("32", 8.7, 9.3), ("24.4", 7.2, 11.4),
    ("16.4", 10.8, 10.3), ("13.2", 17.1, 11.7), ("9.6", 22.7, 13.0),
)  # fmt: skip
_EVS_SOURCE = "ITU-T G.113 (09/2024) Appendix V with Erratum 1, which mends the row of 32 kbit/s"

_OPUS = (
    (NARROWBAND, "nb-vbr", ((6, 23.0, 24.6, 15.4), (9, 11.7, 18.9, 12.4))),
    (WIDEBAND, "wb-vbr", ((11, 28.4, 23.9, 20.1), (13, 20.0, 19.5, 16.9))),
    (FULLBAND, "swb-cbr", ((16, 36.9, 13.3, 10.8), (25, 22.6, 10.6, 8.7), (40, 15.9, 11.4, 9.4))),
    (FULLBAND, "swb-vbr", (
        (14, 38.1, 16.5, 9.1), (15, 34.1, 15.0, 7.9), (16, 30.2, 11.8, 10.1), (19, 23.8, 10.7, 8.9),
        (22, 20.2, 10.5, 8.6), (25, 20.2, 11.3, 9.2), (28, 18.5, 10.6, 8.9), (31, 16.8, 10.4, 8.8),
        (34, 14.8, 10.1, 8.5), (37, 12.1, 10.4, 8.3), (40, 10.7, 9.8, 8.0),
    )),
)  # fmt: skip
_OPUS_SOURCE = "Not ITU: data set of M. Alahmadi (2021, MIT licence); that it is on this scale is our reading"


def _narrowband() -> Iterator[CodecValue]:
    for slug, name, ie, bpl in _NARROWBAND:
        source = _G113_I if bpl is None else _G113_BPL
        yield CodecValue(
            slug=slug, name=name, scale=NARROWBAND.name, ie=float(ie), bpl=bpl,
            look_ahead=_look_ahead(slug), source=source,
        )  # fmt: skip
    for rate, derived in _AMR:
        yield CodecValue(
            slug=f"amr-{rate}", name=f"AMR @ {rate} kbit/s", scale=NARROWBAND.name, ie=derived,
            look_ahead=_look_ahead(f"amr-{rate}"), itu=False, confirmed=False, source=_AMR_SOURCE,
        )  # fmt: skip


def _wideband() -> Iterator[CodecValue]:
    for rate, monotic, diotic, bpl in _AMR_WB:
        yield _amr_wb(rate, ie=monotic, bpl=None, listening="monotic")
        if diotic is not None:
            yield _amr_wb(rate, ie=diotic, bpl=bpl, listening="diotic")
    for slug, ie in _G722:
        family, rate = slug.upper().replace("G", "G.").split("-")
        yield CodecValue(
            slug=slug, name=f"{family} @ {rate} kbit/s", scale=WIDEBAND.name, ie=float(ie),
            look_ahead=_look_ahead(slug), confirmed=False, source=_G722_SOURCE,
        )  # fmt: skip


def _amr_wb(rate: str, *, ie: float, bpl: float | None, listening: Listening) -> CodecValue:
    return CodecValue(
        slug=f"amr-wb-{rate}", name=f"AMR-WB (G.722.2) @ {rate} kbit/s", scale=WIDEBAND.name,
        ie=float(ie), bpl=bpl, listening=listening, look_ahead=_look_ahead("amr-"), source=_AMR_WB_SOURCE,
    )  # fmt: skip


def _fullband() -> Iterator[CodecValue]:
    for rate, ie, bpl in _EVS:
        yield CodecValue(
            slug=f"evs-swb-{rate}", name=f"EVS-SWB @ {rate} kbit/s", scale=FULLBAND.name, ie=ie, bpl=bpl,
            look_ahead=_look_ahead("evs-"), source=_EVS_SOURCE,
        )  # fmt: skip


def _opus() -> Iterator[CodecValue]:
    for scale, mode, rows in _OPUS:
        for rate, ie, random, bursty in rows:
            yield CodecValue(
                slug=f"opus-{mode}-{rate}", name=f"Opus {mode.upper().replace('-', ' ')} @ {rate} kbit/s",
                scale=scale.name, ie=ie, bpl=random, bpl_bursty=bursty, look_ahead=_look_ahead("opus-"),
                itu=False, source=_OPUS_SOURCE,
            )  # fmt: skip


VALUES: tuple[CodecValue, ...] = (*_narrowband(), *_wideband(), *_fullband(), *_opus())
"""Every published value."""
