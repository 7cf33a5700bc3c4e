"""What a summary made of sentences says, and within which limits."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonde.model.summaries import SummaryType, SummaryWishes, TextFormat
from sonde.model.transcripts import Segment, Speaker
from sonde.services.extracts import SECTIONS, count_words, extract
from sonde.services.remarks import Remark, classify
from sonde.services.utterances import LONGEST, read_sentences, split_sentences

TALK = """\
Ada: Good morning everybody. Let's begin with the release of the collector.
Bob: I finished the migration of the database yesterday. It took longer because of the index.
Ada: Are the tests of the migration green on PostgreSQL as well?
Bob: But we have a problem with the staging server, it is too slow.
Eve: The staging server has only one core. I think the slow server hides bugs in the release.
Ada: We decided to ship the release on Friday, with the migration of the database.
Eve: I'll order a larger staging server by Wednesday.
Bob: Could you please send me the numbers of the *new* server?
"""


def segments_of(talk: str) -> list[Segment]:
    """A conversation, each line as one segment."""
    lines = [line.partition(": ") for line in talk.splitlines()]
    return [
        Segment(
            segment_id=str(number),
            start=5.0 * number,
            end=5.0 * number + 4,
            speaker=Speaker(name=name),
            text=text,
        )
        for number, (name, _, text) in enumerate(lines)
    ]


def test_a_summary_tells_who_decided_and_who_does_what():
    """Decisions and action items stand in their sections with their speakers, words are nobody else's."""
    title, points, decisions, actions = extract(segments_of(TALK), SummaryWishes()).split("\n## ")
    assert title.strip() == "# Meeting summary"
    assert points.startswith("Key discussion points\n\n- **")
    assert decisions.startswith("Decisions\n\n- **Ada**: We decided to ship the release on Friday")
    assert "- **Eve**: I'll order a larger staging server by Wednesday." in actions
    assert r"- **Bob**: Could you please send me the numbers of the \*new\* server?" in actions


def test_plain_text_has_no_markup():
    """Headings and names stand as they are."""
    text = extract(segments_of(TALK), SummaryWishes(text_format=TextFormat.PLAIN_TEXT))
    assert text.splitlines()[0] == "Meeting summary"
    assert "- Bob: Could you please send me the numbers of the *new* server?" in text
    assert "#" not in text.replace("*new*", "")


@pytest.mark.parametrize("kind", SummaryType)
def test_each_kind_of_conversation_has_its_sections(kind):
    """In their order, those with nothing in them left out; the shares of each kind are all there is."""
    wishes = SummaryWishes(summary_type=kind, text_format=TextFormat.MARKDOWN)
    headings = [
        line.removeprefix("## ")
        for line in extract(segments_of(TALK), wishes).splitlines()
        if line.startswith("## ")
    ]
    known = [section.heading for section in SECTIONS[kind]]
    assert headings == [each for each in known if each in headings] != []
    assert sum(section.share for section in SECTIONS[kind]) == pytest.approx(1)


WORDS = st.sampled_from(
    ["we", "decided", "will", "ship", "the", "server", "on", "friday", "?", ".", "problem", "fixed", "Ada's"]
)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.lists(WORDS, max_size=30).map(" ".join), max_size=80),
    st.sampled_from(SummaryType),
    st.sampled_from(TextFormat),
    st.integers(150, 1000),
)
def test_the_limit_of_words_holds(lines, kind, written, limit):
    """For whatever was said."""
    talk = "\n".join(f"Ada: {line}." for line in lines)
    wishes = SummaryWishes(summary_type=kind, text_format=written, word_limit=limit)
    assert count_words(extract(segments_of(talk), wishes)) <= limit


@pytest.mark.parametrize(
    ("sentence", "remark"),
    [
        ("We've agreed to drop the old format.", Remark.DECISION),
        ("Let's go with the second option.", Remark.DECISION),
        ("Grace will review the notes.", Remark.ACTION),
        ("I need to call them.", Remark.ACTION),
        ("This is due by Thursday.", Remark.ACTION),
        ("nothing will change", Remark.POINT),
        ("I am blocked by the firewall.", Remark.PROBLEM),
        ("How many people came?", Remark.QUESTION),
        ("I fixed the login page.", Remark.DONE),
        ("The weather is fine today.", Remark.POINT),
    ],
)
def test_what_a_sentence_is(sentence, remark):
    """By how such things are said."""
    assert classify(sentence) is remark


def test_a_talk_without_an_end_is_cut_as_it_comes():
    """Initials that end no sentence, from somebody who never pauses: what it takes grows with its length."""
    pieces = [
        Segment(segment_id=str(number), start=float(number), speaker=Speaker(name="Ada"), text="A. B. " * 800)
        for number in range(200)
    ]
    found = read_sentences(pieces)
    assert len(found) > 200 * 1600 // LONGEST
    assert {len(each.text.split()) for each in found[:20]} == {LONGEST}


def test_sentences_are_put_together_and_cut():
    """Pieces of one speaker make sentences, others and silence end them, and none is endless."""
    pieces = [("Ada", 0, "We ship"), ("Ada", 1, "on Friday. And"), ("Bob", 2, "fine"), ("Bob", 60, "later")]
    segments = [
        Segment(segment_id=str(at), start=at, end=at + 0.5, speaker=Speaker(name=name), text=text)
        for name, at, text in pieces
    ]
    assert [tuple(each) for each in read_sentences(segments)] == [
        ("Ada", "We ship on Friday."),
        ("Ada", "And"),
        ("Bob", "fine"),
        ("Bob", "later"),
    ]
    assert list(split_sentences("Dr. Smith came, e.g. to see J. Doe. Why? Nobody knows")) == [
        "Dr. Smith came, e.g. to see J. Doe.",
        "Why?",
        "Nobody knows",
    ]
    assert [len(each.split()) for each in split_sentences("word " * 100)] == [LONGEST, 100 - LONGEST]
