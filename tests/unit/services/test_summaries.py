"""Summaries that were asked for: none is forgotten, and what fails says why."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import stamina

from sonde.directory import Directory
from sonde.model.errors import Denied, Invalid, NotFound, Unavailable
from sonde.model.peers import peer_id_of
from sonde.model.people import Access
from sonde.model.sightings import Sighting
from sonde.model.summaries import SummaryStatus, SummaryType, SummaryWishes
from sonde.model.transcripts import Speaker
from sonde.services.downloads import Downloads
from sonde.services.extracts import count_words
from sonde.services.sessions import Sessions
from sonde.services.summaries import Summaries
from sonde.services.summarising import UNFORESEEN, Summariser
from sonde.services.summary_endpoint import ATTEMPTS, SummaryEndpoint
from sonde.services.transcript_reading import NewSegment
from sonde.services.transcripts import Transcripts

TALK = """\
Ada: Good morning everybody. Let's begin with the release of the collector.
Ada: We decided to ship the release on Friday, with the migration of the database.
Eve: I'll order a larger staging server by Wednesday.
"""


def segments_of(talk: str) -> list[NewSegment]:
    """A conversation, each line as one segment."""
    lines = [line.partition(": ") for line in talk.splitlines()]
    return [
        NewSegment(start=5.0 * number, duration=4, speaker=Speaker(name=name), text=text)
        for number, (name, _, text) in enumerate(lines)
    ]


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
    Transcripts(directory, downloads).add(admin, silent_id, segments_of(TALK))
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
