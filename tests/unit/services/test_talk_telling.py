"""What applications are told of chats, transcripts and summaries, and when."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
import stamina

from sonde.directory import Directory
from sonde.model.peers import peer_id_of
from sonde.model.people import Access
from sonde.model.sessions import MeetingOptions, MeetingSettings
from sonde.model.sightings import Sighting
from sonde.model.summaries import SummaryStatus, SummaryType, SummaryWishes
from sonde.model.transcripts import Speaker
from sonde.model.webhooks import EventKind, WebhookSettings
from sonde.services.chat_checks import NewMessage
from sonde.services.chats import Chats
from sonde.services.downloads import Content, Downloads, Grant
from sonde.services.meetings import Meetings
from sonde.services.session_sweeper import SessionSweeper
from sonde.services.sessions import Sessions
from sonde.services.summaries import Summaries
from sonde.services.summarising import Summariser
from sonde.services.summary_endpoint import SummaryEndpoint
from sonde.services.talk_telling import SETTLED, TalkTeller
from sonde.services.transcript_reading import NewSegment
from sonde.services.transcripts import Transcripts
from sonde.services.webhook_events import read_scene, write_body
from sonde.services.webhooks import Webhooks

SECOND = timedelta(seconds=1)
LATER = datetime(2100, 1, 1, tzinfo=UTC)
FILES = (EventKind.CHAT, EventKind.TRANSCRIPT, EventKind.SUMMARY)
BRIEF = SummaryWishes(word_limit=150, summary_type=SummaryType.TEAM_MEETING)


class Room:
    """A meeting of a workspace that has a webhook, the words of its session, and who tells of them."""

    def __init__(self, directory: Directory, clock, admin: Access) -> None:
        self.directory, self.clock, self.admin = directory, clock, admin
        self.downloads = Downloads(directory, clock, own_url="http://127.0.0.1:8700")
        self.sessions = Sessions(directory, clock)
        self.chats = Chats(directory, self.downloads, clock)
        self.transcripts = Transcripts(directory, self.downloads, clock)
        self.summaries = Summaries(directory, self.downloads, clock)
        self.summariser = Summariser(directory, self.summaries, now=clock)
        hook = WebhookSettings(name="test", url="https://hooks.example/", events=tuple(EventKind))
        Webhooks(directory, clock).create(admin, hook)
        made = Meetings(directory, clock).create(admin, MeetingSettings(title="Daily"))
        self.meeting_id, self.session_id = made.meeting_id, ""
        self.report()

    def report(self, key: str = "ada", **more) -> None:
        """Somebody is in the room now."""
        sighting = Sighting(
            workspace_id=self.admin.workspace.workspace_id,
            peer_id=peer_id_of(key),
            last_at=self.clock(),
            meeting=self.meeting_id,
            name=key.title(),
            **{"first_at": self.clock()} | more,
        )
        self.session_id = self.sessions.saw([sighting])[0].session_id

    def wish(self, **options) -> None:
        """Change what is wished of the meeting's words."""
        meetings = Meetings(self.directory, self.clock)
        settings = meetings.get(self.admin, self.meeting_id).settings
        meetings.update(self.admin, self.meeting_id, settings, MeetingOptions(**options))

    def write(self, *texts: str) -> list[str]:
        """Messages of these texts; their ids."""
        messages = [NewMessage(key=text, text=text) for text in texts]
        return self.chats.add(self.admin, self.session_id, messages)

    def say(self, *texts: str, **more) -> None:
        """Segments of these texts."""
        segments = [
            NewSegment(key=text, start=float(number), speaker=Speaker(name="Ada"), text=text, **more)
            for number, text in enumerate(texts)
        ]
        self.transcripts.add(self.admin, self.session_id, segments)

    def end(self) -> None:
        """End the session for everyone."""
        self.sessions.end(self.admin, self.session_id)

    def hear(self) -> list[dict]:
        """What is told of files by now, by a server that has just started."""
        TalkTeller(self.directory, self.downloads, self.summaries, self.clock).tell()
        with self.directory.write() as tx:
            events = [each for each in tx.session_events.take(limit=100) if each.kind in FILES]
            return [msgspec.json.decode(write_body(each, read_scene(tx, each))) for each in events]

    def settle(self) -> list[dict]:
        """What is told once nothing more is added."""
        self.clock.advance(SETTLED)
        return self.hear()


@pytest.fixture
def room(directory: Directory, clock, admin: Access) -> Room:
    return Room(directory, clock, admin)


def test_chat_and_transcript_are_told_of_after_the_end(room) -> None:
    """Not while the session goes on, not before they have settled, and once."""
    room.write("hello")
    room.say("Good morning.")
    assert room.settle() == []
    room.end()
    assert room.hear() == []
    chat, transcript = room.settle()
    assert (chat["event"], transcript["event"]) == ("meeting.chatSynced", "meeting.transcript")
    assert (chat["sessionId"], chat["meetingId"], chat["title"]) == (
        room.session_id,
        room.meeting_id,
        "Daily",
    )
    assert (chat["startedAt"], chat["endedAt"]) == ("2026-03-04T05:06:07.000Z", "2026-03-04T05:06:12.000Z")
    assert transcript["meeting"]["sessionId"] == room.session_id
    assert transcript["meeting"]["endedAt"] == chat["endedAt"]
    assert room.settle() == []


@pytest.mark.parametrize(
    ("kind", "content"),
    [("chat", Content.CHAT_CSV), ("transcript", Content.TRANSCRIPT_CSV), ("summary", Content.SUMMARY)],
)
def test_the_addresses_are_whole_and_work(room, admin, kind, content) -> None:
    """Whoever is told can fetch the file without a token, until the time that is told with it."""
    room.wish(summarize_on_end=True)
    room.write("hello")
    room.say("We decided to ship on Friday.")
    room.end()
    told = room.settle()
    room.summariser.make_pending()
    told += room.hear()
    [event] = [each for each in told if f"{kind}DownloadUrl" in each]
    address = urlsplit(event[f"{kind}DownloadUrl"])
    assert (address.scheme, address.netloc) == ("http", "127.0.0.1:8700")
    assert address.path.endswith(content)
    query = {name: values[0] for name, values in parse_qs(address.query).items()}
    grant = Grant(workspace_id=admin.workspace.workspace_id, session_id=room.session_id, content=content)
    room.downloads.check(grant, expires=int(query["expires"]), signature=query["signature"])
    assert event[f"{kind}DownloadUrlExpiry"] == "2026-03-11T05:06:12.000Z"


def test_words_that_come_after_the_end(room) -> None:
    """They are told of when no more of them come; what comes again is nothing new."""
    room.end()
    assert room.settle() == []
    for text in ("one", "two", "three"):
        room.say(text)
        room.write(text)
        room.clock.advance(SETTLED - SECOND)
        assert room.hear() == []
    assert [each["event"] for each in room.settle()] == ["meeting.chatSynced", "meeting.transcript"]
    room.say("three")
    room.write("three")
    assert room.settle() == []
    room.say("four")
    assert [each["event"] for each in room.settle()] == ["meeting.transcript"]


def test_there_must_be_something_to_fetch(room) -> None:
    """Of words that were deleted, or that an engine may still change, nothing is told."""
    [message_id] = room.write("oops")
    room.say("Good", is_final=False)
    room.end()
    room.chats.delete(room.admin, room.session_id, message_id)
    room.say("Good mor", is_final=False)
    assert room.settle() == []


def test_a_session_that_late_reports_open_again_is_told_of_at_its_last_end(room) -> None:
    """Until then more may be written."""
    came_at = room.clock()
    room.write("hello")
    room.report("ada", has_left=True)
    sweeper = SessionSweeper(room.directory, room.clock)
    while room.sessions.get(room.admin, room.session_id).session.ended_at is None:
        room.clock.advance(5 * SECOND)
        sweeper.sweep()
    room.report("bob", first_at=came_at)
    assert room.settle() == []
    room.end()
    assert [each["event"] for each in room.settle()] == ["meeting.chatSynced"]


def test_a_meeting_can_wish_to_be_summarised_at_the_end(room) -> None:
    """As its options say; then that is told as well."""
    room.wish(summarize_on_end=True, summary=BRIEF)
    room.say("We decided to ship on Friday.", "I'll order the server.")
    room.end()
    assert [each["event"] for each in room.settle()] == ["meeting.transcript"]
    assert room.summaries.get(room.admin, room.session_id).wishes == BRIEF
    room.summariser.make_pending()
    made = room.summaries.get(room.admin, room.session_id)
    assert (made.status, made.wishes) == (SummaryStatus.COMPLETED, BRIEF)
    [event] = room.hear()
    assert event.keys() == {"event", "meeting", "summaryDownloadUrl", "summaryDownloadUrlExpiry"}
    assert event["event"] == "meeting.summary"


def test_without_that_wish_nothing_is_summarised(room) -> None:
    """Also not what was only transcribed, or only written."""
    room.say("We decided to ship on Friday.")
    room.end()
    room.settle()
    assert room.summariser.make_pending() == 0


def test_a_summary_is_made_anew_when_more_was_said(room) -> None:
    """As somebody wished it meanwhile."""
    room.wish(summarize_on_end=True)
    room.say("We decided to ship on Friday.")
    room.end()
    room.settle()
    room.summaries.request(room.admin, room.session_id, BRIEF)
    room.summariser.make_pending()
    room.say("We decided to ship on Friday.", "We agreed to test it.")
    assert [each["event"] for each in room.settle()] == ["meeting.summary", "meeting.transcript"]
    assert room.summariser.make_pending() == 1
    assert "We agreed to test it" in room.summaries.get(room.admin, room.session_id).text
    assert room.summaries.get(room.admin, room.session_id).wishes == BRIEF


def test_a_summary_that_somebody_asks_for_is_told_of(room) -> None:
    """In a live session, too; one that failed is not."""
    room.say("We decided to ship on Friday.")
    room.summaries.request(room.admin, room.session_id)
    nobody = SummaryEndpoint("http://127.0.0.1:1", model="none")
    with stamina.set_testing(True, attempts=1):
        Summariser(room.directory, room.summaries, endpoint=nobody, now=room.clock).make_pending()
    assert room.hear() == []
    room.summaries.request(room.admin, room.session_id)
    room.summariser.make_pending()
    [event] = room.hear()
    assert event["event"] == "meeting.summary"
    assert "endedAt" not in event["meeting"]
