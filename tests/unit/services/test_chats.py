"""Chat of sessions: taken once, changed, and fetched by signed addresses."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from sonde.directory import Directory
from sonde.model.chat import MessageKind, message_id_of
from sonde.model.errors import Denied, Invalid, NotFound
from sonde.model.listing import Position
from sonde.model.peers import peer_id_of
from sonde.model.people import Access
from sonde.model.sessions import MeetingOptions
from sonde.model.sightings import Sighting
from sonde.services import chats as module
from sonde.services.chat_checks import NewMessage
from sonde.services.chats import Chats
from sonde.services.downloads import LIFE, Content, Downloads, Grant
from sonde.services.meetings import Meetings
from sonde.services.sessions import Sessions

NOBODY = "6f9619ff-8b86-4011-b42d-00c04fc964ff"


@pytest.fixture
def downloads(directory: Directory, clock) -> Downloads:
    return Downloads(directory, clock)


@pytest.fixture
def chats(directory: Directory, downloads: Downloads, clock) -> Chats:
    return Chats(directory, downloads, clock)


def at(access: Access, clock, key: str, *, meeting: str) -> Sighting:
    """That somebody called Grace is in a meeting now."""
    return Sighting(
        workspace_id=access.workspace.workspace_id,
        peer_id=peer_id_of(key),
        first_at=clock(),
        last_at=clock(),
        meeting=meeting,
        name="Grace",
    )


@pytest.fixture
def session_id(directory: Directory, clock, admin: Access) -> str:
    """A session in which Grace is."""
    return Sessions(directory, clock).saw([at(admin, clock, "tab", meeting="room")])[0].session_id


def texts(chats: Chats, access: Access, session_id: str) -> list[str]:
    return [each.text for each in chats.page(access, session_id, limit=100)]


def test_a_message_that_comes_again_changes_nothing(chats, admin, session_id):
    """Neither in one request nor in a later one; the id is the application's, or made of its name."""
    first = NewMessage(key="a", text="Hello")
    again = NewMessage(key="a", text="Another text")
    assert chats.add(admin, session_id, [first, again]) == [message_id_of("a")] * 2
    assert chats.add(admin, session_id, [again]) == [message_id_of("a")]
    assert texts(chats, admin, session_id) == ["Hello"]
    chats.add(admin, session_id, [NewMessage(text="unnamed"), NewMessage(text="unnamed")])
    assert sorted(texts(chats, admin, session_id)) == ["Hello", "unnamed", "unnamed"]


def test_the_writer_is_completed(chats, admin, session_id):
    """Who writes with a connection of the session has that person's name; what is told wins."""
    peer = {"peer_id": peer_id_of("tab").upper()}
    chats.add(admin, session_id, [NewMessage(text="1", **peer), NewMessage(text="2", name="G", **peer)])
    chats.add(admin, session_id, [NewMessage(text="3", peer_id=NOBODY)])
    found = {each.text: each for each in chats.page(admin, session_id, limit=10)}
    assert [found[each].name for each in "123"] == ["Grace", "G", ""]
    assert found["1"].participant_id == found["2"].participant_id is not None
    assert (found["3"].peer_id, found["3"].participant_id) == (NOBODY, None)


def test_editing_pinning_and_deleting(chats, admin, session_id, clock):
    """Edits have a time, pins do not count as edits, and what was deleted does not come back."""
    message = NewMessage(key="a", text="helo")
    [message_id] = chats.add(admin, session_id, [message])
    assert chats.change(admin, session_id, message_id, is_pinned=True).edited_at is None
    clock.advance(timedelta(seconds=9))
    edited = chats.change(admin, session_id, message_id, text="hello")
    assert (edited.text, edited.is_pinned, edited.edited_at) == ("hello", True, clock())
    assert chats.page(admin, session_id, limit=2) == [edited]
    assert chats.change(admin, session_id, message_id, text="hello", is_pinned=False).edited_at == clock()
    chats.delete(admin, session_id, message_id)
    chats.add(admin, session_id, [message])
    assert texts(chats, admin, session_id) == []
    for act in (chats.delete, chats.change):
        with pytest.raises(NotFound):
            act(admin, session_id, message_id)


def test_pages_and_the_whole_follow_the_times(chats, admin, session_id, clock, monkeypatch):
    """Messages are in the order in which they were sent, however they came, in pages of any size."""
    monkeypatch.setattr(module, "READ_AT_ONCE", 3)
    order = [7, 2, 9, 0, 4, 4, 1]
    sent = [
        NewMessage(text=str(each), sent_at=clock() - timedelta(seconds=10 - each), key=f"{place}")
        for place, each in enumerate(order)
    ]
    chats.add(admin, session_id, sent)
    wanted = [str(each) for each in sorted(order)]
    first = chats.page(admin, session_id, limit=4)
    after = Position(at=first[-1].sent_at, record_id=first[-1].message_id)
    assert [each.text for each in first + chats.page(admin, session_id, limit=4, after=after)] == wanted
    grant = Grant(workspace_id=admin.workspace.workspace_id, session_id=session_id, content=Content.CHAT_CSV)
    session, messages = chats.fetch(grant)
    assert (session.session_id, [each.text for each in messages]) == (session_id, wanted)


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({"text": "  "}, "text"),
        ({"text": "x" * 10_001}, "text"),
        ({"text": "\0"}, "text"),
        ({"text": "x", "link": "https://x"}, "link"),
        ({"kind": MessageKind.IMAGE}, "link"),
        ({"kind": MessageKind.IMAGE, "link": "javascript:alert(1)"}, "link"),
        ({"kind": MessageKind.FILE, "link": "https://x/y"}, "file_name"),
        ({"text": "x", "file_size": 3}, "file_name"),
        ({"text": "x", "peer_id": "tab"}, "peer_id"),
        ({"text": "x", "participant_id": "7"}, "participant_id"),
        ({"text": "x", "key": ""}, "message_id"),
        ({"text": "x", "name": "\n\x1b"}, "name"),
    ],
)
def test_what_no_message_can_be(chats, admin, session_id, message, field):
    """Is refused by its field, and nothing of the request is kept."""
    with pytest.raises(Invalid) as refusal:
        chats.add(admin, session_id, [NewMessage(text="good"), NewMessage(**message)])
    assert refusal.value.field == field
    assert texts(chats, admin, session_id) == []


def test_limits(chats, admin, session_id, clock, monkeypatch):
    """A request and a session have only so many messages, and none comes from far ahead."""
    monkeypatch.setattr(module, "MESSAGES_MAX", 2)
    chats.add(admin, session_id, [NewMessage(key="1", text="1"), NewMessage(key="2", text="2")])
    chats.add(admin, session_id, [NewMessage(key="2", text="2")])
    for messages in ([NewMessage(text="3")], [NewMessage(text="x")] * 1001):
        with pytest.raises(Invalid):
            chats.add(admin, session_id, messages)
    with pytest.raises(Invalid, match="ahead"):
        chats.add(admin, session_id, [NewMessage(text="x", sent_at=clock() + timedelta(days=2))])


def test_images_and_files(chats, admin, session_id):
    """They are links, with what was written beside them."""
    image = NewMessage(kind=MessageKind.IMAGE, link="https://example.com/a.png", key="a")
    file = NewMessage(
        kind=MessageKind.FILE, link="http://example.com/b", file_name="b.pdf", file_size=2**40, key="b"
    )
    chats.add(admin, session_id, [image, file])
    found = {each.kind: each for each in chats.page(admin, session_id, limit=9)}
    assert found[MessageKind.IMAGE].link == image.link
    assert (found[MessageKind.FILE].file_name, found[MessageKind.FILE].file_size) == ("b.pdf", 2**40)


def test_whose_it_is(chats, admin, member, stranger, session_id):
    """Members read and do not write; to others there is no such session."""
    [message_id] = chats.add(admin, session_id, [NewMessage(text="hello")])
    assert texts(chats, member, session_id) == ["hello"]
    for act in (
        lambda who: chats.add(who, session_id, [NewMessage(text="x")]),
        lambda who: chats.change(who, session_id, message_id, text="x"),
        lambda who: chats.delete(who, session_id, message_id),
    ):
        with pytest.raises(Denied):
            act(member)
        with pytest.raises(NotFound, match="no session"):
            act(stranger)
    for read in (chats.link, lambda who, session_id: texts(chats, who, session_id)):
        with pytest.raises(NotFound, match="no session"):
            read(stranger, session_id)


def test_an_address_works_until_it_expires(chats, downloads, directory, admin, session_id, clock):
    """Also after a restart; a changed one is refused as such, and an old one as old."""
    with pytest.raises(NotFound, match="no chat"):
        chats.link(admin, session_id)
    chats.add(admin, session_id, [NewMessage(text="hello")])
    link = chats.link(admin, session_id)
    assert link.expires_at == clock() + LIFE
    split = urlsplit(link.url)
    workspace_id = admin.workspace.workspace_id
    assert split.path == f"/downloads/{workspace_id}/{session_id}/chat.csv"
    query = {name: value for name, [value] in parse_qs(split.query).items()}
    grant = Grant(workspace_id=workspace_id, session_id=session_id, content=Content.CHAT_CSV)
    asked = {"expires": int(query["expires"]), "signature": query["signature"]}
    Downloads(directory, clock).check(grant, **asked)
    changes = [
        {"workspace_id": workspace_id + 1},
        {"session_id": NOBODY},
        {"content": Content.TRANSCRIPT_CSV},
    ]
    forgeries = [(msgspec.structs.replace(grant, **change), asked) for change in changes]
    forgeries += [
        (grant, {**asked, "expires": asked["expires"] + 1}),
        (grant, {**asked, "signature": asked["signature"][:-1]}),
        (grant, {**asked, "signature": "\ud800"}),
        (grant, {**asked, "signature": ""}),
    ]
    for forged, said in forgeries:
        with pytest.raises(Denied) as refusal:
            downloads.check(forged, **said)
        assert refusal.value.code == "forged_link"
    clock.advance(LIFE)
    with pytest.raises(Denied) as refusal:
        downloads.check(grant, **asked)
    assert refusal.value.code == "expired_link"


def test_addresses_are_whole_where_the_server_knows_its_own(chats, directory, admin, session_id, clock):
    """They begin with the public URL, with or without a slash at its end."""
    chats.add(admin, session_id, [NewMessage(text="hello")])
    downloads = Downloads(directory, clock, public_url="https://sonde.example.org/")
    url = Chats(directory, downloads, clock).link(admin, session_id).url
    assert url.startswith("https://sonde.example.org/downloads/")


def test_a_room_shows_what_goes_on_and_what_persists(chats, directory, admin, stranger, session_id, clock):
    """Messages go with their session, or stay for a week where the meeting wishes it; pages follow times."""
    sessions, meetings = Sessions(directory, clock), Meetings(directory, clock)
    meeting = sessions.get(admin, session_id).meeting
    elsewhere = sessions.saw([at(admin, clock, "other", meeting="elsewhere")])[0].session_id
    chats.add(admin, elsewhere, [NewMessage(text="elsewhere")])

    def read(**page) -> list[str]:
        found = chats.room(admin, meeting.meeting_id, **{"limit": 10} | page)
        return [each.text for each in found]

    _, gone = chats.add(admin, session_id, [NewMessage(text="first"), NewMessage(text="gone")])
    chats.delete(admin, session_id, gone)
    assert read() == ["first"]
    sessions.end(admin, session_id)
    assert read() == []
    clock.advance(timedelta(days=1))
    later = sessions.saw([at(admin, clock, "later", meeting=meeting.meeting_id)])[0].session_id
    chats.add(admin, later, [NewMessage(text="second")])
    assert read() == ["second"]
    meetings.update(admin, meeting.meeting_id, meeting.settings, MeetingOptions(persist_chat=True))
    assert read() == ["first", "second"]
    [first] = chats.room(admin, meeting.meeting_id, limit=1)
    assert read(after=Position(at=first.sent_at, record_id=first.message_id)) == ["second"]
    clock.advance(timedelta(days=6, seconds=1))
    assert read() == ["second"]
    with pytest.raises(NotFound):
        chats.room(stranger, meeting.meeting_id, limit=10)
