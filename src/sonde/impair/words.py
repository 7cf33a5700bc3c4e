"""How people write an impairment: `loss=2% burst-ratio=3 delay=30ms`."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from sonde.impair.impairment import Impairment, JitterShape
from sonde.impair.notation import parse_count, parse_duration, parse_pattern, parse_rate, parse_ratio
from sonde.model.errors import Invalid
from sonde.quality.dscp import parse_dscp

_WORD = re.compile(r"([a-z-]+)=(\S+)", re.ASCII)


def _parse_shape(text: str) -> JitterShape:
    if text not in list(JitterShape):
        raise Invalid(f"'{text}' is no shape of jitter; write {', '.join(JitterShape)}.")
    return JitterShape(text)


def _parse_number(text: str) -> float:
    if not re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text, re.ASCII):
        raise Invalid(f"'{text}' is no number; write 3 or 2.5.")
    return float(text)


_READERS: Mapping[str, Callable[[str], Any]] = {
    "loss": parse_ratio,
    "burst-ratio": _parse_number,
    "loss-pattern": parse_pattern,
    "delay": parse_duration,
    "jitter": parse_duration,
    "jitter-shape": _parse_shape,
    "duplicate": parse_ratio,
    "reorder": parse_ratio,
    "reorder-delay": parse_duration,
    "dscp": parse_dscp,
    "dscp-from": parse_count,
    "truncate": parse_ratio,
    "corrupt": parse_ratio,
    "rate": parse_rate,
    "queue": parse_duration,
}


def split_words(text: str) -> dict[str, str]:
    """The words of a text and what they are set to; commas and spaces part them.

    Raises:
        Invalid: something is no word that an impairment has, or is said twice; `field` names it.
    """
    words: dict[str, str] = {}
    for part in text.replace(",", " ").split():
        match = _WORD.fullmatch(part)
        name = match[1] if match else part
        if match is None or name not in _READERS:
            known = ", ".join(_READERS)
            raise Invalid(f"'{part}' is not understood; write word=value, the words are {known}.", field=name)
        if name in words:
            raise Invalid(f"{name} is said twice.", field=name)
        words[name] = match[2]
    return words


def read_impairment(words: Mapping[str, str]) -> Impairment:
    """The impairment that words describe.

    Args:
        words: by the names that `split_words` knows.

    Raises:
        Invalid: a value makes no sense; `field` is its word.
    """
    values: dict[str, Any] = {}
    for word, text in words.items():
        try:
            values[word.replace("-", "_")] = _READERS[word](text)
        except ValueError as error:
            raise Invalid(f"{error}.", field=word) from error
        except Invalid as error:
            raise Invalid(error.message, field=word) from error
    try:
        return Impairment(**values)
    except Invalid as error:
        raise Invalid(error.message, field=error.field.replace("_", "-")) from error


def parse_impairment(text: str) -> Impairment:
    """Read `loss=2%, delay=30ms`; nothing at all is a path that does no harm.

    Raises:
        Invalid: see `split_words` and `read_impairment`.
    """
    return read_impairment(split_words(text))
