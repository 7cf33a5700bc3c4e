"""What a reader passes over, counted while it reads."""

from typing import Final

from sonde.webrtc.recording import Notes

MOST_NOTES: Final = 200
"""Different names or sentences kept; what comes after counts as `other`."""

LONGEST_NAME: Final = 80
"""Characters of a name that came from the client."""


class Notebook:
    """Counts by name or sentence, bounded whatever a client sends."""

    def __init__(self) -> None:
        self._unknown: dict[str, int] = {}
        self._skipped: dict[str, int] = {}

    def unknown(self, name: str) -> None:
        """A field or event that no sample has a place for."""
        _count(self._unknown, name)

    def skip(self, where: str, expected: str) -> None:
        """A value that was left out because it is not what should be at its place."""
        _count(self._skipped, f"{printable(where)}: expected {expected}")

    def notes(self) -> Notes:
        """All that was counted so far."""
        return Notes(unknown=dict(self._unknown), skipped=dict(self._skipped))


def printable(name: object) -> str:
    """A client's word, short and fit for a sentence."""
    text = str(name)[:LONGEST_NAME]
    return text if text.isprintable() else ascii(text)[1:-1]


def _count(counts: dict[str, int], name: str) -> None:
    key = name if name in counts else printable(name) if len(counts) < MOST_NOTES else "other"
    counts[key] = counts.get(key, 0) + 1
