"""Chat, transcripts and summaries through the API, over a real directory, and their files."""

import csv
import io
import json
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest

NOWHERE = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
CHAT_HEADER = [
    *("id", "participantId", "sessionId", "meetingId", "displayName"),
    *("pinned", "isEdited", "payloadType", "payload", "createdAt"),
]


class World:
    """A server with a session that Ada is in, and her who administers it."""

    def __init__(self, facade) -> None:
        self.clock, self.facade = facade.clock, facade
        self.client = facade.usual_client
        meeting = self.ask("POST", "/meetings", 201, json={"title": "Stand-up"})
        self.meeting_id = meeting["meeting_id"]
        arrival = {"custom_id": "ada", "name": "Ada"}
        self.peer = self.ask("POST", f"/meetings/{self.meeting_id}/peers", 201, json=arrival)
        self.path = f"/sessions/{self.peer['session_id']}"

    def ask(self, method: str, path: str, expected: int = 200, **options):
        """The body of an answer."""
        headers = {"Authorization": f"Bearer {self.facade.admin}"}
        answer = self.client.request(method, f"/v1{path}", headers=headers, **options)
        assert answer.status_code == expected, answer.text
        return answer.json() if answer.content else None

    def fetch(self, link: dict, expected: int = 200):
        """A file, asked for without a token."""
        split = urlsplit(link["url"])
        answer = self.client.get(f"{split.path}?{split.query}")
        assert answer.status_code == expected, answer.text
        return answer

    def say(self, *words: str) -> None:
        """Ada says this, ten seconds apart."""
        segments = [
            {"start": 10.0 * number, "duration": 2.5, "peer_id": self.peer["peer_id"], "text": text}
            for number, text in enumerate(words)
        ]
        self.ask("POST", f"{self.path}/transcript", json={"segments": segments})


@pytest.fixture
def world(make_facade) -> World:
    return World(make_facade())


def test_a_chat_becomes_a_file(world):
    """Messages come, change and go; the file has the vendor's columns, and text comes out as it went in."""
    tricky = 'a "quoted", line\nand another; =1+1'
    messages = [
        {"message_id": "1", "peer_id": world.peer["peer_id"], "text": tricky},
        {"message_id": "2", "name": "Eve", "kind": "image", "link": "https://example.com/i.png"},
        {
            "message_id": "3",
            "kind": "file",
            "link": "https://example.com/f",
            "file_name": "f.pdf",
            "file_size": 12,
        },
        {"message_id": "4", "text": "regretted"},
    ]
    for number, message in enumerate(messages):
        message["sent_at"] = (world.clock() + timedelta(seconds=number)).isoformat()
    receipt = world.ask("POST", f"{world.path}/chat", json={"messages": messages})
    assert receipt == world.ask("POST", f"{world.path}/chat", json={"messages": messages})
    ids = receipt["message_ids"]
    world.ask("PATCH", f"{world.path}/chat/{ids[1]}", json={"is_pinned": True})
    world.ask("PATCH", f"{world.path}/chat/{ids[0]}", json={"text": f"{tricky}!"})
    world.ask("DELETE", f"{world.path}/chat/{ids[3]}", 204)
    first = world.ask("GET", f"{world.path}/chat?limit=2")
    rest = world.ask("GET", f"{world.path}/chat?limit=2&cursor={first['next']}")
    assert [each["message_id"] for each in first["items"] + rest["items"]] == ids[:3]
    assert (rest["next"], rest["items"][0]["file_size"]) == (None, 12)
    answer = world.fetch(world.ask("GET", f"{world.path}/chat/download"))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="chat.csv"'
    header, *rows = csv.reader(io.StringIO(answer.text, newline=""))
    assert header == CHAT_HEADER
    found = [dict(zip(header, row, strict=True)) for row in rows]
    assert [each["id"] for each in found] == ids[:3]
    assert found[0] == {
        "id": ids[0],
        "participantId": world.peer["peer_id"],
        "sessionId": world.peer["session_id"],
        "meetingId": world.meeting_id,
        "displayName": "Ada",
        "pinned": "false",
        "isEdited": "true",
        "payloadType": "TEXT_MESSAGE",
        "payload": f"{tricky}!",
        "createdAt": "2026-03-04T05:06:07.000Z",
    }
    assert (found[1]["pinned"], found[1]["payloadType"]) == ("true", "IMAGE_MESSAGE")
    assert (found[2]["payloadType"], found[2]["payload"]) == ("FILE_MESSAGE", "https://example.com/f")


def test_a_transcript_in_four_formats(world):
    """The same words in each; every value of the CSV is quoted, and it has no head, as the vendor's."""
    text = 'Ships "on" <Friday> & so --> on\n\nreally'
    world.say("Hello", text)
    world.ask(
        "POST",
        f"{world.path}/transcript",
        json={"segments": [{"segment_id": "p", "start": 99, "text": "unsure", "is_final": False}]},
    )
    files = {
        file_format: world.fetch(
            world.ask("GET", f"{world.path}/transcript/download?file_format={file_format}")
        )
        for file_format in ("csv", "json", "srt", "vtt")
    }
    assert world.fetch(world.ask("GET", f"{world.path}/transcript/download")).text == files["csv"].text
    peer, person = world.peer["peer_id"], world.peer["participant_id"]
    assert files["csv"].text.startswith(f'"0","{peer}","{person}","ada","Ada","Hello"\n"10000",')
    rows = list(csv.reader(io.StringIO(files["csv"].text, newline="")))
    assert rows[1] == ["10000", peer, person, "ada", "Ada", text]
    assert len(rows) == 2
    hello, ships = files["json"].json()
    assert hello == {
        "startTime": 0,
        "endTime": 2500,
        "sentence": "Hello",
        "peerData": {
            "id": peer,
            "userId": person,
            "displayName": "Ada",
            "cpi": "ada",
            "joinedAt": "2026-03-04T05:06:07.000Z",
            "leftAt": "",
        },
    }
    assert ships["sentence"] == text
    assert files["srt"].text == (
        "1\n00:00:00,000 --> 00:00:02,500\nAda: Hello\n\n"
        '2\n00:00:10,000 --> 00:00:12,500\nAda: Ships "on" <Friday> & so -> on really\n\n'
    )
    assert files["vtt"].text == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:02.500\nAda: Hello\n\n"
        '00:00:10.000 --> 00:00:12.500\nAda: Ships "on" &lt;Friday&gt; &amp; so --&gt; on really\n\n'
    )
    assert files["vtt"].headers["content-type"] == "text/vtt; charset=utf-8"


@pytest.mark.parametrize("file_format", ["csv", "json", "srt", "vtt"])
def test_a_file_of_ours_can_be_imported(world, file_format):
    """What one session gives, another one takes: words, times and the speaker's name are the same."""
    world.say("Hello", "Ships & < > on Friday: really")
    link = world.ask("GET", f"{world.path}/transcript/download?file_format={file_format}")
    content = world.fetch(link).content
    meeting = world.ask("POST", "/meetings", 201, json={"title": "Another"})["meeting_id"]
    joined = world.ask("POST", f"/meetings/{meeting}/peers", 201, json={"custom_id": "eve", "name": "Eve"})
    path = f"/sessions/{joined['session_id']}/transcript"
    taken = world.ask("POST", f"{path}/import?file_format={file_format}", content=content)
    items = world.ask("GET", path)["items"]
    assert taken["segment_ids"] == [each["segment_id"] for each in items]
    names = ("start", "text", "name")
    wanted = world.ask("GET", f"{world.path}/transcript")["items"]
    assert [[each[name] for name in names] for each in items] == [
        [each[name] for name in names] for each in wanted
    ]


def test_segments_come_in_pages(world):
    """However small, in the order in which they were said."""
    world.say("a", "b", "c")
    first = world.ask("GET", f"{world.path}/transcript?limit=2")
    rest = world.ask("GET", f"{world.path}/transcript?limit=2&cursor={first['next']}")
    assert [each["text"] for each in first["items"] + rest["items"]] == ["a", "b", "c"]
    assert rest["next"] is None


def test_a_summary_is_asked_for_and_waited_for(world):
    """It is pending until somebody made it, and its file is not there before."""
    assert world.ask("GET", f"{world.path}/summary", 404)["error"]["code"] == "no_summary"
    refused = world.ask("POST", f"{world.path}/summary", 404, json={})
    assert refused["error"]["code"] == "no_transcript"
    world.say("We decided to ship on Friday.")
    asked = world.ask("POST", f"{world.path}/summary", 202, json={"text_format": "plain_text"})
    assert (asked["status"], asked["word_limit"], asked["finished_at"]) == ("pending", 500, None)
    assert world.ask("GET", f"{world.path}/summary") == asked
    assert "being made" in world.ask("GET", f"{world.path}/summary/download", 404)["error"]["message"]
    for body, field in (({"word_limit": 149}, "word_limit"), ({"summary_type": "sermon"}, "summary_type")):
        assert world.ask("POST", f"{world.path}/summary", 400, json=body)["error"]["field"] == field


def test_addresses_that_open_nothing(world):
    """A changed, borrowed or old one is a 403 that says so; a file that no session has is a 404."""
    world.ask("POST", f"{world.path}/chat", json={"messages": [{"text": "secret"}]})
    link = world.ask("GET", f"{world.path}/chat/download")
    for old, new in (
        ("signature=", "signature=x"),
        ("expires=", "expires=9"),
        ("expires=", "expires=x"),
        ("chat.csv", "transcript.csv"),
        (world.peer["session_id"], NOWHERE),
        ("/downloads/1/", "/downloads/2/"),
        ("/downloads/1/", "/downloads/x/"),
        ("?", "?nothing="),
    ):
        refused = world.fetch({"url": link["url"].replace(old, new)}, 403)
        assert refused.json()["error"]["code"] == "forged_link"
        assert "secret" not in refused.text
    world.fetch({"url": link["url"].replace("chat.csv", "chat.exe")}, 404)
    world.clock.moment = datetime.fromisoformat(link["expires_at"])
    refused = world.fetch(link, 403).json()["error"]
    assert (refused["code"], bool(refused["hint"])) == ("expired_link", True)


def test_a_body_that_is_no_transcript_is_told_what_it_lacks(world):
    """Of a list of segments, and of a file."""
    path = f"{world.path}/transcript"
    for body in ({"segments": []}, {"segments": [{"text": "x"}]}, {"segments": [{"start": -1, "text": "x"}]}):
        world.ask("POST", path, 400, json=body)
    refused = world.ask("POST", f"{path}/import?file_format=vtt", 400, content=json.dumps([]))
    assert "cannot be read as VTT" in refused["error"]["message"]
