"""The words people give us: how long they may be and what they may not contain."""

import unicodedata

from sonde.model.errors import Invalid

NAME_LENGTH = 255
"""Most characters of a name."""

TEXT_LENGTH = 4096
"""Most characters of a description."""

_LAYOUT = frozenset("\n\r\t")
_UNPRINTABLE = frozenset({"Cc", "Cs"})


def checked_name(value: str, *, field: str) -> str:
    """A name without the blanks around it.

    Raises:
        Invalid: it is empty, longer than `NAME_LENGTH`, or has control characters.
    """
    name = value.strip()
    if not 1 <= len(name) <= NAME_LENGTH or _has_unprintable(name):
        raise Invalid(
            f"{field} must be 1 to {NAME_LENGTH} characters, without control characters.", field=field
        )
    return name


def checked_text(value: str, *, field: str, longest: int = TEXT_LENGTH) -> str:
    """Text that may be empty and may have several lines.

    Raises:
        Invalid: it is longer than `longest`, or has control characters other than line ends and tabs.
    """
    if len(value) > longest or _has_unprintable(value, allowed=_LAYOUT):
        raise Invalid(f"{field} must be at most {longest} characters of plain text.", field=field)
    return value


def shown(text: str) -> str:
    """A client's word as it can be shown, where no word is a reason to refuse the rest."""
    return "".join(each if each.isprintable() else " " for each in text).strip()


def _has_unprintable(value: str, *, allowed: frozenset[str] = frozenset()) -> bool:
    # Nearly all text is, and is known to be so at once.
    return not value.isprintable() and any(
        unicodedata.category(character) in _UNPRINTABLE and character not in allowed for character in value
    )
