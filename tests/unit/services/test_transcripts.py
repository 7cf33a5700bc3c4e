"""Transcripts of sessions: segments as they come and from files, and who said what."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.directory import Directory
from sonde.model.errors import Denied, Invalid, NotFound
from sonde.model.peers import peer_id_of
from sonde.model.people import Access
from sonde.model.sightings import Sighting
from sonde.model.transcripts import Segment, SegmentPosition, Speaker, end_of
from sonde.services import transcripts as module
from sonde.services.downloads import Content, Downloads, Grant
from sonde.services.sessions import Sessions
from sonde.services.transcript_reading import NewSegment, TranscriptFormat, read_transcript
from sonde.services.transcripts import Transcripts

ADA = Speaker(name="Ada")
PEER = peer_id_of("tab of Grace")

SRT = "1\n00:00:01,000 --> 00:00:02,500\nGrace: Hello: you &amp; me\n\n2\n00:00:03,000 --> 00:00:04,000\nbye"
VTT = "WEBVTT - a title\n\nNOTE a comment\n\n1\n00:01.000 --> 00:02.500\n<v Grace>Hello: you &amp; me</v>\n\n\
00:03.000 --> 00:04.000 align:start\nbye\n"
JSON = json.dumps(
    [
        {
            "startTime": 1000,
            "endTime": 2500,
            "sentence": "Hello: you & me",
            "peerData": {"id": PEER, "userId": "", "displayName": "Grace", "cpi": "", "joinedAt": ""},
        },
        {"startTime": 3000, "sentence": "bye"},
    ]
)
CSV = f'"1000","{PEER}","","","Grace","Hello: you & me"\r\n"3000","","","","","bye"\n'
FILES = {
    TranscriptFormat.SRT: SRT,
    TranscriptFormat.VTT: VTT,
    TranscriptFormat.JSON: JSON,
    TranscriptFormat.CSV: CSV,
}


@pytest.fixture
def transcripts(directory: Directory, clock) -> Transcripts:
    return Transcripts(directory, Downloads(directory, clock))


@pytest.fixture
def session_id(directory: Directory, clock, admin: Access) -> str:
    """A session that Grace is in from the beginning, and two people called Alan."""
    sessions = Sessions(directory, clock)
    for key, name, custom_id in (("Grace", "Grace", "g"), ("Alan 1", "Alan", "a1"), ("Alan 2", "Alan", "a2")):
        sighting = Sighting(
            workspace_id=admin.workspace.workspace_id,
            peer_id=peer_id_of(f"tab of {key}"),
            first_at=clock(),
            last_at=clock(),
            meeting="room",
            name=name,
            custom_id=custom_id,
        )
        [seen] = sessions.saw([sighting])
    return seen.session_id


def all_of(transcripts: Transcripts, access: Access, session_id: str) -> list[Segment]:
    return transcripts.page(access, session_id, limit=100)


def whole(transcripts: Transcripts, access: Access, session_id: str) -> list[str]:
    """The words of the whole transcript."""
    workspace_id = access.workspace.workspace_id
    grant = Grant(workspace_id=workspace_id, session_id=session_id, content=Content.TRANSCRIPT_CSV)
    return [each.text for each in transcripts.fetch(grant).segments]


def test_partial_segments_become_final_once(transcripts, admin, session_id):
    """Later partial ones replace earlier ones; nothing replaces a final one, whatever comes after it."""

    def say(text: str, *, final: bool = False) -> NewSegment:
        return NewSegment(key="a", start=1, speaker=ADA, text=text, is_final=final)

    transcripts.add(admin, session_id, [say("so")])
    transcripts.add(admin, session_id, [say("so we"), say("so we ship")])
    assert [each.text for each in all_of(transcripts, admin, session_id)] == ["so we ship"]
    assert whole(transcripts, admin, session_id) == []
    with pytest.raises(NotFound, match="no transcript"):
        transcripts.link(admin, session_id)
    transcripts.add(admin, session_id, [say("So we ship.", final=True), say("so we")])
    transcripts.add(admin, session_id, [say("so we sh"), say("So what?", final=True)])
    assert whole(transcripts, admin, session_id) == ["So we ship."]


def test_times_are_from_the_beginning(transcripts, admin, session_id, clock):
    """A moment becomes seconds since the session began, and one a little before it becomes its beginning."""
    began = clock()
    told = [
        NewSegment(spoken_at=began + timedelta(seconds=2.5), duration=1.5, speaker=ADA, text="second"),
        NewSegment(spoken_at=began - timedelta(seconds=1), speaker=ADA, text="first"),
    ]
    transcripts.add(admin, session_id, told)
    first, second = all_of(transcripts, admin, session_id)
    assert (first.start, first.end, first.text) == (0.0, None, "first")
    assert (second.start, second.end) == (2.5, 4.0)
    assert transcripts.page(
        admin, session_id, limit=1, after=SegmentPosition(start=0.0, segment_id=first.segment_id)
    ) == [second]


@pytest.mark.parametrize("written", TranscriptFormat)
def test_a_file_says_who_said_what_and_when(transcripts, admin, session_id, written):
    """In each format; a second time it changes nothing, and Grace is known by her name alone."""
    content = FILES[written].encode()
    ids = transcripts.import_file(admin, session_id, content, written=written)
    assert transcripts.import_file(admin, session_id, b"\xef\xbb\xbf" + content, written=written) == ids
    hello, bye = all_of(transcripts, admin, session_id)
    assert ids == [hello.segment_id, bye.segment_id]
    assert (hello.start, hello.text, bye.start, bye.text) == (1.0, "Hello: you & me", 3.0, "bye")
    assert hello.end == (None if written is TranscriptFormat.CSV else 2.5)
    speaker = hello.speaker
    assert (speaker.peer_id, speaker.name, speaker.custom_id) == (PEER, "Grace", "g")
    assert bye.speaker == Speaker()


def test_speakers_are_told_apart(transcripts, admin, session_id):
    """Two of one name are not mixed up; the application's id tells which; strangers keep their names."""
    speakers = [Speaker(name="alan"), Speaker(custom_id="a2"), Speaker(name="Eve", custom_id="e")]
    transcripts.add(
        admin,
        session_id,
        [NewSegment(start=number, speaker=speaker, text="x") for number, speaker in enumerate(speakers)],
    )
    found = [each.speaker for each in all_of(transcripts, admin, session_id)]
    assert found[0] == speakers[0]
    assert (found[1].peer_id, found[1].name) == (peer_id_of("tab of Alan 2"), "Alan")
    assert found[2] == speakers[2]


def test_older_files_with_times_of_day(transcripts, admin, session_id, clock):
    """ISO 8601 and seconds since 1970 in the first column of a CSV, as the vendor wrote them before."""
    at = clock() + timedelta(seconds=7)
    rows = f'"{at.isoformat()}","","","","A","iso"\n"{at.timestamp() + 1}","","","","A","epoch"\n'
    transcripts.import_file(admin, session_id, rows.encode(), written=TranscriptFormat.CSV)
    assert [each.start for each in all_of(transcripts, admin, session_id)] == [7.0, 8.0]


@pytest.mark.parametrize(
    ("written", "content"),
    [
        (TranscriptFormat.SRT, b""),
        (TranscriptFormat.SRT, b"\xff\xfe"),
        (TranscriptFormat.SRT, b"x" * 9_000_000),
        (TranscriptFormat.VTT, b"00:01.000 --> 00:02.000\nno head"),
        (TranscriptFormat.VTT, b"WEBVTT\n\n00:03.000 --> 00:02.000\nbackwards"),
        (TranscriptFormat.VTT, b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + b"<v " * 100_000),
        (TranscriptFormat.JSON, b"[" * 100_000),
        (TranscriptFormat.JSON, b'{"startTime": 1}'),
        (TranscriptFormat.JSON, b'[{"startTime": -1, "sentence": "x"}]'),
        (TranscriptFormat.JSON, b'[{"startTime": 5, "endTime": 4, "sentence": "x"}]'),
        (TranscriptFormat.JSON, b'[{"startTime": 1, "sentence": " "}]'),
        (TranscriptFormat.CSV, b'"1","2"\n'),
        (TranscriptFormat.CSV, b'"soon","","","","A","x"\n'),
        (TranscriptFormat.CSV, b'"1","","","","A","never ends\n'),
        (TranscriptFormat.CSV, b'"1e999","","","","A","x"\n'),
    ],
)
def test_what_is_no_such_file(written, content):
    """Is refused with a sentence, at once."""
    with pytest.raises(Invalid):
        read_transcript(content, written)


@given(st.sampled_from(TranscriptFormat), st.text() | st.sampled_from([SRT, VTT, JSON, CSV]), st.data())
def test_whatever_comes_is_read_or_refused(written, text, data):
    """Any bytes, also files with something broken in them: segments with words, or one sentence."""
    broken = text.replace(data.draw(st.sampled_from('"1:,\n>W')), data.draw(st.text(max_size=3)))
    try:
        found = read_transcript(broken.encode(errors="replace"), written)
    except Invalid:
        return
    assert found
    assert all(each.text.strip() for each in found)


@pytest.mark.parametrize(
    ("segment", "field"),
    [
        ({"text": " ", "start": 1}, "text"),
        ({"text": "x"}, "start"),
        ({"text": "x", "start": -1}, "start"),
        ({"text": "x", "start": float("nan")}, "start"),
        ({"text": "x", "start": 1, "duration": -1}, "start"),
        ({"text": "x", "start": 1e9}, "start"),
        ({"text": "x", "start": 1, "speaker": Speaker(peer_id="x")}, "peer_id"),
        ({"text": "x\0", "start": 1}, "text"),
        ({"text": "x", "start": 1, "key": "\n"}, "segment_id"),
    ],
)
def test_what_no_segment_can_be(transcripts, admin, session_id, segment, field):
    """Is refused by its field, and nothing of the request is kept."""
    good = NewSegment(start=1, speaker=ADA, text="good")
    with pytest.raises(Invalid) as refusal:
        transcripts.add(admin, session_id, [good, NewSegment(**{"speaker": ADA, **segment})])
    assert refusal.value.field == field
    assert all_of(transcripts, admin, session_id) == []


def test_limits(transcripts, admin, session_id, monkeypatch):
    """A request and a session have only so many segments."""
    monkeypatch.setattr(module, "SEGMENTS_MAX", 3)
    segments = [NewSegment(start=number, speaker=ADA, text="x") for number in range(4)]
    transcripts.add(admin, session_id, segments[:3])
    transcripts.add(admin, session_id, segments[:3])
    for wrong in (segments, segments[3:], segments * 300):
        with pytest.raises(Invalid):
            transcripts.add(admin, session_id, wrong)
    with pytest.raises(Invalid):
        transcripts.import_file(admin, session_id, b'"1","","","","","x"\n' * 4, written=TranscriptFormat.CSV)
    assert len(all_of(transcripts, admin, session_id)) == 3


def test_whose_it_is(transcripts, admin, member, stranger, session_id):
    """Members read and do not write; to others there is no such session."""
    segment = NewSegment(start=1, speaker=ADA, text="hello")
    transcripts.add(admin, session_id, [segment])
    assert transcripts.link(member, session_id, written=TranscriptFormat.VTT).url.count("transcript.vtt") == 1
    for act in (
        lambda who: transcripts.add(who, session_id, [segment]),
        lambda who: transcripts.import_file(who, session_id, CSV.encode(), written=TranscriptFormat.CSV),
    ):
        with pytest.raises(Denied):
            act(member)
        with pytest.raises(NotFound, match="no session"):
            act(stranger)
    for read in (transcripts.link, lambda who, session_id: all_of(transcripts, who, session_id)):
        with pytest.raises(NotFound, match="no session"):
            read(stranger, session_id)


def test_a_segment_without_an_end_ends_with_the_next_one():
    """Or five seconds after its beginning, whichever is first."""

    def segment(start: float, end: float | None = None) -> Segment:
        return Segment(segment_id="", start=start, end=end, speaker=ADA, text="x")

    assert end_of(segment(1, 2), segment(9)) == 2
    assert end_of(segment(1), segment(3)) == 3
    assert end_of(segment(1), segment(30)) == 6
    assert end_of(segment(1), None) == 6
