"""Summaries: what they say, within which limits, and that none is forgotten."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import stamina
from hypothesis import given, settings
from hypothesis import strategies as st

from sonde.directory import Directory
from sonde.model.errors import Denied, Invalid, NotFound, Unavailable
from sonde.model.peers import peer_id_of
from sonde.model.people import Access
from sonde.model.sightings import Sighting
from sonde.model.summaries import SummaryStatus, SummaryType, SummaryWishes, TextFormat
from sonde.model.transcripts import Segment, Speaker
from sonde.services.downloads import Downloads
from sonde.services.extracts import SECTIONS, count_words, extract
from sonde.services.remarks import Remark, classify
from sonde.services.sessions import Sessions
from sonde.services.summaries import Summaries
from sonde.services.summarising import UNFORESEEN, Summariser
from sonde.services.summary_endpoint import ATTEMPTS, SummaryEndpoint
from sonde.services.transcript_reading import NewSegment
from sonde.services.transcripts import Transcripts
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


@pytest.fixture
def downloads(directory: Directory, clock) -> Downloads:
    return Downloads(directory, clock)


@pytest.fixture
def summaries(directory: Directory, downloads: Downloads, clock) -> Summaries:
    return Summaries(directory, downloads, clock)


@pytest.fixture
def silent_id(directory: Directory, clock, admin: Access) -> str:
    """A session in which nobody said anything."""
    sighting = Sighting(
        workspace_id=admin.workspace.workspace_id,
        peer_id=peer_id_of("tab"),
        first_at=clock(),
        last_at=clock(),
        meeting="room",
    )
    return Sessions(directory, clock).saw([sighting])[0].session_id


@pytest.fixture
def session_id(directory: Directory, downloads: Downloads, admin: Access, silent_id: str) -> str:
    """A session with a transcript."""
    said = [
        NewSegment(start=each.start, duration=4, speaker=each.speaker, text=each.text)
        for each in segments_of(TALK)
    ]
    Transcripts(directory, downloads).add(admin, silent_id, said)
    return silent_id


def test_a_summary_that_a_stop_interrupts_is_made_after_it(
    directory, summaries, downloads, clock, admin, session_id
):
    """What is pending is in the directory: a server that starts finds and makes it, once."""
    pending = summaries.request(admin, session_id)
    with pytest.raises(NotFound, match="being made"):
        summaries.link(admin, session_id)
    clock.advance(timedelta(minutes=5))
    restarted = Summaries(directory, downloads, clock)
    summariser = Summariser(directory, restarted, now=clock)
    assert (summariser.make_pending(), summariser.make_pending()) == (1, 0)
    made = restarted.get(admin, session_id)
    assert (made.status, made.made_by) == (SummaryStatus.COMPLETED, "extract")
    assert (made.requested_at, made.finished_at) == (pending.requested_at, clock())
    assert "We decided to ship" in made.text
    assert "/summary.txt?" in restarted.link(admin, session_id).url


def test_the_thread_makes_what_is_asked_for(directory, summaries, admin, session_id):
    """At once, not at the next look."""
    summariser = Summariser(directory, summaries)
    summariser.start()
    try:
        summaries.request(admin, session_id)
        for _ in range(600):
            if summaries.get(admin, session_id).status is not SummaryStatus.PENDING:
                break
            threading.Event().wait(0.05)
    finally:
        summariser.close()
    assert summaries.get(admin, session_id).status is SummaryStatus.COMPLETED


def test_asking_twice(directory, summaries, clock, admin, session_id):
    """The same again changes nothing while it is pending; other wishes, or a new turn, replace it."""
    first = summaries.request(admin, session_id)
    clock.advance(timedelta(seconds=1))
    assert summaries.request(admin, session_id) == first
    shorter = SummaryWishes(word_limit=150)
    assert summaries.request(admin, session_id, shorter).requested_at == clock()
    Summariser(directory, summaries, now=clock).make_pending()
    assert summaries.get(admin, session_id).wishes == shorter
    assert summaries.request(admin, session_id, shorter).status is SummaryStatus.PENDING


def test_who_may_ask_for_what(summaries, admin, member, stranger, session_id):
    """Administrators of the workspace, of sessions in which something was said, within the range of words."""
    with pytest.raises(Denied):
        summaries.request(member, session_id)
    for act in (summaries.request, summaries.get, summaries.link):
        with pytest.raises(NotFound, match="no session"):
            act(stranger, session_id)
    for limit in (149, 1001):
        with pytest.raises(Invalid, match="word_limit"):
            summaries.request(admin, session_id, SummaryWishes(word_limit=limit))
    with pytest.raises(NotFound, match="no summary"):
        summaries.get(admin, session_id)


def test_of_silence_there_is_no_summary(summaries, admin, silent_id):
    """Nobody has to wait for one."""
    with pytest.raises(NotFound, match="no transcript"):
        summaries.request(admin, silent_id)


@contextmanager
def endpoint(*answers: tuple[int, bytes]) -> Iterator[tuple[SummaryEndpoint, list]]:
    """An endpoint that gives these answers, the last one again and again, and what it was asked."""
    asked: list = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append((self.path, self.headers["Authorization"], body))
            status, answer = answers[min(len(asked), len(answers)) - 1]
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_port}/v1/"
            yield SummaryEndpoint(url, model="scribe", key="hush"), asked
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def _without_waiting() -> Iterator[None]:
    """Between attempts; there are as many as ever."""
    with stamina.set_testing(True, attempts=ATTEMPTS, cap=True):
        yield


def completion(text: str) -> bytes:
    return json.dumps({"id": "x", "choices": [{"message": {"role": "assistant", "content": text}}]}).encode()


def test_an_endpoint_writes_it(directory, summaries, clock, admin, session_id):
    """It is told what was said by whom and what is wished; a moment of trouble is got over."""
    summaries.request(admin, session_id, SummaryWishes(word_limit=200, summary_type=SummaryType.SALES_CALL))
    with endpoint((503, b""), (200, completion("# A call\n\n- Ada ships."))) as (scribe, asked):
        Summariser(directory, summaries, endpoint=scribe, now=clock).make_pending()
    made = summaries.get(admin, session_id)
    assert (made.status, made.made_by, made.text) == (
        SummaryStatus.COMPLETED,
        "scribe",
        "# A call\n\n- Ada ships.",
    )
    path, bearer, body = asked[-1]
    assert (len(asked), path, bearer, body["model"]) == (2, "/v1/chat/completions", "Bearer hush", "scribe")
    instruction, talk = (each["content"] for each in body["messages"])
    assert "200 words" in instruction
    assert "Next steps" in instruction
    assert talk.splitlines()[0] == TALK.splitlines()[0]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ((401, b"hush"), "refuses: 401"),
        ((500, b""), "500"),
        ((200, b"<html>"), "something else"),
        ((200, completion(" ")), "no words"),
        ((200, b'{"choices": []}'), "no words"),
        ((200, b"x" * 2_000_000), "without an end"),
    ],
)
def test_an_endpoint_that_fails_is_told_of(directory, summaries, clock, admin, session_id, answer, problem):
    """The summary has failed, and says why; nothing of the key is in it, and it can be asked for again."""
    summaries.request(admin, session_id)
    with endpoint(answer) as (scribe, _):
        Summariser(directory, summaries, endpoint=scribe, now=clock).make_pending()
    failed = summaries.get(admin, session_id)
    assert (failed.status, failed.text) == (SummaryStatus.FAILED, "")
    assert problem in failed.problem
    assert "hush" not in failed.problem
    with pytest.raises(NotFound, match="failed"):
        summaries.link(admin, session_id)
    assert summaries.request(admin, session_id).problem == ""


def test_an_endpoint_that_is_not_there():
    """It is tried a few times, and then said."""
    with pytest.raises(Unavailable, match="cannot be used"):
        SummaryEndpoint("http://127.0.0.1:9", model="x").summarise([], SummaryWishes())


def test_an_endpoint_that_says_too_much_is_cut():
    """At a line; the beginning of a single line that is too long."""
    with endpoint((200, completion("# T\n" + "word " * 100 + "\n" + "word " * 100))) as (scribe, _):
        text = scribe.summarise([], SummaryWishes(word_limit=150))
    assert len(text.splitlines()) == 2
    with endpoint((200, completion("word " * 400))) as (scribe, _):
        assert count_words(scribe.summarise([], SummaryWishes(word_limit=150))) == 150


def test_what_nobody_foresaw_does_not_stop_the_others(directory, summaries, clock, admin, session_id):
    """A summary that cannot be made has failed for good, so that it is not tried for ever."""

    class Broken(SummaryEndpoint):
        def summarise(self, segments: object, wishes: object) -> str:
            raise ZeroDivisionError

    summaries.request(admin, session_id)
    assert (
        Summariser(directory, summaries, endpoint=Broken("http://x", model="x"), now=clock).make_pending()
        == 1
    )
    assert summaries.get(admin, session_id).problem == UNFORESEEN
