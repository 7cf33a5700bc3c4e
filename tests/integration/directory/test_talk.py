"""What is written and said, on both databases: also when the same comes several times at once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from sonde.directory import Directory
from sonde.model.listing import Position
from sonde.model.peers import peer_id_of
from sonde.model.people import Access, Role, Workspace
from sonde.model.sessions import MeetingOptions
from sonde.model.sightings import Sighting
from sonde.model.summaries import SummaryStatus
from sonde.model.transcripts import SegmentPosition, Speaker
from sonde.model.webhooks import EventKind, WebhookSettings
from sonde.services.chat_checks import NewMessage
from sonde.services.chats import Chats
from sonde.services.downloads import Downloads
from sonde.services.meetings import Meetings
from sonde.services.sessions import Sessions
from sonde.services.summaries import Summaries
from sonde.services.summarising import Summariser
from sonde.services.talk_telling import SETTLED, TalkTeller
from sonde.services.transcript_reading import NewSegment
from sonde.services.transcripts import Transcripts
from sonde.services.webhooks import Webhooks

RACERS = 6
MESSAGE = NewMessage(text="x")


def race(run: Callable[[], Any]) -> list[Any]:
    """Do it several times at once; the result of each. An error of one is an error of the test."""
    line = threading.Barrier(RACERS)

    def one(_: int) -> Any:
        line.wait()
        return run()

    with ThreadPoolExecutor(RACERS) as pool:
        return list(pool.map(one, range(RACERS)))


@pytest.fixture
def admin(home: Workspace) -> Access:
    return Access(person_id=1, person_label="Ada (ada@example.com)", workspace=home, role=Role.ADMIN)


@pytest.fixture
def session_id(directory: Directory, home: Workspace, now) -> str:
    sighting = Sighting(
        workspace_id=home.workspace_id,
        peer_id=peer_id_of("tab"),
        first_at=now,
        last_at=now,
        meeting="room",
        name="Grace",
    )
    return Sessions(directory, lambda: now).saw([sighting])[0].session_id


def test_messages_that_come_at_once_are_there_once(directory, admin, session_id, now) -> None:
    """Requests that are repeated while they are worked on double nothing, and pages are whole."""
    chats = Chats(directory, Downloads(directory, lambda: now), lambda: now)
    messages = [
        NewMessage(
            key=f"{number}", text=f"\u00e9 \U0001f600 {number}", sent_at=now - timedelta(seconds=number % 3)
        )
        for number in range(20)
    ]
    [ids, *others] = race(lambda: chats.add(admin, session_id, messages))
    assert all(each == ids for each in others)
    first = chats.page(admin, session_id, limit=7)
    place = Position(at=first[-1].sent_at, record_id=first[-1].message_id)
    found = first + chats.page(admin, session_id, limit=100, after=place)
    assert sorted(each.message_id for each in found) == sorted(ids)
    assert [each.sent_at for each in found] == sorted(each.sent_at for each in found)
    chats.delete(admin, session_id, ids[0])
    chats.add(admin, session_id, messages)
    shown = chats.page(admin, session_id, limit=100)
    assert len(shown) == 19
    sessions, meetings = Sessions(directory, lambda: now), Meetings(directory, lambda: now)
    meeting = sessions.get(admin, session_id).meeting
    assert chats.room(admin, meeting.meeting_id, limit=100) == shown
    sessions.end(admin, session_id)
    assert chats.room(admin, meeting.meeting_id, limit=100) == []
    meetings.update(admin, meeting.meeting_id, meeting.settings, MeetingOptions(persist_chat=True))
    assert chats.room(admin, meeting.meeting_id, limit=100) == shown


def test_segments_that_come_at_once_end_final(directory, admin, session_id, now) -> None:
    """A final one wins over partial ones whichever comes first, and pages are whole."""
    transcripts = Transcripts(directory, Downloads(directory, lambda: now))

    def say(number: int, *, final: bool) -> NewSegment:
        text = "final" if final else "partial"
        return NewSegment(
            key=f"{number}", start=number % 5 / 7, speaker=Speaker(name="Grace"), text=text, is_final=final
        )

    both = [say(number, final=final) for number in range(20) for final in (True, False)]
    race(lambda: transcripts.add(admin, session_id, both))
    first = transcripts.page(admin, session_id, limit=7)
    place = SegmentPosition(start=first[-1].start, segment_id=first[-1].segment_id)
    found = first + transcripts.page(admin, session_id, limit=100, after=place)
    assert len({each.segment_id for each in found}) == len(found) == 20
    assert {(each.text, each.speaker.peer_id) for each in found} == {("final", peer_id_of("tab"))}


def test_all_processes_sign_alike(directory, admin, session_id, now) -> None:
    """Whoever needs the secret first makes it, and everybody else takes that one."""
    chats = Chats(directory, Downloads(directory, lambda: now), lambda: now)
    chats.add(admin, session_id, [NewMessage(text="hello")])
    links = race(
        lambda: Chats(directory, Downloads(directory, lambda: now), lambda: now).link(admin, session_id)
    )
    assert len({each.url for each in links}) == 1


def test_a_summary_is_made_of_what_was_said(directory, admin, session_id, now) -> None:
    """From asking to reading it, with both databases."""
    downloads = Downloads(directory, lambda: now)
    said = NewSegment(start=1, speaker=Speaker(name="Grace"), text="We decided to ship on Friday.")
    Transcripts(directory, downloads).add(admin, session_id, [said])
    summaries = Summaries(directory, downloads, lambda: now)
    race(lambda: summaries.request(admin, session_id))
    assert Summariser(directory, summaries, now=lambda: now).make_pending() == 1
    made = summaries.get(admin, session_id)
    assert (made.status, made.finished_at) == (SummaryStatus.COMPLETED, now)
    assert "**Grace**: We decided to ship on Friday." in made.text


def test_several_tellers_tell_of_a_chat_once(directory, admin, session_id, now) -> None:
    """Whoever takes it first; and what is written at the moment of the end is not forgotten."""
    downloads = Downloads(directory, lambda: now)
    hook = WebhookSettings(name="test", url="https://hooks.example/", events=(EventKind.CHAT,))
    Webhooks(directory, lambda: now).create(admin, hook)
    chats, sessions = Chats(directory, downloads, lambda: now), Sessions(directory, lambda: now)
    steps = iter(
        [lambda: sessions.end(admin, session_id), lambda: chats.add(admin, session_id, [MESSAGE])] * 3
    )

    def step() -> None:
        next(steps)()

    race(step)
    summaries = Summaries(directory, downloads, lambda: now)
    later = now + SETTLED
    race(TalkTeller(directory, downloads, summaries, lambda: later).tell)
    with directory.write() as tx:
        told = [each for each in tx.session_events.take(limit=100) if each.kind is EventKind.CHAT]
    assert len(told) == 1
    assert "/chat.csv?" in told[0].details["url"]
