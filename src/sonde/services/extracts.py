"""Summaries made of the most telling sentences of a conversation, as they were said.

Which ones those are, TextRank tells (Mihalcea and Tarau, 2004; the library `sumy`): the sentences that
share most words with the others. It needs no model, nothing from the network and no training, and it cannot
make things up.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from sonde.model.summaries import SummaryType, SummaryWishes, TextFormat
from sonde.model.transcripts import Segment
from sonde.services.remarks import Remark, classify
from sonde.services.utterances import Sentence, read_sentences

MADE_BY: Final = "extract"

WINDOW: Final = 120
"""Sentences that are compared with each other. What is said in one part of a long call is not weighed
against another part, so that none is left out, and the time it takes grows with the length only."""

SHORTER: Final = 0.5
"""What was discussed is told in at most this part of its words, however many there might be."""

FEWEST_WORDS: Final = 4
"""Words below which a sentence says too little to stand alone: "Yes, exactly."."""

_WORD: Final = re.compile(r"\w+(?:['\u2019]\w+)?")


class Section(NamedTuple):
    """A part of a summary: its heading, which remarks are in it, and its share of the words."""

    heading: str
    remarks: tuple[Remark, ...]
    share: float


class Rated(NamedTuple):
    """A sentence, where it was said, what it is, and how telling it is among those around it, 0 to 1."""

    place: int
    sentence: Sentence
    remark: Remark
    rating: float


class _Tokenizer:
    """Finds words without the library's own tokenizer, which downloads what it needs."""

    def to_words(self, text: str) -> list[str]:
        """The words of a text."""
        return _WORD.findall(text)


_KEY: Final = Section("Key discussion points", (Remark.POINT, Remark.PROBLEM, Remark.DONE), 0.5)
_DECISIONS: Final = Section("Decisions", (Remark.DECISION,), 0.2)
_ACTIONS: Final = Section("Action items", (Remark.ACTION,), 0.3)
_MEETING: Final = (_KEY, _DECISIONS, _ACTIONS)
_TALK: Final = (Remark.POINT, Remark.DONE, Remark.DECISION)

SECTIONS: Final[Mapping[SummaryType, tuple[Section, ...]]] = {
    SummaryType.GENERAL: _MEETING,
    SummaryType.TEAM_MEETING: _MEETING,
    SummaryType.SALES_CALL: (
        Section("What was discussed", (Remark.POINT, Remark.DONE), 0.35),
        Section("Questions of the participants", (Remark.QUESTION,), 0.15),
        Section("Concerns", (Remark.PROBLEM,), 0.15),
        _DECISIONS._replace(share=0.1),
        Section("Next steps", (Remark.ACTION,), 0.25),
    ),
    SummaryType.CLIENT_CHECK_IN: (
        Section("Progress", (Remark.DONE,), 0.2),
        Section("What was discussed", (Remark.POINT,), 0.3),
        Section("Concerns", (Remark.PROBLEM,), 0.15),
        _DECISIONS._replace(share=0.1),
        Section("Next steps", (Remark.ACTION,), 0.25),
    ),
    SummaryType.INTERVIEW: (
        Section("Questions", (Remark.QUESTION,), 0.3),
        Section("What was said", (*_TALK, Remark.PROBLEM), 0.55),
        Section("Next steps", (Remark.ACTION,), 0.15),
    ),
    SummaryType.DAILY_STANDUP: (
        Section("Done", (Remark.DONE,), 0.3),
        Section("Planned", (Remark.ACTION, Remark.DECISION), 0.35),
        Section("Blockers", (Remark.PROBLEM,), 0.2),
        Section("Also said", (Remark.POINT,), 0.15),
    ),
    SummaryType.ONE_ON_ONE_MEETING: (
        _KEY._replace(remarks=(Remark.POINT, Remark.DONE), share=0.4),
        Section("Concerns", (Remark.PROBLEM,), 0.2),
        _DECISIONS._replace(share=0.15),
        _ACTIONS._replace(share=0.25),
    ),
    SummaryType.LECTURE: (
        Section("Key points", (*_TALK, Remark.PROBLEM, Remark.ACTION), 0.8),
        Section("Questions", (Remark.QUESTION,), 0.2),
    ),
    SummaryType.CODE_REVIEW: (
        Section("What was discussed", (Remark.POINT, Remark.DONE), 0.35),
        Section("Problems found", (Remark.PROBLEM,), 0.25),
        _DECISIONS._replace(share=0.15),
        Section("Changes to make", (Remark.ACTION,), 0.25),
    ),
}
"""What a summary of each kind of conversation has; the shares of each add up to 1."""

TITLES: Final[Mapping[SummaryType, str]] = {
    SummaryType.GENERAL: "Meeting summary",
    SummaryType.TEAM_MEETING: "Team meeting summary",
    SummaryType.SALES_CALL: "Sales call summary",
    SummaryType.CLIENT_CHECK_IN: "Client check-in summary",
    SummaryType.INTERVIEW: "Interview summary",
    SummaryType.DAILY_STANDUP: "Daily stand-up summary",
    SummaryType.ONE_ON_ONE_MEETING: "One-on-one summary",
    SummaryType.LECTURE: "Lecture summary",
    SummaryType.CODE_REVIEW: "Code review summary",
}


def extract(segments: Iterable[Segment], wishes: SummaryWishes) -> str:
    """A summary of a conversation; everything in it was said so, by whom it names."""
    rated = rate(read_sentences(segments))
    sections = [(section.heading, found) for section, found in _choose(rated, wishes) if found]
    return _write(TITLES[wishes.summary_type], sections, wishes.text_format)


def count_words(text: str) -> int:
    """Words, as blanks part them; marks without a letter or digit, such as `-`, are none."""
    return sum(any(map(str.isalnum, word)) for word in text.split())


def rate(sentences: Sequence[Sentence]) -> list[Rated]:
    """How telling each sentence is; those that say too little are left out."""
    telling = [
        (place, each) for place, each in enumerate(sentences) if count_words(each.text) >= FEWEST_WORDS
    ] or list(enumerate(sentences))
    rated: list[Rated] = []
    for first in range(0, len(telling), WINDOW):
        window = telling[first : first + WINDOW]
        ratings = _textrank([each.text for _, each in window])
        rated += [
            Rated(place, each, classify(each.text), rating)
            for (place, each), rating in zip(window, ratings, strict=True)
        ]
    return rated


def _textrank(texts: Sequence[str]) -> list[float]:
    """The rating of each text, the highest one 1."""
    # The library imports a tool kit for languages that takes a second; a server that makes no summaries
    # need not wait for it.
    from sumy.models.dom import ObjectDocumentModel, Paragraph  # noqa: PLC0415 - see above
    from sumy.models.dom import Sentence as Text  # noqa: PLC0415 - see above
    from sumy.nlp.stemmers import Stemmer  # noqa: PLC0415 - see above
    from sumy.summarizers.text_rank import TextRankSummarizer  # noqa: PLC0415 - see above
    from sumy.utils import get_stop_words  # noqa: PLC0415 - see above

    ranker = TextRankSummarizer(Stemmer("english"))
    ranker.stop_words = get_stop_words("english")
    sentences = [Text(each, _Tokenizer()) for each in texts]
    ratings = ranker.rate_sentences(ObjectDocumentModel([Paragraph(sentences)]))
    highest = max(ratings.values())
    return [float(ratings[each] / highest) for each in sentences]


def _choose(rated: Sequence[Rated], wishes: SummaryWishes) -> Iterator[tuple[Section, list[Rated]]]:
    """The sentences of each section, in the order in which they were said, within the limit of words."""
    sections = SECTIONS[wishes.summary_type]
    headings = [TITLES[wishes.summary_type], *(each.heading for each in sections)]
    words_left = wishes.word_limit - sum(map(count_words, headings))
    chosen: dict[str, list[Rated]] = {}
    spare = 0.0
    # The largest share comes last: it takes what the others, which may find nothing, leave over.
    for section in sorted(sections, key=lambda each: each.share):
        candidates = [each for each in rated if each.remark in section.remarks]
        room = section.share * words_left + spare
        if Remark.POINT in section.remarks:
            room = min(room, SHORTER * sum(_length(each) for each in candidates))
        chosen[section.heading], spare = _fill(candidates, room)
    for section in sections:
        yield section, sorted(chosen[section.heading], key=lambda each: each.place)


def _fill(candidates: Iterable[Rated], room: float) -> tuple[list[Rated], float]:
    """The most telling sentences for which there is room, and the room that is left."""
    found: list[Rated] = []
    said: set[str] = set()
    for each in sorted(candidates, key=lambda each: (-each.rating, each.place)):
        words = _length(each)
        plain = " ".join(_WORD.findall(each.sentence.text.lower()))
        if words <= room and plain not in said:
            found.append(each)
            said.add(plain)
            room -= words
    return found, room


def _length(rated: Rated) -> int:
    return count_words(_line(rated.sentence, TextFormat.PLAIN_TEXT))


def _write(title: str, sections: Iterable[tuple[str, list[Rated]]], written: TextFormat) -> str:
    is_markdown = written is TextFormat.MARKDOWN
    lines = [f"# {title}" if is_markdown else title, ""]
    for heading, found in sections:
        lines += [f"## {heading}", ""] if is_markdown else [heading]
        lines += [_line(each.sentence, written) for each in found]
        lines.append("")
    return "\n".join(lines)


def _line(sentence: Sentence, written: TextFormat) -> str:
    if written is TextFormat.PLAIN_TEXT:
        return f"- {sentence.speaker}: {sentence.text}" if sentence.speaker else f"- {sentence.text}"
    text = _escape(sentence.text)
    return f"- **{_escape(sentence.speaker)}**: {text}" if sentence.speaker else f"- {text}"


def _escape(text: str) -> str:
    """Words as they are: what people say must not become links, pictures or HTML of the summary."""
    return re.sub(r"([\\`*_\[\]<>#|~])", r"\\\1", text)
