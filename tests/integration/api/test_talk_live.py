"""Chat, transcripts and summaries of a server that runs, with its client; and one that is killed."""

import socket
from contextlib import closing
from urllib.parse import urlsplit

import httpx2
import pytest

from sonde.client import Client
from sonde.directory import Directory
from sonde.model.errors import NotFound
from sonde.services.accounts import Accounts

pytestmark = pytest.mark.integration

VTT = b"""WEBVTT

00:01.000 --> 00:03.000
<v Ada>We decided to ship on Friday.

00:04.000 --> 00:05.500
<v Grace>I'll write the release notes by Thursday.
"""


def joined(client: Client) -> str:
    """A session that somebody is in."""
    meeting = client.create_meeting({"title": "Release"})["meeting_id"]
    return client.join_meeting(meeting, {"custom_id": "ada", "name": "Ada"})["session_id"]


def is_over(status: str) -> bool:
    """Whether a summary is what it will be."""
    return status != "pending"


def fetch(link: dict) -> httpx2.Response:
    """A file, without a token."""
    return httpx2.get(link["url"])


def test_the_client_does_all_of_it(world):
    """Words go in by one and out by another; addresses are whole and lead to this server."""
    with Client(world.url, token=world.ours.admin) as client:
        session_id = joined(client)
        with pytest.raises(NotFound, match="no chat"):
            client.get_chat_download(session_id)
        wrote = client.add_chat_messages(session_id, {"messages": [{"text": "helo"}, {"text": "bye"}]})
        first, second = wrote["message_ids"]
        assert client.update_chat_message(session_id, first, {"text": "hello"})["text"] == "hello"
        client.delete_chat_message(session_id, second)
        assert [each["text"] for each in client.list_chat_messages(session_id)] == ["hello"]
        client.import_transcript(session_id, VTT, file_format="vtt")
        client.add_transcript_segments(session_id, {"segments": [{"start": 9, "text": "Any questions?"}]})
        assert len(list(client.list_transcript_segments(session_id, limit=2))) == 3
        client.request_summary(session_id, {"summary_type": "team_meeting"})
        world.wait_for(lambda: client.get_summary(session_id)["status"], is_over)
        made = client.get_summary(session_id)
        assert (made["status"], made["made_by"]) == ("completed", "extract")
        links = {
            "text/csv": client.get_chat_download(session_id),
            "application/x-subrip": client.get_transcript_download(session_id, file_format="srt"),
            "text/markdown": client.get_summary_download(session_id),
        }
    files = {kind: fetch(link) for kind, link in links.items()}
    assert all(link["url"].startswith(world.url) for link in links.values())
    for kind, file in files.items():
        assert file.headers["content-type"].partition(";")[0] == kind
        assert file.headers["cache-control"] == "no-store"
    assert "hello,2" in files["text/csv"].text
    assert "00:00:01,000 --> 00:00:03,000\nAda: We decided" in files["application/x-subrip"].text
    assert files["text/markdown"].text == made["text"]
    assert "- **Grace**: I'll write the release notes by Thursday." in made["text"]


def test_a_killed_server_makes_the_summary_after_all(world, start_server, tmp_path):
    """It was asked for while the endpoint kept the server waiting; the next start makes it."""
    data = tmp_path / "data"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        scribe = {"SONDE_SUMMARY_URL": f"http://127.0.0.1:{port}/v1", "SONDE_SUMMARY_MODEL": "scribe"}
        with start_server(data, environment=scribe) as (process, url):
            with closing(Directory(f"sqlite:///{data}/directory.db")) as directory:
                made = Accounts(directory).bootstrap("Ours", "Home", email="ann@ours.example", name="Ann")
            with Client(url, token=made.token) as client:
                session_id = joined(client)
                client.import_transcript(session_id, VTT, file_format="vtt")
                link = client.get_transcript_download(session_id)
                client.request_summary(session_id, {})
                connection, _ = silent.accept()
                assert client.get_summary(session_id)["status"] == "pending"
                process.kill()
                process.wait()
                connection.close()
    with start_server(data) as (_, url), Client(url, token=made.token) as client:
        world.wait_for(lambda: client.get_summary(session_id)["status"], is_over)
        assert client.get_summary(session_id)["made_by"] == "extract"
        # The secret outlives the process, so addresses do as well.
        split = urlsplit(link["url"])
        assert httpx2.get(f"{url}{split.path}?{split.query}").status_code == 200
