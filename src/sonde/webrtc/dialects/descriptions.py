"""Session descriptions of which rtcstats leaves out what stood in the one before."""

from collections.abc import Mapping
from typing import Final

CREATED: Final = frozenset(("createOfferOnSuccess", "createAnswerOnSuccess"))
SET: Final = frozenset(("setLocalDescription", "setRemoteDescription"))

LONGEST: Final = 1 << 18
"""Characters of a description that is restored."""


class Descriptions:
    """The descriptions of one connection: what it created is what it is likely to set."""

    def __init__(self) -> None:
        self._created = ""

    def restored(self, method: str, value: object) -> object:
        """What the method was called with or answered, with a description's sections filled in."""
        sdp = value.get("sdp") if isinstance(value, Mapping) else None
        if not isinstance(sdp, str) or not isinstance(value, Mapping) or len(sdp) > LONGEST:
            return value
        if method in CREATED:
            self._created = sdp
        if method not in SET:
            return value
        return {**value, "sdp": _filled(sdp, self._created)}


def _filled(sdp: str, base: str) -> str:
    """The description, its bare `v=` and `m=` replaced by the sections of the other at their places."""
    sections, originals = _sections(sdp), _sections(base)
    if len(sections) != len(originals):
        return sdp
    filled = [
        own if own not in {"v=", "m="} else other for own, other in zip(sections, originals, strict=True)
    ]
    return "\r\n".join(filled) + "\r\n"


def _sections(sdp: str) -> list[str]:
    first, *others = sdp.strip().split("\nm=")
    return [first.strip(), *(f"m={each}".strip() for each in others)]
