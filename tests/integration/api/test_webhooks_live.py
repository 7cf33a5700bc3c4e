"""Webhooks of a live server, out to a receiver on loopback and in from vendors."""

import base64
import json
import subprocess
import time
from contextlib import closing
from datetime import UTC, datetime
from uuid import uuid4

import httpx2
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from node import NODE
from webhook_receiver import answer_with, running_receiver

from sonde.client import Client
from sonde.directory import Directory
from sonde.model.errors import NotFound
from sonde.services.accounts import Accounts

pytestmark = pytest.mark.integration

EVENTS = ["meeting.started", "meeting.ended", "meeting.participantJoined", "meeting.participantLeft"]

VERIFY = """
const {data} = JSON.parse(process.argv[1]);
const verifier = require('node:crypto').createVerify('RSA-SHA256');
verifier.update(require('node:fs').readFileSync(0));
console.log(verifier.verify(data.publicKey, process.argv[2], 'base64'));
"""
"""What a receiver in Node does with the answer of the well-known path, a signature and a raw body."""


@pytest.fixture(scope="module")
def vendor_key() -> rsa.RSAPrivateKey:
    """The key with which both vendors of these tests sign."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def world(make_world, tmp_path_factory, vendor_key):
    """A server that may send to loopback, and that knows the vendors' key."""
    folder = tmp_path_factory.mktemp("webhooks")
    file = folder / "vendor.pem"
    file.write_bytes(
        vendor_key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    environment = {
        "SONDE_WEBHOOK_NETWORKS": '["127.0.0.0/8"]',
        "SONDE_REALTIMEKIT_EVENTS_KEY_FILE": str(file),
        "SONDE_VIDEOSDK_EVENTS_KEY_FILE": str(file),
    }
    with make_world(folder / "data", environment=environment) as world:
        yield world


@pytest.fixture
def client(world):
    with Client(world.url, token=world.ours.admin) as opened:
        yield opened


@pytest.fixture
def tell(world, vendor_key):
    """Posts an event as a vendor does: signed, with a client key of ours in the URL."""
    key = world.ask("POST", "/v1/client-keys", json={"label": "vendor"}).json()["secret"]

    def post(vendor: str, event: object, *, key: str = key, signature: str | None = None):
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        made = base64.b64encode(vendor_key.sign(body, padding.PKCS1v15(), hashes.SHA256())).decode()
        header = {"realtimekit": "rtk-signature", "videosdk": "videosdk-signature"}[vendor]
        headers = {header: made if signature is None else signature, "Content-Type": "application/json"}
        return world.http.post(f"/v1/events/{vendor}?key={key}", content=body, headers=headers)

    return post


def moment(ago: int = 0) -> str:
    """A time some seconds ago, as vendors write it."""
    at = datetime.fromtimestamp(datetime.now(UTC).timestamp() - ago, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_what_happens_arrives_signed_and_can_be_replayed(world, client) -> None:
    """From a join by HTTP to a receiver that Node verifies for; then the log, and once more the same."""
    with running_receiver() as receiver:
        body = {"name": "test", "url": f"{receiver.url}/hook", "events": EVENTS}
        webhook_id = client.create_webhook(body)["webhook_id"]
        meeting_id = client.create_meeting({"title": "Daily"})["meeting_id"]
        path = f"/v1/meetings/{meeting_id}/peers"
        peer = world.ask("POST", path, json={"custom_id": "a-1", "name": "Ada"}).json()
        world.wait_for(lambda: receiver.events, lambda seen: len(seen) == 2)
        client.end_session(peer["session_id"])
        world.wait_for(lambda: receiver.events, lambda seen: len(seen) == 4)
        assert receiver.events == [EVENTS[0], EVENTS[2], EVENTS[3], EVENTS[1]]
        shown = world.http.get("/.well-known/webhooks.json").text
        for each in receiver.received:
            command = [NODE, "-e", VERIFY, shown, each.headers["rtk-signature"]]
            assert (
                subprocess.run(command, input=each.body, capture_output=True, check=True).stdout == b"true\n"
            )
            assert each.headers["rtk-webhook-id"] == webhook_id
            assert each.json["meeting"]["title"] == "Daily"
        world.wait_for(
            lambda: list(client.list_deliveries(webhook_id, state="delivered", limit=3)),
            lambda seen: len(seen) == 4,
        )
        newest = next(iter(client.list_deliveries(webhook_id)))
        assert newest["body"].encode() == receiver.received[-1].body
        client.replay_delivery(webhook_id, newest["delivery_id"])
        world.wait_for(lambda: receiver.received, lambda seen: len(seen) == 5)
        assert receiver.received[-1].delivery_id == newest["delivery_id"]
        assert receiver.received[-1].body == receiver.received[-2].body
        client.remove_webhook(webhook_id)
        with pytest.raises(NotFound):
            client.get_webhook(webhook_id)


def test_chat_transcript_and_summary_are_told_with_addresses_that_work(world, client) -> None:
    """Of a meeting that wishes to be summarised, after its session has ended, to whoever has no token."""
    kinds = {"meeting.chatSynced": "chat", "meeting.transcript": "transcript", "meeting.summary": "summary"}
    home = world.ours.access.workspace
    app = f"/cloudflare/client/v4/accounts/{home.organization_uuid}/realtime/kit/{home.uuid}"
    with running_receiver() as receiver:
        hook = client.create_webhook({"name": "test", "url": receiver.url, "events": list(kinds)})
        wish = {"title": "Daily", "summarize_on_end": True}
        meeting = world.ask("POST", f"{app}/meetings", json=wish).json()["data"]["id"]
        peer = client.join_meeting(meeting, {"custom_id": "a-1", "name": "Ada"})
        session_id = peer["session_id"]
        client.add_chat_messages(session_id, {"messages": [{"text": "hello"}]})
        said = {"start": 1.5, "name": "Ada", "text": "We decided to ship on Friday."}
        client.add_transcript_segments(session_id, {"segments": [said]})
        client.end_session(session_id)
        world.wait_for(lambda: receiver.events, lambda seen: set(seen) == set(kinds))
        client.remove_webhook(hook["webhook_id"])
    told = {each.json["event"]: each.json for each in receiver.received}
    files = {
        kind: httpx2.get(told[event][f"{kind}DownloadUrl"]).raise_for_status().text
        for event, kind in kinds.items()
    }
    assert ",TEXT_MESSAGE,hello," in files["chat"]
    ids = f'"{peer["peer_id"]}","{peer["participant_id"]}","a-1"'
    assert files["transcript"] == f'"1500",{ids},"Ada","We decided to ship on Friday."\n'
    assert "Ada" in files["summary"]


def test_a_restart_loses_nothing(start_server, tmp_path) -> None:
    """What a receiver could not take comes from the next process, and the key is the one of before."""
    data = tmp_path / "data"
    environment = {"SONDE_WEBHOOK_NETWORKS": '["127.0.0.0/8"]'}
    well_known = "/.well-known/webhooks.json"
    with running_receiver() as receiver:
        receiver.answer = answer_with(500)
        with start_server(data, environment=environment) as (process, url):
            with closing(Directory(f"sqlite:///{data}/directory.db")) as directory:
                made = Accounts(directory).bootstrap("Acme", "Home", email="ada@example.com", name="Ada")
            with Client(url, token=made.token) as client:
                body = {"name": "test", "url": receiver.url, "events": [EVENTS[0]]}
                webhook_id = client.create_webhook(body)["webhook_id"]
                meeting_id = client.create_meeting({"title": "Daily"})["meeting_id"]
                client.join_meeting(meeting_id, {"custom_id": "a-1", "name": "Ada"})
                key = client.ask("GET", well_known)
                wait_for(lambda: next(iter(client.list_deliveries(webhook_id)), {}).get("attempt_count"))
            process.kill()
            process.wait()
        receiver.answer = answer_with(200)
        with start_server(data, environment=environment) as (_, url), Client(url, token=made.token) as client:
            wait_for(lambda: list(client.list_deliveries(webhook_id, state="delivered")))
            assert client.ask("GET", well_known) == key
    assert len({each.delivery_id for each in receiver.received}) == 1


def test_a_vendor_begins_fills_and_ends_a_session(world, client, tell) -> None:
    """RealtimeKit's events make a session with its person, once, however often they come."""
    meeting, peer = str(uuid4()), str(uuid4())
    about = {"id": meeting, "sessionId": str(uuid4()), "title": "Consultation", "startedAt": moment(600)}
    person = {"peerId": peer, "userDisplayName": "Ada", "customParticipantId": "a-1", "joinedAt": moment(600)}
    events = [
        {"event": "meeting.started", "meeting": about},
        {"event": "meeting.participantJoined", "meeting": about, "participant": person},
        {
            "event": "meeting.participantLeft",
            "meeting": about,
            "participant": {**person, "leftAt": moment(60)},
        },
        {"event": "meeting.ended", "meeting": {**about, "endedAt": moment(30)}, "reason": "ALL_LEFT"},
        {"event": "meeting.summary", "meeting": about, "summaryDownloadUrl": "https://x.example/"},
    ]
    for event in events * 2:
        assert tell("realtimekit", event).status_code == 204
    found = client.get_peer(peer)
    assert (found["name"], found["custom_id"]) == ("Ada", "a-1")
    session = client.get_session(found["session_id"])
    assert (session["status"], session["end_reason"], session["peers"]) == ("ended", "request", 1)
    assert session["ended_at"] == found_at(events[3]["meeting"]["endedAt"])
    assert len(list(client.list_sessions(meeting_id=session["meeting_id"]))) == 1


def found_at(text: str) -> str:
    """A vendor's time as our API shows it."""
    return datetime.fromisoformat(text).isoformat().replace("+00:00", "Z")


def test_videosdk_s_events_do_the_same(client, tell) -> None:
    """Its participants have no times of their own: they come and leave when it is told."""
    data = {"meetingId": f"room-{uuid4()}", "sessionId": str(uuid4()), "start": moment(20)}
    person = {**data, "participantId": "p7", "participantName": "Bob"}
    for kind, about in (
        ("session-started", data),
        ("participant-joined", person),
        ("participant-left", person),
        ("session-ended", {**data, "end": moment()}),
    ):
        for _ in range(2):
            assert tell("videosdk", {"webhookType": kind, "data": about}).status_code == 204
    [session] = [each for each in client.list_sessions() if each["meeting_title"] == data["meetingId"]]
    assert session["status"] == "ended"


def test_nobody_else_speaks_for_a_vendor(world, tell) -> None:
    """Without a client key, or without the vendor's signature of these bytes, nothing is read."""
    event = {"event": "meeting.started", "meeting": {"id": "forged", "startedAt": moment()}}
    assert tell("realtimekit", event, key="snd_client_nobody").status_code == 401
    assert tell("realtimekit", event, key=world.ours.admin).status_code == 401
    for signature in ("", "AAAA", "not base64", "===="):
        assert tell("realtimekit", event, signature=signature).status_code == 401
    assert "forged" not in world.ask("GET", "/v1/meetings").text


@pytest.mark.parametrize(
    "event",
    [
        b"",
        b"null",
        b"[]",
        b"\xff\xfe",
        b"[" * 10_000,
        {},
        {"event": 7},
        {"event": "meeting.unheardOf"},
        {"event": "meeting.started"},
        {"event": "meeting.started", "meeting": {"id": ""}},
        {"event": "meeting.started", "meeting": {"id": "a\0b"}},
        {"event": "meeting.started", "meeting": {"id": "r", "startedAt": "yesterday"}},
        {"event": "meeting.started", "meeting": {"id": "r", "startedAt": "9999-12-31T23:59:59Z"}},
        {"event": "meeting.participantJoined", "meeting": {"id": "r"}},
        {"event": "meeting.participantJoined", "meeting": {"id": "r"}, "participant": {"peerId": "a\0"}},
        {"event": "meeting.ended", "meeting": {"id": "r", "endedAt": "0001-01-01T00:00:00+14:00"}},
        {"event": "meeting.ended", "meeting": {"id": "r", "endedAt": "9999-12-31T23:59:59-14:00"}},
        {"event": "meeting.ended", "meeting": {"id": "r", "startedAt": "1970-01-01T00:00:00Z"}},
    ],
    ids=repr,
)
def test_hostile_events_are_refused_or_passed_over(tell, event) -> None:
    """Signed or not, what makes no sense breaks nothing."""
    assert tell("realtimekit", event).status_code in {204, 400}


def test_an_event_that_is_too_long_is_refused(tell) -> None:
    """Before it is read."""
    assert tell("realtimekit", b" " * 100_000).status_code == 413


def wait_for(holds) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
