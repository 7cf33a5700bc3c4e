"""What a reader passes over, counted while it reads."""

from typing import Final

from sonde.webrtc.recording import Notes

MOST_NOTES: Final = 200
"""Different names or sentences kept; what comes after counts as `other`."""

LONGEST_NAME: Final = 80
"""Characters of a name that came from the client."""


class Notebook:
    """Counts by name or sentence, bounded whatever a client sends.

    Args:
        times: as how many each thing counts.
    """

    def __init__(self, times: int = 1) -> None:
        self._unknown: dict[str, int] = {}
        self._skipped: dict[str, int] = {}
        self._times = times

    def counting(self, times: int) -> "Notebook":
        """The same notes, for what holds for so many reports together: each thing counts as often."""
        notebook = Notebook(times)
        notebook._unknown, notebook._skipped = self._unknown, self._skipped
        return notebook

    def unknown(self, name: str, times: int | None = None) -> None:
        """A field or event that no sample has a place for; `times` counts instead of what is usual here."""
        _count(self._unknown, name, self._times if times is None else times)

    def skip(self, where: str, expected: str, times: int | None = None) -> None:
        """A value that was left out because it is not what should be at its place."""
        sentence = f"{printable(where)}: expected {expected}"
        _count(self._skipped, sentence, self._times if times is None else times)

    def notes(self) -> Notes:
        """All that was counted so far."""
        return Notes(unknown=dict(self._unknown), skipped=dict(self._skipped))


def printable(name: object) -> str:
    """A client's word, short and fit for a sentence."""
    text = str(name)[:LONGEST_NAME]
    return text if text.isprintable() else ascii(text)[1:-1]


def _count(counts: dict[str, int], name: str, times: int) -> None:
    key = name if name in counts else printable(name) if len(counts) < MOST_NOTES else "other"
    counts[key] = counts.get(key, 0) + times
