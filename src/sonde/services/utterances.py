"""What people said, put together from the pieces of an engine and cut into sentences."""

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from sonde.model.transcripts import Segment

TOGETHER: Final = 2.0
"""Seconds of silence up to which two pieces of one speaker belong together."""

LONGEST: Final = 60
"""Words after which a sentence is cut: some engines write no full stops."""

SENTENCES_MAX: Final = 6000
"""Sentences of a session that are looked at, its first ones: more than eight hours of talk."""

TURN_MAX: Final = 20_000
"""Characters after which a turn is looked at by itself: some people never stop, and some are no people."""

ABBREVIATION_MAX: Final = 12
"""Characters at the end of a piece in which any of the abbreviations shows."""

_END: Final = re.compile(r"(?<=[.!?\u2026\u3002\uff01\uff1f])[\"')\]]*\s+|(?<=[\u3002\uff01\uff1f])")
_ABBREVIATED: Final = re.compile(r"(?:\b[A-Z]|\b(?:e\.g|i\.e|etc|vs|Mr|Mrs|Ms|Dr|Prof|St|No|approx))\.$")


class Sentence(NamedTuple):
    """A sentence, and the name of who said it; empty where nobody knows."""

    speaker: str
    text: str


def read_sentences(segments: Iterable[Segment]) -> list[Sentence]:
    """The sentences of a conversation in their order, at most `SENTENCES_MAX` of them."""
    found: list[Sentence] = []
    for speaker, text in _turns(segments):
        found += [Sentence(speaker, sentence) for sentence in split_sentences(text)]
        if len(found) >= SENTENCES_MAX:
            break
    return found[:SENTENCES_MAX]


def split_sentences(text: str) -> Iterator[str]:
    """The sentences of a text, none of them longer than `LONGEST` words."""
    kept: list[str] = []
    for piece in _END.split(text):
        kept.append(piece)
        if not _ABBREVIATED.search(piece[-ABBREVIATION_MAX:]):
            yield from _cut(" ".join(kept))
            kept = []
    yield from _cut(" ".join(kept))


def _turns(segments: Iterable[Segment]) -> Iterator[tuple[str, str]]:
    """What each speaker said until somebody else did, or until they were silent."""
    speaker, texts, until, length = "", list[str](), 0.0, 0
    for segment in segments:
        name = " ".join(segment.speaker.name.split())
        end = segment.start if segment.end is None else segment.end
        if texts and (name != speaker or segment.start - until > TOGETHER or length > TURN_MAX):
            yield speaker, " ".join(texts)
            texts, length = [], 0
        speaker, until = name, max(end, segment.start)
        texts.append(segment.text)
        length += len(segment.text)
    if texts:
        yield speaker, " ".join(texts)


def _cut(sentence: str) -> Iterator[str]:
    words = sentence.split()
    for first in range(0, len(words), LONGEST):
        yield " ".join(words[first : first + LONGEST])
