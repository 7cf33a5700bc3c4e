"""Names of DiffServ code points (RFC 2474, 2597, 3246, 5865)."""

import re
from collections.abc import Mapping
from types import MappingProxyType

BEST_EFFORT = 0
VOICE_ADMIT = 44
EXPEDITED_FORWARDING = 46

NAMES: Mapping[int, str] = MappingProxyType(
    {
        BEST_EFFORT: "Best Effort",
        **{8 * selector: f"CS{selector}" for selector in range(1, 8)},
        **{8 * group + 2 * drop: f"AF{group}{drop}" for group in range(1, 5) for drop in range(1, 4)},
        VOICE_ADMIT: "Voice Admit",
        EXPEDITED_FORWARDING: "EF",
    }
)
"""Code points with a name, the only ones ThousandEyes lets one choose."""

_SYNONYMS = {"BE": BEST_EFFORT, "DF": BEST_EFFORT, "CS0": BEST_EFFORT, "VA": VOICE_ADMIT}
_CODES = {**{name.upper(): code for code, name in NAMES.items()}, **_SYNONYMS}
_LABEL = re.compile(r"(?:(?P<name>.+?) \()?DSCP (?P<code>\d{1,2})\)?", re.IGNORECASE | re.ASCII)


def dscp_name(code: int) -> str:
    """Label of a code point: `EF (DSCP 46)`, or `DSCP 3` for one without a name.

    Raises:
        ValueError: `code` is not between 0 and 63.
    """
    number = f"DSCP {_in_range(code)}"
    return f"{NAMES[code]} ({number})" if code in NAMES else number


def parse_dscp(text: str) -> int:
    """Read a code point: a number (`46`), a name in any case (`ef`, `AF41`, `CS5`, `BE`) or a label.

    Raises:
        ValueError: the text names no code point, or a number that is not between 0 and 63.
    """
    word = text.strip()
    if word.upper() in _CODES:
        return _CODES[word.upper()]
    if re.fullmatch(r"\d{1,3}", word, re.ASCII):
        return _in_range(int(word))
    if (label := _LABEL.fullmatch(word)) and dscp_name(int(label["code"])).upper() == word.upper():
        return int(label["code"])
    raise ValueError(f"{text!r} is no DSCP; give a number from 0 to 63 or a name such as EF, AF41 or CS5")


def _in_range(code: int) -> int:
    if not 0 <= code <= 63:
        raise ValueError(f"a DSCP must be between 0 and 63, not {code}")
    return code
