"""Codecs as users name them: `opus`, `amr-wb-12.65`, or `111=opus` for one payload type."""

import re
from collections.abc import Iterable
from typing import Final

from sonde.capture.codec_choice import CodecOption, CodecOptions
from sonde.capture.formats import NAMES, Format
from sonde.quality.codecs import CODECS
from sonde.quality.registry import VALUES

_OPTION: Final = re.compile(r"(?:(\d{1,3})=)?(\S+)", re.ASCII)

_PUBLISHED: Final = {"g711": "", "g723.1": "g723.1-6.3-vad", "g729a": "g729a-vad"}
"""Codecs of voice tests whose published value has another slug, or is that of their encoding."""

_FAMILIES: Final = (
    ("opus", "OPUS"), ("amr-wb", "AMR-WB"), ("amr", "AMR"), ("evs", "EVS"), ("g722.1", "G7221"),
    ("g722", "G722"), ("g711", "PCMU"), ("g729", "G729"), ("g723.1", "G723"), ("g728", "G728"),
    ("g726-40", "G726-40"), ("g726-32", "G726-32"), ("g726-24", "G726-24"), ("g726-16", "G726-16"),
    ("gsm-efr", "GSM-EFR"), ("gsm", "GSM"), ("silk", "SILK"), ("ilbc", "ILBC"),
)  # fmt: skip
"""How slugs begin, and the encoding they mean; the first that fits counts."""


def read_codecs(texts: Iterable[str]) -> CodecOptions:
    """Read all that the user said of codecs.

    Raises:
        ValueError: a text names no codec, no payload type, or the same streams as another.
    """
    everywhere: CodecOption | None = None
    by_payload_type: dict[int, CodecOption] = {}
    for text in texts:
        payload_type, option = _read(text)
        if payload_type is None and everywhere is None:
            everywhere = option
        elif payload_type is not None and payload_type not in by_payload_type:
            by_payload_type[payload_type] = option
        else:
            raise ValueError(f"{text!r} names a codec for streams that already have one.")
    return CodecOptions(everywhere=everywhere, by_payload_type=by_payload_type)


def _read(text: str) -> tuple[int | None, CodecOption]:
    found = _OPTION.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no codec; write one such as opus, or 111=opus for one payload type.")
    payload_type = None if found[1] is None else int(found[1])
    if payload_type is not None and payload_type > 127:
        raise ValueError(f"a payload type is from 0 to 127, not {payload_type}.")
    return payload_type, _find(found[2].lower())


def _find(slug: str) -> CodecOption:
    """The codec of a name or slug."""
    if slug.upper() in NAMES:
        return CodecOption("", NAMES[slug.upper()])
    if slug in CODECS:
        codec = CODECS[slug]
        return CodecOption(
            _PUBLISHED.get(slug, slug),
            Format(name=_encoding(slug), clock_rate=codec.clock_rate, kind="audio"),
        )
    if any(value.slug == slug for value in VALUES) and (name := _encoding(slug)) in NAMES:
        return CodecOption(slug, NAMES[name])
    known = ", ".join(sorted({*(name.lower() for name in NAMES), *CODECS}))
    raise ValueError(
        f"no codec is called {slug!r}; known are {known}, and slugs with a bit rate such as amr-wb-12.65."
    )


def _encoding(slug: str) -> str:
    """The encoding name that a slug means."""
    return next((name for start, name in _FAMILIES if slug.startswith(start)), slug.upper())
